"""Clerks sell at several registers, while the drawers are closed and opened all the time: nothing is lost, nothing is there twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from actors.orders.contract import (
    CANCEL_ORDER,
    PAY_ORDER,
    REFUND_ORDER,
    CancelOrder,
    PayOrder,
    RefundOrder,
    ReturnInput,
)
from actors.runtime.client import Refused
from actors.runtime.ids import now
from actors.shifts.contract import CLOSE_SHIFT, CloseShift, ZReport
from actors.shifts.contract import Counted as Count
from actors.stores.contract import Register
from tests.actors.shifts.counter import PRICE, Counter, card, cash, findings
from tests.drawers import all_booked, in_drawers, in_orders, z_reports
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

    assert await in_drawers(house, store.id) == await in_orders(house, store.id)
    numbers: dict[UUID, list[int]] = {}
    for report in await z_reports(house, store.id):
        numbers.setdefault(report.shift.register_id, []).append(report.shift.z_number or 0)
    assert [list(range(1, len(some) + 1)) for some in numbers.values()] == [sorted(some) for some in numbers.values()]


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
