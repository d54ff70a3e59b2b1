"""`kasir simulate` as a person runs it: all checks are empty, and a second time changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

from actors.runtime.database import connect_alone
from deploy.embedded.data_dir import read_servers
from tests.deploy.support import kasir, up

TIMES = re.compile(r"\(?\d+(\.\d+)? s\b.*")
"""What differs from run to run: how long it took."""
ARGS = ("--days", "2", "--stores", "2", "--per-day", "25", "--until", "2026-11-15")


def simulate(url: str, key: str, *, exit_code: int = 0) -> str:
    done = kasir("simulate", *ARGS, KASIR_URL=url, KASIR_API_KEY=key)
    assert done.returncode == exit_code, done.stdout + done.stderr
    return "\n".join(TIMES.sub("", line) for line in done.stdout.splitlines())


async def tamper(folder: Path) -> None:
    """A level that is not what the ledger comes to."""
    servers = read_servers(folder)
    assert servers is not None
    connection = await connect_alone(servers.database_url)
    await connection.execute("UPDATE inventory.levels SET on_hand = on_hand + 1 WHERE ctid = (SELECT min(ctid) FROM inventory.levels)")
    await connection.close()


async def test_a_second_time_doubles_nothing_and_what_is_wrong_is_found(tmp_path: Path) -> None:
    with up(tmp_path / "data") as running:
        assert running.owner_key is not None
        first = simulate(running.url, running.owner_key)
        assert "✗" not in first
        for name in ("stock", "payments", "shifts", "customers", "reports", "receipts", "dead letters"):
            assert f"✓ {name}" in first
        assert "the morning after: 8 gift card, 8 on account, 8 points" in first
        assert re.search(r"✓ payments +2 accounts, 24 intents|✓ payments +24 intents, 2 accounts", first)
        await tamper(tmp_path / "data")
        again = simulate(running.url, running.owner_key, exit_code=1)
        assert "✗ stock" in again
        told_of_it = ("✓ stock", "✓ reports")
        assert [line for line in first.splitlines() if not line.startswith(told_of_it) and line not in again] == []


def test_goods_that_are_there_already_are_in_the_way(tmp_path: Path) -> None:
    with up(tmp_path / "data") as running:
        assert running.owner_key is not None
        asked = {"KASIR_URL": running.url, "KASIR_API_KEY": running.owner_key}
        assert kasir("import", "products", "minimarket", **asked).returncode == 0
        done = kasir("simulate", *ARGS, **asked)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "products of the simulation were refused" in line
    assert line.endswith("Begin with an empty Kasir: `kasir up --data-dir demo`.")


def test_the_future_cannot_be_simulated() -> None:
    done = kasir("simulate", "--until", "2999-01-01", "--api-key", "x")
    assert (1, "") == (done.returncode, done.stdout)
    assert "is not over yet" in done.stderr


def test_it_says_so_when_nobody_is_there() -> None:
    done = kasir("simulate", "--url", "http://127.0.0.1:9", "--api-key", "x")
    assert done.returncode == 1
    assert "Is `kasir up` running" in done.stderr
