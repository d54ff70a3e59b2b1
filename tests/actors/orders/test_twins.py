"""A sale that is sent twice at once, by a register that does not know whether it landed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec

from actors.orders.contract import (
    LIST_ORDERS,
    PLACE_ORDER,
    PLACE_ORDERS,
    LineInput,
    ListOrders,
    OfflineOrder,
    Order,
    PlaceOrder,
    PlaceOrders,
    TenderInput,
)
from tests.support import House, rupiah, some_id, unique


async def test_one_sale_sent_many_times_under_new_keys_is_one_sale(house: House) -> None:
    """They share a batch, or do not: each is told of the one order."""
    _, register = await house.open_store()
    sku = (await house.add_product()).variants[0].sku
    for _ in range(10):
        ask = PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], tenders=[TenderInput(type="cash", amount=rupiah(5000))], id=some_id())
        other = msgspec.structs.replace(ask, lines=[LineInput(sku=sku, quantity=2)], tenders=[TenderInput(type="cash", amount=rupiah(9000))])

        replies = await asyncio.gather(*(house.client.ask(PLACE_ORDER, sale, key=unique()) for sale in [ask] * 7 + [other]))

        assert [reply.refusal for reply in replies[:7]] == [None] * 7
        assert len({msgspec.json.decode(reply.body, type=Order).receipt_number for reply in replies[:7]}) == 1
        assert replies[7].refusal is not None
        assert replies[7].refusal.code == "orders.id_taken"
    orders = (await house.call(LIST_ORDERS, ListOrders(register_id=register.id))).items
    assert sorted(order.receipt_number for order in orders) == list(range(1, 11))


async def test_twins_in_a_batch_are_answered_as_if_they_came_one_after_another(house: House) -> None:
    _, register = await house.open_store()
    sku = (await house.add_product()).variants[0].sku
    good = OfflineOrder(
        id=some_id(), register_id=register.id, lines=[LineInput(sku=sku)], tenders=[TenderInput(type="cash", amount=rupiah(5000))],
        sold_at=datetime.now(UTC),
    )
    bad = msgspec.structs.replace(good, lines=[LineInput(sku="nothing-has-this")])
    other = msgspec.structs.replace(good, tenders=[TenderInput(type="cash", amount=rupiah(6000))])

    told = await house.call(PLACE_ORDERS, PlaceOrders(orders=[bad, good, good, other, bad]))

    assert [item.outcome for item in told.items] == ["refused", "created", "existing", "refused", "refused"]
    assert [item.problem.code for item in told.items if item.problem] == ["orders.unknown_product", "orders.id_taken", "orders.id_taken"]
    assert told.items[2].order == told.items[1].order
