"""PostgreSQL as our child: private, patient, and never left behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from deploy.embedded.postgres import Postgres, start_postgres
from deploy.trouble import Trouble
from tests.deploy.support import ROOT, processes_of
from tests.support import eventually

OWNER = """
import asyncio, sys
from pathlib import Path
from deploy.embedded.postgres import start_postgres

async def main():
    await start_postgres(Path(sys.argv[1]))
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def ask(postgres: Postgres, statement: str) -> object:
    connection = await asyncpg.connect(postgres.url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def start_owner(folder: Path) -> subprocess.Popen[str]:
    """Another process whose child the server is."""
    process = subprocess.Popen([sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdout.close()
    return process


async def test_it_keeps_its_data_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with await start_postgres(tmp_path) as postgres:
        await ask(postgres, "CREATE TABLE kept AS SELECT 42 AS it")
    assert processes_of(tmp_path) == []

    async with await start_postgres(tmp_path) as postgres:
        assert await ask(postgres, "SELECT it FROM kept") == 42


async def test_it_listens_on_a_socket_that_only_its_user_reaches(tmp_path: Path) -> None:
    async with await start_postgres(tmp_path) as postgres:
        assert await ask(postgres, "SHOW listen_addresses") == ""
        assert stat.S_IMODE(postgres.socket_dir.stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "postgres").stat().st_mode) == 0o700
        assert await ask(postgres, "SHOW synchronous_commit") == "on"


async def test_settings_and_databases_can_be_given(tmp_path: Path) -> None:
    async with await start_postgres(tmp_path, settings={"max_connections": "17"}) as postgres:
        assert await ask(postgres, "SHOW max_connections") == "17"
        await postgres.create_database("another")
        await postgres.create_database("another")
        connection = await asyncpg.connect(postgres.url_of("another"))
        assert await connection.fetchval("SELECT current_database()") == "another"
        await connection.close()


@pytest.mark.parametrize("name", ["x" * 120, "two words, and a comma", "warung ké"])
async def test_a_path_that_no_socket_could_have_gets_a_short_private_directory(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    async with await start_postgres(folder) as postgres:
        assert len(os.fsencode(postgres.socket_dir)) < 90
        assert stat.S_IMODE(postgres.socket_dir.stat().st_mode) == 0o700
        assert await ask(postgres, "SELECT 1") == 1
    async with await start_postgres(folder) as again:
        assert again.socket_dir == postgres.socket_dir


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's help is Linux's")
async def test_it_ends_in_order_when_its_parent_is_killed(tmp_path: Path) -> None:
    owner = start_owner(tmp_path)
    owner.kill()
    owner.wait()
    await eventually(lambda: not processes_of(tmp_path))
    assert "database system is shut down" in (tmp_path / "postgres.log").read_text()


async def test_it_recovers_after_being_killed_itself(tmp_path: Path) -> None:
    owner = start_owner(tmp_path)
    server = int((tmp_path / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(server, signal.SIGKILL)
    owner.kill()
    owner.wait()
    async with await start_postgres(tmp_path) as postgres:
        assert await ask(postgres, "SELECT 1") == 1
    assert "automatic recovery in progress" in (tmp_path / "postgres.log").read_text()


async def test_a_server_that_was_left_behind_is_stopped_first(tmp_path: Path) -> None:
    left = await start_postgres(tmp_path)
    async with await start_postgres(tmp_path) as postgres:
        assert not left.child.running
        assert await ask(postgres, "SELECT 1") == 1
    assert "not properly shut down" not in (tmp_path / "postgres.log").read_text()


async def test_a_stranger_with_the_old_pid_is_left_alone(tmp_path: Path) -> None:
    async with await start_postgres(tmp_path) as postgres:
        pid_file = (tmp_path / "postgres" / "postmaster.pid").read_text()
    stranger = subprocess.Popen(["sleep", "60"])
    (tmp_path / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n{pid_file.partition(chr(10))[2]}")
    async with await start_postgres(tmp_path) as postgres:
        assert await ask(postgres, "SELECT 1") == 1
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


async def test_a_first_start_that_was_cut_short_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
    async with await start_postgres(tmp_path) as postgres:
        assert await ask(postgres, "SELECT 1") == 1


async def test_data_of_another_version_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(Trouble, match="made by PostgreSQL 17"):
        await start_postgres(tmp_path)


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="max_connections"):
        await start_postgres(tmp_path, settings={"max_connections": "nonsense"})
    assert processes_of(tmp_path) == []
