"""`kasir up`, as a person has it: started, used, interrupted, killed, started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.compose import ACTORS
from deploy.ports import free_port
from tests.deploy.support import KASIR, ROOT, environ, kasir, processes_of, up
from tests.support import eventually


def get(url: str, key: str | None) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


async def test_the_first_day(tmp_path: Path) -> None:
    """Start, import, listen, stop; and it is all there the next time."""
    folder = tmp_path / "data"
    with up(folder) as first:
        key = first.owner_key
        assert key
        assert "may reach 127.0.0.0/8,::1/128" in first.said

        second = kasir("up", "--data-dir", str(folder), "--port", "0")
        assert second.returncode == 1
        assert second.stderr.startswith(f"kasir: the data directory {folder} is in use by another kasir (pid {first.process.pid}). Stop")

        account = {"KASIR_API_KEY": key, "KASIR_URL": first.url}
        assert "371 created, 0 updated, 0 unchanged, 0 refused" in kasir("import", "products", "minimarket", **account).stdout
        assert "0 created, 0 updated, 371 unchanged, 0 refused" in kasir("import", "products", "minimarket", **account).stdout
        await heard_signed(tmp_path, account)
        await eventually(lambda: not_as_it_should_be(first.url) == [])
        assert get(f"{first.url}/v1/webhook-endpoints", key)["items"] == []

        told = kasir("dead-letters", "list", "--data-dir", str(folder))
        assert told.stdout == f"No dead letters in {', '.join(ACTORS)}.\n", told.stderr
        assert "ends at" in kasir("log", "republish", "catalog", "--from", "1000000", "--data-dir", str(folder)).stdout
        assert "positions 1 to" in kasir("log", "republish", "catalog", "--from", "1", "--data-dir", str(folder)).stdout

        right = kasir("check", "--data-dir", str(folder))
        assert (right.returncode, right.stdout) == (0, "Stock and money agree: 0 levels, 0 movements, 0 orders\n"), right.stderr

        clerk = kasir("api-key", "Clerk", "--scopes", "catalog:read", "--data-dir", str(folder)).stdout.split()[0]
        assert len(get(f"{first.url}/v1/products?sku=MI-002", clerk)["items"]) == 1

        assert first.end(signal.SIGTERM) == 0
    assert processes_of(folder) == []
    assert not (folder / "servers.json").exists()

    # The key is lost: a new one is refused, and does not take its name, so that what was kept of it can be put back.
    (folder / "secret.key").rename(tmp_path / "kept")
    stranger = kasir("up", "--data-dir", str(folder), "--port", "0")
    assert (stranger.returncode, "Kasir is running" in stranger.stdout) == (1, False)
    assert stranger.stderr.splitlines()[-1].startswith("kasir: KASIR_SECRET_KEY is not the key that this database is used with")
    assert ((folder / "secret.key").exists(), (folder / "secret.key.new").exists()) == (False, True)
    (tmp_path / "kept").rename(folder / "secret.key")

    with up(folder) as later:
        assert later.owner_key is None
        assert get(f"{later.url}/v1/products?sku=MI-002", key)["items"][0]["name"] == "Indomie Goreng Jumbo 129 g"
        assert not (folder / "secret.key.new").exists()
        assert later.end(signal.SIGINT) == 0
    assert processes_of(folder) == []


QUIET = ("kasir_relay_unpublished", "kasir_follow_lag", "kasir_commands_waiting", "kasir_dead_letters_total", "kasir_webhook_deliveries_held")
"""What is 0 where nobody is behind: the operators' guide says so."""


def not_as_it_should_be(url: str) -> list[str]:
    """The metrics that differ from what the operators' guide says of a Kasir that is well."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        samples = [sample for family in text_string_to_metric_families(answer.read().decode()) for sample in family.samples]
    found = {name: [sample for sample in samples if sample.name == name] for name in {sample.name for sample in samples}}
    wrong = [str(sample) for name in QUIET for sample in found.get(name, []) if sample.value]
    wrong += [str(sample) for sample in found["kasir_relay_active"] if sample.value != 1]
    wrong += [str(sample) for sample in found["kasir_http_keys_age_seconds"] if sample.value >= 1]
    logs = {sample.labels["log"] for sample in found["kasir_relay_active"]}
    return wrong if logs >= set(ACTORS) - {"receipts", "reports"} else [*wrong, f"nobody publishes but {logs}"]


async def heard_signed(folder: Path, account: dict[str, str]) -> None:
    """`kasir listen` prints the event of a change that is made while it listens, and ends."""
    listening = subprocess.Popen(
        [*KASIR, "listen", "--types", "product.*", "--count", "1"], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environ(**account)
    )
    assert listening.stdout is not None
    assert listening.stdout.readline().startswith("Listening for product.*")
    file = folder / "change.csv"
    file.write_text("name,sku,price\nIndomie Goreng 85 gram,MI-001,3600\n")
    assert "1 updated" in kasir("import", "products", str(file), **account).stdout
    said, _ = listening.communicate(timeout=20)
    assert "product.updated  Indomie Goreng 85 gram" in said
    assert "signature ok" in said
    assert listening.returncode == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's help is Linux's")
async def test_killed_it_leaves_nothing_and_comes_back(tmp_path: Path) -> None:
    with up(tmp_path, "--scale", "staff=1") as running:
        key = running.owner_key
        running.process.kill()
    await eventually(lambda: not processes_of(tmp_path), within_seconds=60)
    with up(tmp_path) as again:
        assert again.owner_key is None
        assert get(f"{again.url}/v1/products", key)["items"] == []
        assert again.end(signal.SIGTERM) == 0


async def test_scaled_processes_share_a_port_and_are_started_again(tmp_path: Path) -> None:
    first = free_port(count=5)
    with up(tmp_path, "--scale", "staff=2,edge=2", KASIR_METRICS_PORT=str(first)) as running:
        before = members(running.process.pid)
        assert sorted(before.values()) == ["edge", "edge", "staff", "staff"]
        assert f"http://127.0.0.1:{first}/metrics to http://127.0.0.1:{first + 4}/metrics" in running.said
        os.kill(min(before), signal.SIGKILL)
        await eventually(lambda: len(now := members(running.process.pid)) == 4 and min(before) not in now, within_seconds=60)
        assert get(f"{running.url}/v1/products", running.owner_key)["items"] == []
        told = [await eventually(lambda port=port: metrics(port), within_seconds=60) for port in range(first, first + 5)]
        for name, there in (("command=\"payments.check\"", [0]), ("command=\"staff.changes\"", [1, 2]), ("projection=\"edge_keys\"", [3, 4])):
            assert [index for index, text in enumerate(told) if name in text] == there, name
        assert running.end(signal.SIGINT) == 0
    assert processes_of(tmp_path) == []
    assert members(running.process.pid) == {}


def metrics(port: int) -> str | None:
    """What the process tells there; nothing while it is being started."""
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        return str(answer.read().decode())
    return None


def members(parent: int) -> dict[int, str]:
    """Pid and part of each member process of a `kasir up`."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = (stat.parent / "cmdline").read_bytes().decode().split("\0")
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent and "run" in words:
                found[int(stat.parent.name)] = words[words.index("run") + 1]
        except (OSError, ValueError):
            continue
    return found


async def test_servers_that_die_are_started_again(tmp_path: Path) -> None:
    with up(tmp_path) as running:
        for name in ("nats-server", "postgres"):
            before = child_of(running.process.pid, name)
            assert before
            os.kill(before, signal.SIGKILL)
            await eventually(lambda name=name, before=before: child_of(running.process.pid, name) not in (None, before), within_seconds=60)
            await eventually(lambda: is_ready(running.url), within_seconds=60)
        assert running.end(signal.SIGTERM) == 0
    assert processes_of(tmp_path) == []


def child_of(parent: int, name: str) -> int | None:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = stat.read_text().rpartition(")")
        except OSError:
            continue
        state, owner = tail.split()[:2]
        if head.endswith(f"({name}") and int(owner) == parent and state != "Z":
            return int(stat.parent.name)
    return None


def is_ready(url: str) -> bool:
    try:
        return bool(get(f"{url}/readyz", None)["status"] == "ready")
    except OSError:
        return False
