"""Clerks sell at several registers, while the drawers are closed and opened all the time: nothing is lost, nothing is there twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter as Counted
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from actors.orders.contract import (
    CANCEL_ORDER,
    LIST_ORDERS,
    PAY_ORDER,
    REFUND_ORDER,
    CancelOrder,
    ListOrders,
    Order,
    PayOrder,
    RefundOrder,
    ReturnInput,
)
from actors.runtime.client import Refused
from actors.runtime.ids import now
from actors.shifts.contract import CLOSE_SHIFT, LIST_Z_REPORTS, CloseShift, Figures, ListZReports, ZReport
from actors.shifts.contract import Counted as Count
from actors.stores.contract import Register
from tests.actors.shifts.counter import PRICE, Counter, all_booked, card, cash, findings
from tests.support import House, eventually

SALES = 90
REGISTERS = 3


async def test_clerks_sell_while_drawers_open_and_close(fresh_house: Callable[..., Awaitable[House]]) -> None:
    house = await fresh_house()
    store, register = await house.open_store()
    counter = Counter(house, store, register, await house.add_product())
    registers = [register, *[await counter.second(f"K{nr}") for nr in range(2, REGISTERS + 1)]]
    selling = asyncio.gather(*(_clerk(counter, registers, random.Random(seed)) for seed in range(6)))
    closing = [asyncio.create_task(_open_and_close(counter, one)) for one in registers]
    await selling
    for task in closing:
        task.cancel()
    await asyncio.gather(*closing, return_exceptions=True)
    await eventually(lambda: all_booked(house))
    assert [] == await findings(house)

    orders = (await house.call(LIST_ORDERS, ListOrders(store_id=store.id, limit=500))).items
    assert await _in_drawers(counter, registers) == _in_orders(orders)
    await _no_gaps(house, registers)


async def _clerk(counter: Counter, registers: list[Register], chance: random.Random) -> None:
    """Sells, gives back, sells in parts, calls off, hands in late: at all registers."""
    for _ in range(SALES // 6):
        register = chance.choice(registers)
        what = chance.choice(["cash", "card", "parts", "refund", "cancel", "late"])
        if what == "late":
            await counter.hand_in(now() - timedelta(seconds=chance.random() * 8), register_id=register.id)
        elif what == "parts":
            order = await counter.place(cash(100_000), register_id=register.id)
            pay = PayOrder(id=order.id, tenders=[cash(300_000)], register_id=chance.choice(registers).id)
            await counter.house.call(PAY_ORDER, pay)
        else:
            order = await counter.place(card(PRICE) if what == "card" else cash(400_000), register_id=register.id)
            if what == "refund":
                back = RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)], register_id=chance.choice(registers).id)
                await counter.house.call(REFUND_ORDER, back)
            elif what == "cancel":
                await counter.house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="Wrong"))


async def _open_and_close(counter: Counter, register: Register) -> None:
    """Two at once want to close it: one of them does."""
    while True:
        shift = await counter.open(register)
        await asyncio.sleep(0)
        wish = CloseShift(id=shift.id, counted=Count(total=0))
        closed = await asyncio.gather(*(counter.house.call(CLOSE_SHIFT, wish) for _ in range(2)), return_exceptions=True)
        assert 1 == sum(isinstance(one, ZReport) for one in closed)
        assert ["shifts.wrong_state"] == [one.refusal.code for one in closed if isinstance(one, Refused)]


async def _in_drawers(counter: Counter, registers: list[Register]) -> Counted[str]:
    """The sums of all Z reports, of what came late to them, of what is open still, and of what was sold without a shift."""
    total: Counted[str] = Counted()
    for register in registers:
        for report in await _z_reports(counter.house, register.id):
            _count(total, report.figures)
            _count(total, report.corrected)
        for loose in await counter.unshifted(register):
            _count(total, loose.figures)
    open_bodies = await counter.house.fetch("SELECT id FROM shifts.shifts WHERE closed_at = 'infinity'")
    for row in open_bodies:
        _count(total, (await counter.x(_Id(row["id"]))).figures)  # type: ignore[arg-type]
    return total


class _Id:
    def __init__(self, id: UUID) -> None:
        self.id = id


async def _z_reports(house: House, register_id: UUID) -> list[ZReport]:
    page = await house.call(LIST_Z_REPORTS, ListZReports(register_id=register_id, limit=100))
    found = page.items
    while page.next_cursor is not None:
        page = await house.call(LIST_Z_REPORTS, ListZReports(register_id=register_id, limit=100, cursor=page.next_cursor))
        found += page.items
    return found


def _count(total: Counted[str], figures: Figures) -> None:
    total["sales"] += figures.sales
    for name in ("due", "change", "tax", "net"):
        total[name] += getattr(figures, name).amount
    for tender in figures.tenders:
        total[f"in {tender.type}"] += tender.amount.amount
        total["payments"] += tender.count
    for back in figures.refunded:
        total[f"out {back.type}"] += back.amount.amount
    for kind in figures.returned:
        total[kind.kind] += kind.count


def _in_orders(orders: list[Order]) -> Counted[str]:
    total: Counted[str] = Counted()
    for order in orders:
        if order.receipt_number is not None:
            total["sales"] += 1
            amounts: dict[str, Any] = {name: getattr(order.totals, name).amount for name in ("due", "change", "tax", "net")}
            total.update(amounts)
        for tender in order.tenders:
            total[f"in {tender.type}"] += tender.amount.amount
            total["payments"] += 1
        for refund in order.refunds:
            total[refund.kind] += 1
            for back in refund.tenders:
                total[f"out {back.type}"] += back.amount.amount
    return total


async def _no_gaps(house: House, registers: list[Register]) -> None:
    for register in registers:
        numbers = sorted(report.shift.z_number or 0 for report in await _z_reports(house, register.id))
        assert list(range(1, len(numbers) + 1)) == numbers
