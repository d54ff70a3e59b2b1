"""Receipt numbers when several members sell at the same register at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from actors.orders.contract import LIST_ORDERS, PLACE_ORDER, LineInput, ListOrders, PlaceOrder, TenderInput
from actors.runtime.runtime import Runtime
from deploy.compose import load_actors
from tests.support import House, Servers, open_house, rupiah, unique


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
