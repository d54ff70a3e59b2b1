"""Listeners of all tempers, and everything that can break: in the end their books are ours."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from tests.faults.clerks import PAUSE_AT_LENGTH_SECONDS, Books, selling
from tests.faults.harm import AT_LENGTH, Fault, a_webhooks_member_is_killed, nats_stops_and_starts, postgres_crashes, the_streams_are_deleted
from tests.faults.stage import open_stage
from tests.faults.town.audit import Line, audit_town, table
from tests.faults.town.town import Town, open_town
from tests.support import eventually

ORDERS_AT_LENGTH = 50_000
PAUSE_SECONDS = 6.0
DAYS_PASS_AFTER = (15, 40)
"""Faults."""
SHORT: tuple[Fault, ...] = (a_webhooks_member_is_killed, postgres_crashes, the_streams_are_deleted, nats_stops_and_starts)


async def test_every_listener_has_everything_once_in_order(tmp_path: Path) -> None:
    async with open_stage(tmp_path, orders=2, webhooks=2) as stage, open_town(stage) as town:
        books = Books()
        async with selling(stage, books, clerks=4):
            for fault in SHORT:
                await fault(stage)
                await _sold(books, 60)
            await town.rotate("rotating")
            await _a_day_passes(town)
            await _gone(town)
        assert books.wrong == []
        await _bring_back(town)
        await eventually(town.told_of_a_day)
        _all_perfect(await audit_town(town, within_seconds=90))


async def test_at_length(tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> None:
    if not request.config.getoption("--long"):
        pytest.skip("only with --long")
    seed = request.config.getoption("--seed") or random.randrange(1_000_000)
    die, began, done = random.Random(seed), time.monotonic(), 0
    async with open_stage(tmp_path, orders=2, webhooks=2) as stage, open_town(stage) as town:
        books = Books()
        async with selling(stage, books, clerks=24, pause_seconds=PAUSE_AT_LENGTH_SECONDS):
            while len(books.orders) < ORDERS_AT_LENGTH:
                fault = die.choice(AT_LENGTH)
                await fault(stage)
                done += 1
                if done == 10:
                    await town.rotate("rotating")
                if done in DAYS_PASS_AFTER:
                    await _a_day_passes(town)
                with capsys.disabled():
                    print(f"{time.monotonic() - began:6.0f} s  {len(books.orders):6} orders  {fault.__name__.replace('_', ' ')}", flush=True)
                await asyncio.sleep(die.uniform(1, PAUSE_SECONDS))
            sold = time.monotonic() - began
        assert books.wrong == []
        await _bring_back(town)
        await eventually(town.told_of_a_day)
        lines = await audit_town(town, within_seconds=1800)
        with capsys.disabled():
            print(f"{len(books.orders)} orders in {sold:.0f} s, {done} faults, all heard after {time.monotonic() - began:.0f} s (--seed {seed})")
            print(table(lines))
        _all_perfect(lines)


def _all_perfect(lines: list[Line]) -> None:
    assert [line for line in lines if not line.perfect] == [], table(lines)


async def _sold(books: Books, count: int) -> None:
    until = len(books.orders) + count
    await eventually(lambda: len(books.orders) >= until, within_seconds=60)


async def _a_day_passes(town: Town) -> None:
    await eventually(lambda: _has_passed(town))


async def _has_passed(town: Town) -> bool:
    with suppress(asyncpg.DeadlockDetectedError):
        await town.a_day_passes()
        return True
    return False


async def _gone(town: Town) -> None:
    await eventually(lambda: _disabled(town, "gone_once"), within_seconds=60)


async def _disabled(town: Town, name: str) -> bool:
    endpoint = await town.stage.get(f"/v1/webhook-endpoints/{town.tenants[name].endpoint_id}")
    return bool(endpoint["status"] == "disabled")


async def _bring_back(town: Town) -> None:
    """As an operator does it in the morning, again when it is refused again; what was missed goes out by itself."""
    await eventually(lambda: _takes_again(town, "gone_once"), within_seconds=60)


async def _takes_again(town: Town, name: str) -> bool:
    path = f"/v1/webhook-endpoints/{town.tenants[name].endpoint_id}"
    if await _disabled(town, name):
        await town.stage.post(f"{path}/resume", {"catch_up_per_second": 5000})
    health = await town.stage.get(f"{path}/health")
    return bool(health["status"] == "active" and health["last_attempt_at"] == health["last_success_at"])
