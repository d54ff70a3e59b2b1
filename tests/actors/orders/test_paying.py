"""Orders that are paid over time: in parts, in several ways, by two clerks at once, and by what payments approves."""

from __future__ import annotations

import asyncio

import pytest

from actors.orders.contract import (
    CANCEL_ORDER,
    PAY_ORDER,
    PLACE_ORDERS,
    TIP_MAX,
    CancelOrder,
    LineInput,
    OfflineOrder,
    Order,
    PayOrder,
    PlaceOrders,
)
from actors.orders.rules import TENDERS_MAX
from actors.runtime.client import Refused
from actors.runtime.ids import now
from tests.actors.orders.shop import Shop, card, cash, open_shop
from tests.support import House, eventually, rupiah, some_id, unique


async def pay(shop: Shop, order: Order, *tenders: object) -> Order:
    return await shop.house.call(PAY_ORDER, PayOrder(id=order.id, tenders=list(tenders)), by="clerk")  # type: ignore[arg-type]


async def test_parts_are_paid_over_time_and_the_last_one_completes(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place()
    assert (order.status, order.payment, order.receipt, order.receipt_number, order.stock) == ("open", "unpaid", "", None, [])

    part = await pay(shop, order, card(3_000, tip=500))
    assert (part.status, part.payment, part.totals.missing) == ("open", "partially_paid", rupiah(4_000))
    done = await pay(shop, part, cash(5_000))

    assert (done.status, done.payment, done.receipt, done.version) == ("completed", "paid", "K1-000001", 3)
    assert (done.totals.change, done.totals.tips, done.totals.missing) == (rupiah(1_000), rupiah(500), rupiah(0))
    assert [(tender.number, tender.type, tender.amount, tender.tip) for tender in done.tenders] == [
        (1, "card", rupiah(3_000), rupiah(500)), (2, "cash", rupiah(5_000), None),
    ]  # fmt: skip
    assert [(use.sold, use.returned) for use in done.stock] == [("2", "0")]
    assert await shop.names_told(order) == ["order.created", "order.updated", "order.paid"]
    assert [(move.by, move.before.payment, move.after.payment) for move in done.moves] == [
        ("clerk", "unpaid", "partially_paid"), ("clerk", "partially_paid", "paid"),
    ]  # fmt: skip


async def test_each_version_is_told_once_with_what_changed(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place()
    done = await pay(shop, await pay(shop, order, cash(2_000)), cash(5_000))

    told = [event for _, event in await shop.told(order)]

    assert [event.version for event in told] == [1, 2, 3]
    assert told[-1].order == done == await shop.read(order)
    assert [(event.before and event.before.status, event.after.status) for event in told] == [(None, "open"), ("open", "open"), ("open", "completed")]
    assert told[0].changed == []
    assert set(told[1].changed) == {"payment", "tenders", "totals"}
    assert {"status", "receipt_number", "receipt", "sold_at", "stock"} <= set(told[2].changed)


async def test_too_much_is_refused_except_in_cash(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place()

    with pytest.raises(Refused, match="overpaid"):
        await pay(shop, order, card(7_100))

    assert await shop.read(order) == order
    assert (await pay(shop, order, cash(10_000))).totals.change == rupiah(3_000)


async def test_a_tip_that_cannot_be_meant_is_refused_unless_it_was_given_offline(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place()
    tip = TIP_MAX // 100 + 1
    for asking in (pay(shop, order, card(7_000, tip=tip)), shop.place(card(0), card(7_000, tip=tip))):
        with pytest.raises(Refused) as refused:
            await asking
        [error] = refused.value.refusal.errors
        assert (refused.value.refusal.code, error.pointer[-11:]) == ("orders.too_large", "/tip/amount")
    assert (await pay(shop, order, card(7_000, tip=tip - 1))).totals.tips.amount == TIP_MAX

    lines = [LineInput(sku=shop.sku, quantity=2)]
    sold = OfflineOrder(id=some_id(), register_id=shop.register.id, lines=lines, tenders=[card(7_000, tip=tip)], sold_at=now())
    [outcome] = (await house.call(PLACE_ORDERS, PlaceOrders(orders=[sold]))).items
    assert outcome.order is not None
    assert outcome.order.totals.tips == rupiah(tip)


async def test_two_clerks_who_take_the_whole_sum_at_once_take_it_once(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place()
    ask = PayOrder(id=order.id, tenders=[card(7_000)])

    replies = await asyncio.gather(*(house.client.ask(PAY_ORDER, ask, key=unique()) for _ in range(8)))

    assert sorted(reply.refusal.code if reply.refusal else "paid" for reply in replies) == ["orders.wrong_state"] * 7 + ["paid"]
    assert len((await shop.read(order)).tenders) == 1
    assert await shop.names_told(order) == ["order.created", "order.paid"]


async def test_parts_that_come_at_once_all_count(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place()

    await asyncio.gather(*(pay(shop, order, card(1_000)) for _ in range(7)))

    done = await shop.read(order)
    assert (done.status, done.version, [tender.number for tender in done.tenders]) == ("completed", 8, list(range(1, 8)))


async def test_held_and_cancelled_orders_take_no_money(house: House) -> None:
    shop = await open_shop(house)
    held = await shop.place(hold=True)
    gone = await house.call(CANCEL_ORDER, CancelOrder(id=(await shop.place()).id, reason="changed his mind"))

    for order, advice in ((held, "take it up first"), (gone, "place a new one")):
        with pytest.raises(Refused, match="wrong_state") as refused:
            await pay(shop, order, cash(7_000))
        assert advice in refused.value.refusal.detail


async def test_a_register_of_another_store_takes_nothing(house: House) -> None:
    shop, other = await open_shop(house), await open_shop(house)
    order = await shop.place()

    with pytest.raises(Refused, match="unknown_register"):
        await house.call(PAY_ORDER, PayOrder(id=order.id, tenders=[cash(7_000)], register_id=other.register.id))


async def test_an_approved_payment_becomes_a_tender_and_completes_the_order_once(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(cash(3_000))
    intent = await shop.approve(order.id, rupiah(4_000), tip=rupiah(100))
    await shop.tell(intent)

    done = await eventually(lambda: _completed(shop, order))

    assert [(tender.type, tender.intent_id, tender.tip) for tender in done.tenders] == [("cash", None, None), ("qris", intent.id, rupiah(100))]
    assert (done.receipt_number, done.totals.tips, done.payment) == (1, rupiah(100), "paid")
    after = await shop.approve(order.id, rupiah(1))
    await eventually(lambda: _returned(shop, str(after.id)))
    assert await shop.names_told(order) == ["order.created", "order.paid"]
    assert not await _returned(shop, str(intent.id))


async def test_a_payment_that_comes_too_late_goes_back(house: House) -> None:
    shop = await open_shop(house)
    gone, held, paid = await shop.place(), await shop.place(hold=True), await shop.place(cash(7_000))
    await house.call(CANCEL_ORDER, CancelOrder(id=gone.id, reason="waited too long"))
    short = await shop.place(cash(6_000))

    for order in (gone, held, paid, short):
        intent = await shop.approve(order.id, rupiah(7_000))
        assert await eventually(lambda intent=intent: _returned(shop, str(intent.id)))

    assert [(await shop.read(order)).version for order in (gone, held, paid, short)] == [2, 1, 1, 1]


async def _completed(shop: Shop, order: Order) -> Order | None:
    now = await shop.read(order)
    return now if now.status == "completed" else None


async def _returned(shop: Shop, intent_id: str) -> bool:
    return bool(await shop.house.fetch(
        "SELECT 1 FROM orders.log WHERE name = 'order.payment_returned' AND position(convert_to($1, 'UTF8') in body) > 0", intent_id
    ))  # fmt: skip


async def test_an_order_has_only_so_many_tenders(house: House) -> None:
    """Each version is told as a whole: an order that grows without end could not be told any more."""
    shop = await open_shop(house)
    order = await shop.place()
    for _ in range(TENDERS_MAX // 20):
        await pay(shop, order, *[card(1)] * 20)

    with pytest.raises(Refused, match="at most 100 tenders"):
        await pay(shop, order, card(1))
    assert (await house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="enough"))).totals.refunded == rupiah(100)
