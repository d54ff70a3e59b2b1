"""Receipt numbers when several members sell at the same register at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from actors.orders.contract import (
    LIST_ORDERS,
    PLACE_ORDER,
    PLACE_ORDERS,
    LineInput,
    ListOrders,
    OfflineOrder,
    PlaceOrder,
    PlaceOrders,
    TenderInput,
)
from actors.orders.printed import Given, Wanted
from actors.runtime.database import COLLIDED
from actors.runtime.ids import now
from actors.runtime.runtime import Runtime
from deploy.compose import load_actors
from tests.support import House, Servers, eventually, open_house, rupiah, some_id, unique


async def test_three_members_at_one_register_leave_no_gap_and_double_nothing(fresh_house: Callable[..., Awaitable[House]]) -> None:
    house = await fresh_house()
    everybody = load_actors()
    others = [Runtime(house.settings, [actor for actor in everybody if actor.name == "orders"], everybody) for _ in range(2)]
    for other in others:
        await other.start()
    try:
        _, register = await house.open_store()
        sku = (await house.add_product()).variants[0].sku
        ask = PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], tenders=[TenderInput(type="cash", amount=rupiah(5000))])

        for _ in range(6):
            replies = await asyncio.gather(*(house.client.ask(PLACE_ORDER, ask, key=unique()) for _ in range(40)))
            assert [reply.refusal for reply in replies] == [None] * 40

        orders = (await house.call(LIST_ORDERS, ListOrders(register_id=register.id, limit=500))).items
        assert sorted(order.receipt_number for order in orders) == list(range(1, 241))
    finally:
        for other in others:
            await other.stop()


async def test_what_a_register_has_printed_is_heard_of_by_every_member(fresh_house: Callable[..., Awaitable[House]]) -> None:
    """One that remembers an older last number must not give those that a printed one has left out: they may be on a receipt."""
    house = await fresh_house()
    everybody = load_actors()
    other = Runtime(house.settings, [actor for actor in everybody if actor.name == "orders"], everybody)
    await other.start()
    try:
        _, register = await house.open_store()
        sku = (await house.add_product()).variants[0].sku
        lines, tenders = [LineInput(sku=sku)], [TenderInput(type="cash", amount=rupiah(5000))]
        ask = PlaceOrder(register_id=register.id, lines=lines, tenders=tenders)
        left_out: set[int] = set()
        for turn in range(1, 6):
            # Both members have sold, and remember something.
            replies = await asyncio.gather(*(house.client.ask(PLACE_ORDER, ask, key=unique()) for _ in range(20)))
            assert [reply.refusal for reply in replies] == [None] * 20
            offline = [
                OfflineOrder(
                    id=some_id(), register_id=register.id, lines=lines, tenders=tenders, sold_at=now(), receipt=f"{register.code}-{number:06}"
                )
                for number in (turn * 100, turn * 100 + 3)
            ]
            told, *others = await asyncio.gather(
                house.call(PLACE_ORDERS, PlaceOrders(orders=offline)),
                *(house.client.ask(PLACE_ORDER, ask, key=unique()) for _ in range(20)),
            )
            assert [item.order.receipt_number for item in told.items if item.order is not None] == [turn * 100, turn * 100 + 3]
            assert [reply.refusal for reply in others] == [None] * 20
            after = await house.call(PLACE_ORDER, ask)
            assert after.receipt_number not in range(turn * 100 + 4)
            left_out |= {turn * 100 + 1, turn * 100 + 2}
        orders = (await house.call(LIST_ORDERS, ListOrders(register_id=register.id, limit=500))).items
        numbers = [order.receipt_number for order in orders]
        assert len(numbers) == len(set(numbers)) == 5 * 43
        assert not left_out & set(numbers)
    finally:
        await other.stop()


async def test_a_member_that_remembers_less_than_was_printed_looks_again(fresh_house: Callable[..., Awaitable[House]]) -> None:
    house = await fresh_house()
    everybody = load_actors()
    runtime = Runtime(house.settings, [actor for actor in everybody if actor.name == "orders"], everybody)
    await runtime.start()
    try:
        register_id = some_id()

        async def take(of: Runtime, *printed: int) -> int:
            member = next(member for member in of._members if member.actor.name == "orders")
            async with member.transaction() as work:
                numbers = await member.resource.numbering.take(work, {register_id: Wanted(1, frozenset(printed))})
                given: Given = numbers[register_id].give(*printed)
            return given.number

        assert [await take(house.runtime), await take(runtime, 5)] == [1, 5]
        with pytest.raises(COLLIDED):
            await take(house.runtime)
        # The careful way, and then by memory again: here and there.
        assert [await take(house.runtime), await take(house.runtime, 9), await take(house.runtime, 8), await take(house.runtime)] == [6, 9, 8, 10]
        with pytest.raises(COLLIDED):
            await take(runtime, 20)
        assert [await take(runtime, 20), await take(runtime)] == [20, 21]
    finally:
        await runtime.stop()


async def test_who_waits_for_a_registers_number_does_not_hold_the_log(fresh_house: Callable[..., Awaitable[House]]) -> None:
    """Another member, being careful, has locked the number and comes to the log at its commit: they would wait for each other."""
    house = await fresh_house()
    _, register = await house.open_store()
    sku = (await house.add_product()).variants[0].sku
    ask = PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], tenders=[TenderInput(type="cash", amount=rupiah(5000))])
    await house.call(PLACE_ORDER, ask)
    careful = await asyncpg.connect(house.settings.database_url)
    try:
        async with careful.transaction():
            await careful.execute("UPDATE orders.receipt_numbers SET last = last WHERE register_id = $1", register.id)
            sale = asyncio.create_task(house.call(PLACE_ORDER, ask))
            await eventually(lambda: _somebody_waits(house))
            await careful.execute("SELECT FROM orders.log_head FOR UPDATE NOWAIT")
        assert (await sale).receipt_number == 2
    finally:
        await careful.close()


async def _somebody_waits(house: House) -> bool:
    rows = await house.fetch("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    return bool(rows)


async def test_numbers_go_on_after_a_restart(servers: Servers) -> None:
    settings = await servers.settings()
    async with open_house(settings) as house:
        _, register = await house.open_store()
        sku = (await house.add_product()).variants[0].sku
        ask = PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], tenders=[TenderInput(type="cash", amount=rupiah(5000))])
        first = await house.call(PLACE_ORDER, ask)
    async with open_house(settings) as house:
        second = await house.call(PLACE_ORDER, ask)

    assert (first.receipt_number, second.receipt_number) == (1, 2)
