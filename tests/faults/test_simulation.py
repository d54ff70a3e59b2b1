"""Days of a town with three stores while processes are killed and servers crash: what the registers sold is what Kasir has, and all books agree."""

from __future__ import annotations

import asyncio
import random
from datetime import date
from pathlib import Path

import pytest

from deploy import api
from deploy.simulation.judging import Verdict, judge
from deploy.simulation.seeds import Seed
from deploy.simulation.sending import Sender
from deploy.simulation.staffing import Staffing
from deploy.simulation.telling import differences
from deploy.simulation.town import Plan, Town
from tests.faults.harm import (
    AT_LENGTH,
    Fault,
    an_inventory_member_is_killed,
    an_office_is_killed,
    an_orders_member_is_killed,
    postgres_crashes,
    the_edge_is_killed,
    the_streams_are_deleted,
)
from tests.faults.stage import Stage, open_stage
from tests.support import eventually

UNTIL = date(2026, 11, 15)
SALES_BETWEEN = 100
SHORT: tuple[Fault, ...] = (
    an_office_is_killed, an_orders_member_is_killed, postgres_crashes, an_inventory_member_is_killed, the_streams_are_deleted, the_edge_is_killed,
)


async def test_two_days_in_which_much_breaks(tmp_path: Path) -> None:
    plan = Plan(Seed(7), days=2, stores=3, until=UNTIL, per_day=250)
    async with open_stage(tmp_path, offices=2, orders=2, webhooks=1) as stage:
        await _simulated(stage, plan, SHORT)


async def test_at_length(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--long"):
        pytest.skip("only with --long")
    seed = request.config.getoption("--seed") or random.randrange(1_000_000)
    faults = random.Random(seed).choices(AT_LENGTH, k=20)
    async with open_stage(tmp_path, offices=2, orders=2, webhooks=1) as stage:
        await _simulated(stage, Plan(Seed(seed), days=30, stores=3, until=UNTIL), faults)


async def _simulated(stage: Stage, plan: Plan, faults: tuple[Fault, ...] | list[Fault]) -> None:
    town, sold = Town(plan), [0]
    async with api.connect(stage.url, stage.key) as kasir:
        sender = Sender(kasir, Staffing(kasir, town.staff), plan.stores)
        await sender.found(town.founding())

        def count(more: int) -> None:
            sold[0] += more

        selling = asyncio.create_task(sender.days(town, count))
        try:
            for fault in faults:
                await _some_more(sold, selling)
                await fault(stage)
        finally:
            await selling
        assert differences([(shop.name, store.sold, told) for shop, store, told in zip(town.shops, town.stores, sender.told, strict=True)]) == []
        assert [verdict for verdict in await _verdicts(kasir, town) if verdict.findings] == []


async def _some_more(sold: list[int], selling: asyncio.Task[None]) -> None:
    until = sold[0] + SALES_BETWEEN
    await eventually(lambda: selling.done() or sold[0] >= until, within_seconds=60)


async def _verdicts(kasir: api.Api, town: Town) -> list[Verdict]:
    return [verdict async for verdict in judge(kasir, town.shops)]
