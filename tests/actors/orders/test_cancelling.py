"""Orders that are called off: goods and money come back, once, however often and from wherever it is asked."""

from __future__ import annotations

import asyncio

import pytest

from actors.orders.contract import CANCEL_ORDER, LIST_ORDERS, MOVE_ORDER, CancelOrder, ListOrders, MoveOrder, Order
from actors.runtime.client import Refused
from tests.actors.orders.shop import Shop, card, cash, open_shop
from tests.support import House, eventually, rupiah, some_id


async def cancel(shop: Shop, order: Order, reason: str = "wrong table") -> Order:
    return await shop.house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason=reason), by="chief")


async def test_a_completed_sale_gives_back_everything(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(card(5_000, tip=300), cash(5_000))

    gone = await cancel(shop, order)

    assert (gone.status, gone.payment, gone.cancel_reason, gone.receipt) == ("cancelled", "refunded", "wrong table", order.receipt)
    assert gone.totals.refunded == order.totals.due
    assert [(tender.amount, tender.refunded) for tender in gone.tenders] == [(rupiah(5_000), rupiah(5_300)), (rupiah(5_000), rupiah(2_000))]
    assert [(use.sold, use.returned) for use in gone.stock] == [("2", "2")]
    [refund] = gone.refunds
    assert (refund.kind, refund.by, refund.amount, sum(part.amount.amount for part in refund.tenders)) == ("cancel", "chief", rupiah(7_000), 700_000)
    assert [(move.by, move.reason, move.after.status) for move in gone.moves] == [("chief", "wrong table", "cancelled")]
    [_, (name, told)] = await shop.told(order)
    assert (name, told.by, told.reason, told.before and told.before.payment, told.after.payment) == (
        "order.cancelled", "chief", "wrong table", "paid", "refunded",
    )  # fmt: skip


async def test_cancelled_by_many_at_once_and_again_it_gives_back_once(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(cash(7_000))

    told = await asyncio.gather(*(cancel(shop, order, f"reason {number}") for number in range(12)))
    again = await cancel(shop, order, "once more")

    assert all(one == again for one in told)
    assert (again.version, len(again.refunds)) == (2, 1)
    assert await shop.names_told(order) == ["order.created", "order.cancelled"]


async def test_what_nobody_paid_for_has_nothing_to_give_back(house: House) -> None:
    shop = await open_shop(house)
    for order in (await shop.place(), await shop.place(hold=True)):
        gone = await cancel(shop, order)
        assert (gone.status, gone.payment, gone.refunds, gone.stock) == ("cancelled", "unpaid", [], [])


async def test_parts_that_were_paid_come_back(house: House) -> None:
    shop = await open_shop(house)
    gone = await cancel(shop, await shop.place(card(2_000, tip=100)))
    assert (gone.payment, gone.tenders[0].refunded, gone.stock) == ("refunded", rupiah(2_100), [])


async def test_a_tip_alone_is_something_paid_and_comes_back(house: House) -> None:
    shop = await open_shop(house)
    order, late = await shop.place(card(0, tip=100)), await shop.place(card(0, tip=100), pay_within_seconds=3600)
    assert (order.status, order.payment, order.totals.missing) == ("open", "partially_paid", order.totals.total)
    with pytest.raises(Refused, match="Something has been paid on it"):
        await house.call(MOVE_ORDER, MoveOrder(id=order.id, status="draft"))
    await house.fetch("UPDATE orders.orders SET expires_at = now() WHERE id = $1", late.id)

    for gone in (await cancel(shop, order), await eventually(lambda: _cancelled(shop, late))):
        assert (gone.status, gone.payment, gone.tenders[0].refunded) == ("cancelled", "refunded", rupiah(100))


async def test_what_is_cancelled_stays_so(house: House) -> None:
    shop = await open_shop(house)
    gone = await cancel(shop, await shop.place(cash(7_000)))

    with pytest.raises(Refused, match="wrong_state"):
        await house.call(MOVE_ORDER, MoveOrder(id=gone.id, fulfillment="delivered"))
    with pytest.raises(Refused, match="not_found"):
        await house.call(CANCEL_ORDER, CancelOrder(id=some_id(), reason="who?"))


async def test_an_open_order_that_nobody_pays_in_time_is_cancelled(house: House) -> None:
    shop = await open_shop(house)
    late = await shop.place(cash(1_000), pay_within_seconds=3600)
    paid, patient = await shop.place(cash(7_000), pay_within_seconds=10), await shop.place()
    assert (late.expires_at is not None, paid.expires_at, patient.expires_at) == (True, None, None)
    await house.fetch("UPDATE orders.orders SET expires_at = now() WHERE id = $1", late.id)

    gone = await eventually(lambda: _cancelled(shop, late))

    assert (gone.cancel_reason, gone.payment, gone.expires_at, gone.tenders[0].refunded) == ("not paid in time", "refunded", None, rupiah(1_000))
    assert gone.moves[-1].by == ""
    assert [(name, event.by, event.reason) for name, event in await shop.told(late)][1:] == [("order.cancelled", "", "not paid in time")]
    assert (await shop.read(paid)).status == "completed"
    assert (await shop.read(patient)).status == "open"


async def _cancelled(shop: Shop, order: Order) -> Order | None:
    page = await shop.house.call(LIST_ORDERS, ListOrders(store_id=shop.store.id, status="cancelled"))
    return next((found for found in page.items if found.id == order.id), None)
