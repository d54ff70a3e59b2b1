"""Drawers are opened, counted and closed while clerks sell and members are killed: each sale is in one Z report, or among its corrections."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import aiohttp

from actors.runtime.database import connect_alone
from tests.faults.clerks import Books, selling
from tests.faults.harm import Fault, an_office_is_killed, an_orders_member_is_killed, postgres_crashes, the_edge_is_killed
from tests.faults.stage import Stage, open_stage
from tests.support import eventually

FAULTS: tuple[Fault, ...] = (an_office_is_killed, an_orders_member_is_killed, an_office_is_killed, postgres_crashes, the_edge_is_killed)
SOLD_BETWEEN = 40
SOLD_IN_A_SHIFT = 4
CLERKS = 4
PATIENCE_SECONDS = 120.0


async def test_drawers_open_and_close_while_members_are_killed(tmp_path: Path) -> None:
    books, numbers = Books(), dict[str, list[int]]()
    async with open_stage(tmp_path, offices=2, orders=2, webhooks=1) as stage:
        async with selling(stage, books, clerks=CLERKS, patient=True):
            managers = [asyncio.create_task(_open_and_close(stage, books, register, numbers)) for register in stage.registers]
            for fault in FAULTS:
                enough = len(books.told_at) + SOLD_BETWEEN
                await eventually(lambda enough=enough: len(books.told_at) >= enough, within_seconds=PATIENCE_SECONDS)  # type: ignore[misc]
                await fault(stage)
            closed = sum(map(len, numbers.values()))
            await eventually(lambda: sum(map(len, numbers.values())) > closed, within_seconds=PATIENCE_SECONDS)
        for manager in managers:
            manager.cancel()
        assert [one for one in await asyncio.gather(*managers, return_exceptions=True) if isinstance(one, Exception)] == []
        assert [list(range(1, len(some) + 1)) for some in numbers.values()] == list(numbers.values())
        await eventually(lambda: _all_is_booked(stage), within_seconds=PATIENCE_SECONDS)
        assert await _findings(stage) == []


async def _open_and_close(stage: Stage, books: Books, register: str, numbers: dict[str, list[int]]) -> None:
    """Again and again. The Z numbers that are told have no gaps, whoever dies meanwhile."""
    while True:
        shift = await _insist(stage, "/v1/shifts", {"register_id": register, "float": {"amount": 0, "currency": "IDR"}})
        enough = len(books.told_at) + SOLD_IN_A_SHIFT
        await eventually(lambda enough=enough: len(books.told_at) >= enough, within_seconds=PATIENCE_SECONDS)  # type: ignore[misc]
        report = await _insist(stage, f"/v1/shifts/{shift['id']}/close", {"counted": {"total": 0}})
        numbers.setdefault(register, []).append(report["shift"]["z_number"])


async def _insist(stage: Stage, path: str, body: Any) -> Any:
    """Under one key, until it is answered: it is done once."""
    headers = {"Idempotency-Key": os.urandom(12).hex()}
    while True:
        try:
            async with stage.http.post(stage.url + path, json=body, headers=headers, timeout=aiohttp.ClientTimeout(10)) as answer:
                if answer.status < 300:
                    return await answer.json()
                assert answer.status == 503, await answer.text()
        except (aiohttp.ClientError, TimeoutError):
            pass
        await asyncio.sleep(0.1)


async def _all_is_booked(stage: Stage) -> bool:
    connection = await connect_alone(stage.postgres.url)
    try:
        head = await connection.fetchval("SELECT max(position) FROM orders.log")
        return bool(head == await connection.fetchval("SELECT position FROM shifts.followed WHERE log = 'orders'"))
    finally:
        await connection.close()


async def _findings(stage: Stage) -> list[Any]:
    page = await stage.get("/v1/shifts/check")
    findings = page["findings"]
    while page.get("next_cursor"):
        page = await stage.get(f"/v1/shifts/check?cursor={page['next_cursor']}")
        findings += page["findings"]
    return list(findings)
