"""One clear line for whoever got something wrong, and an exit code that is not 0."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from deploy.commands.settings import shown
from tests.deploy.support import KASIR, ROOT, environ, kasir
from tests.support import Servers


def told(exit_code: int, *args: str, **env: str) -> str:
    """The one line on stderr."""
    done = kasir(*args, **env)
    assert (done.returncode, done.stdout) == (exit_code, ""), done
    (line,) = done.stderr.splitlines()
    assert line.startswith("kasir: ")
    return line


def test_help_names_every_command() -> None:
    done = kasir("--help")
    assert done.returncode == 0
    commands = "up run import listen trigger verify chaos-listen api-key dead-letters log check settings"
    assert all(word in done.stdout for word in commands.split())


def test_wrong_use_is_exit_code_2() -> None:
    assert "No such command 'fly'" in told(2, "fly")
    assert "stores, catalog, orders, inventory, payments, customers, shifts, receipts, reports, webhooks, staff, edge" in told(2, "run", "kitchen")
    assert "such as orders=2" in told(2, "up", "--scale", "orders=0")
    assert "orders is named twice" in told(2, "up", "--scale", "orders=2,orders=1")
    assert "orders is named twice" in told(2, "up", "--scale", "orders=2", "--scale", "edge=2,orders=1")
    assert "such as orders=2" in told(2, "up", "--scale", "orders=1", "--scale", "edge=0")
    assert "orders is named twice" in told(2, "up", KASIR_SCALE="orders=2, orders=1")
    assert "docs/permissions.md" in told(2, "api-key", "Clerk", "--scopes", "kitchen:read")
    assert "KASIR_API_KEY" in told(2, "import", "products", "minimarket")


def test_a_wrong_setting_is_named() -> None:
    assert "KASIR_HTTP_PORT is 'eighty'" in told(1, "up", KASIR_HTTP_PORT="eighty")


def test_a_busy_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = told(1, "up", "--data-dir", str(tmp_path / "data"), "--port", str(port))
    assert line == f"kasir: the API cannot listen on 127.0.0.1:{port} (Address already in use). Stop what uses it, or use --port or --host."
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_server_that_does_not_answer_is_told(tmp_path: Path) -> None:
    up = ("up", "--data-dir", str(tmp_path), "--port", "0")
    assert "is --database right?" in told(1, *up, "--database", "postgresql://x@127.0.0.1:1/x")
    waited = kasir(*up, "--nats", "nats://me:hunter2@127.0.0.1:1")
    first, last = waited.stderr.splitlines()
    assert "NATS at 127.0.0.1:1 does not answer yet; it is tried for 6 s" in first
    assert (waited.returncode, waited.stdout, "is --nats right?" in last) == (1, "", True)


def test_members_without_servers_are_told_where_to_find_some(tmp_path: Path) -> None:
    assert "--nats URL and --database URL, or --data-dir" in told(1, "run", "orders", "--data-dir", str(tmp_path))
    assert "orders need a database" in told(1, "run", "orders", "--data-dir", str(tmp_path), "--nats", "nats://127.0.0.1:1")


async def test_members_run_by_name_say_that_they_begin_that_they_are_ready_and_that_they_end(servers: Servers) -> None:
    settings = await servers.settings(empty=True)
    args = ("run", "stores", "catalog", "--nats", settings.nats_url, "--database", settings.database_url)
    with subprocess.Popen([*KASIR, *args], stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environ()) as process:
        assert process.stderr is not None
        lines = process.stderr

        async def says(words: str) -> None:
            while words not in (line := await asyncio.to_thread(lines.readline)):
                assert line, f"it ended without a word of {words!r}"

        await says("members start; their tables are made")
        await says("members are ready")
        process.send_signal(signal.SIGINT)
        await says("told to end: what is under way is finished first")
        assert await asyncio.to_thread(process.wait, 30) == 0


def test_bad_rows_are_named_and_nothing_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("name,sku,price\nTeh,T,3.500\n")
    done = kasir("import", "products", str(file), "--api-key", "kasir_x", "--url", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith("line 2: price '3.500'")


def test_nobody_there_to_import_into() -> None:
    line = told(1, "import", "products", "minimarket", "--api-key", "kasir_x", "--url", "http://127.0.0.1:1")
    assert "http://127.0.0.1:1 cannot be used: Connection refused" in line


def test_settings_tell_where_they_came_from_and_no_secret() -> None:
    done = kasir("settings", "--port", "81", KASIR_NATS_URL="nats://me:hunter2@example:4222", KASIR_SECRET_KEY="hunter2")
    lines = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert lines["KASIR_HTTP_PORT"] == ["81", "command", "line"]
    assert lines["KASIR_NATS_URL"] == ["nats://me:********@example:4222", "environment"]
    assert lines["KASIR_SECRET_KEY"] == ["********", "environment"]
    assert lines["KASIR_DRAIN_SECONDS"] == ["20.0", "default"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://postgres@/kasir?host=/run", "postgresql://********@/kasir?host=/run"),
        ("nats://a:b@h:1,nats://c:d@i:2", "nats://a:********@h:1,nats://c:********@i:2"),
        ("nats://token@h", "nats://********@h"),
        ("nats://h:4222", "nats://h:4222"),
    ],
)
def test_passwords_are_masked(url: str, told: str) -> None:
    assert shown("nats_url", url) == told
