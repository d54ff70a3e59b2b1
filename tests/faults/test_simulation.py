"""Days of a town with three stores while processes are killed and servers crash: what the registers sold is what Kasir has, and all books agree."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from deploy import api
from deploy.simulation.judging import judge
from deploy.simulation.requests import Request
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

UNTIL = date(2026, 11, 15)
SHORT: tuple[Fault, ...] = (
    an_office_is_killed, an_orders_member_is_killed, postgres_crashes, an_inventory_member_is_killed, the_streams_are_deleted, the_edge_is_killed,
)


async def test_two_days_in_which_much_breaks(tmp_path: Path) -> None:
    plan = Plan(Seed(7), days=2, stores=3, until=UNTIL, per_day=150)
    async with open_stage(tmp_path, offices=2, orders=2, webhooks=1) as stage:
        await _simulated(stage, plan, SHORT)


async def test_at_length(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--long"):
        pytest.skip("only with --long")
    seed = request.config.getoption("--seed") or random.randrange(1_000_000)
    faults = random.Random(seed).choices(AT_LENGTH, k=20)
    async with open_stage(tmp_path, offices=2, orders=2, webhooks=1) as stage:
        await _simulated(stage, Plan(Seed(seed), days=30, stores=3, until=UNTIL), faults)


class Paced(Sender):
    """Sells no more batches than it has been allowed: so that there is something to sell while each thing breaks."""

    def allow(self, batches: int) -> None:
        for _ in range(batches):
            self._allowed.release()

    def __post_init__(self) -> None:
        super().__post_init__()
        self._allowed = asyncio.Semaphore(0)

    async def send(self, request: Request) -> Any:
        if request.orders:
            await self._allowed.acquire()
        return await super().send(request)


async def _simulated(stage: Stage, plan: Plan, faults: Sequence[Fault]) -> None:
    batches = sum(bool(request.orders) for _, requests in Town(plan).days() for request in requests)
    town = Town(plan)
    async with api.connect(stage.url, stage.key) as kasir:
        sender = Paced(kasir, Staffing(kasir, town.staff), plan.stores)
        await sender.found(town.founding())
        selling = asyncio.create_task(sender.days(town, lambda more: None))
        try:
            for fault in faults:
                sender.allow(batches // (len(faults) + 1))
                await fault(stage)
            assert not selling.done()
        finally:
            sender.allow(batches)
            await selling
        assert differences([(shop.name, store.sold, told) for shop, store, told in zip(town.shops, town.stores, sender.told, strict=True)]) == []
        assert [verdict async for verdict in judge(kasir, town.shops) if verdict.findings] == []
