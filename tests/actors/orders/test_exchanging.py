"""Exchanges: what comes back pays for what is taken instead, in one transaction, told once for each of the two orders."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.orders.contract import (
    CANCEL_ORDER,
    EXCHANGE_ORDER,
    CancelOrder,
    Exchange,
    ExchangeOrder,
    LineInput,
    Order,
    PlaceOrder,
    ReturnInput,
    TenderInput,
)
from actors.runtime.client import Refused
from tests.actors.orders.shop import Shop, card, cash, open_shop
from tests.support import House, rupiah, some_id, unique


def wish(shop: Shop, order: Order, quantity: int, *tenders: TenderInput, back: int = 1, to: Any = "tenders", **given: Any) -> ExchangeOrder:
    """So many pieces of an order's line come back, and others are taken."""
    new = PlaceOrder(register_id=shop.register.id, lines=[LineInput(sku=shop.sku, quantity=quantity)], tenders=list(tenders), **given)
    return ExchangeOrder(id=order.id, returns=[ReturnInput(line=1, quantity=back)], order=new, to=to, reason="Wrong size")


async def exchange(shop: Shop, *given: Any, **named: Any) -> Exchange:
    return await shop.house.call(EXCHANGE_ORDER, wish(shop, *given, **named), by="clerk")


async def test_evenly_nobody_pays_anything(house: House) -> None:
    shop = await open_shop(house)
    old = await shop.place(card(7_000))

    done = await exchange(shop, old, 1)

    assert (done.order.status, done.order.payment, done.order.receipt, done.order.exchange_of) == ("completed", "paid", "K1-000002", old.id)
    assert [(one.type, one.amount, one.order_id) for one in done.order.tenders] == [("exchange", rupiah(3_500), old.id)]
    refund = done.returned.refunds[0]
    assert [(one.type, one.amount, one.order_id) for one in refund.tenders] == [("exchange", rupiah(3_500), done.order.id)]
    assert (refund.kind, refund.reason, done.returned.payment) == ("exchange", "Wrong size", "partially_refunded")
    assert ([use.returned for use in done.returned.stock], [use.sold for use in done.order.stock]) == (["1"], ["1"])
    assert (await shop.read(old), await shop.read(done.order)) == (done.returned, done.order)
    assert await shop.names_told(old) == ["order.created", "order.refunded"]
    assert await shop.names_told(done.order) == ["order.created"]


async def test_the_customer_pays_what_is_more(house: House) -> None:
    shop = await open_shop(house)
    old = await shop.place(card(7_000))

    done = await exchange(shop, old, 3, cash(10_000))

    assert (done.order.status, done.order.totals.change) == ("completed", rupiah(3_000))
    assert [(one.number, one.type, one.amount) for one in done.order.tenders] == [(1, "exchange", rupiah(3_500)), (2, "cash", rupiah(10_000))]
    assert done.returned.totals.refunded == rupiah(3_500)


async def test_what_is_not_paid_yet_leaves_it_open(house: House) -> None:
    shop = await open_shop(house)
    old = await shop.place(card(7_000))

    done = await exchange(shop, old, 3)

    assert (done.order.status, done.order.payment, done.order.totals.missing) == ("open", "partially_paid", rupiah(7_000))
    # Called off, what the exchange had paid is store credit: the old order has it no more.
    off = await house.call(CANCEL_ORDER, CancelOrder(id=done.order.id, reason="Changed his mind"))
    assert [(part.type, part.tender, part.amount) for part in off.refunds[0].tenders] == [("store_credit", 1, rupiah(3_500))]
    assert off.refunds[0].tenders[0].account_id is not None


@pytest.mark.parametrize(("to", "types"), [("tenders", ["exchange", "card"]), ("store_credit", ["exchange", "store_credit"])])
async def test_what_is_left_over_goes_back(house: House, to: str, types: list[str]) -> None:
    shop = await open_shop(house)
    old = await shop.place(card(10_500), quantity=3)

    done = await exchange(shop, old, 1, back=3, to=to)

    assert [(one.type, one.amount) for one in done.returned.refunds[0].tenders] == list(zip(types, [rupiah(3_500), rupiah(7_000)], strict=True))
    assert (done.returned.payment, done.returned.totals.refunded) == ("refunded", rupiah(10_500))
    assert done.order.payment == "paid"


async def test_twenty_at_once_exchange_it_once(house: House) -> None:
    shop = await open_shop(house)
    old = await shop.place(card(7_000))

    replies = await asyncio.gather(*(house.client.ask(EXCHANGE_ORDER, wish(shop, old, 1, back=2), key=unique()) for _ in range(20)))

    assert sorted(reply.refusal.code for reply in replies if reply.refusal) == ["orders.refunded_already"] * 19
    assert (await shop.read(old)).totals.refunded == rupiah(7_000)
    rows = await house.fetch("SELECT receipt_number FROM orders.orders WHERE register_id = $1 ORDER BY 1", shop.register.id)
    assert [row["receipt_number"] for row in rows] == [1, 2]


async def test_the_same_key_exchanges_once(house: House) -> None:
    shop = await open_shop(house)
    old = await shop.place(card(7_000))
    ask, key = wish(shop, old, 1, back=2), unique()

    replies = [await house.client.ask(EXCHANGE_ORDER, ask, key=key) for _ in range(3)]

    assert len({reply.body for reply in replies}) == 1
    assert [reply.replayed for reply in replies] == [False, True, True]


async def test_goods_that_may_not_run_out_are_kept_back_or_the_exchange_is_refused(house: House) -> None:
    shop = await open_shop(house, stock="deny")
    plain = (await house.add_product()).variants[0].sku
    old = await shop.place(card(7_000), sku=plain)

    with pytest.raises(Refused, match="out_of_stock") as refused:
        await exchange(shop, old, 1)

    assert [error.pointer for error in refused.value.refusal.errors] == ["/order/lines/0"]
    assert await shop.read(old) == old


@pytest.mark.parametrize(
    ("given", "code", "pointer"),
    [
        ({"back": 3}, "orders.refunded_already", "/returns/0/quantity"),
        ({"hold": True}, "orders.invalid", "/order/hold"),
        ({"tenders": [card(5_000)], "quantity": 1}, "orders.overpaid", "/order/tenders"),
        ({"coupons": ["NONE"]}, "orders.wrong_coupon", "/order/coupons/0"),
    ],
)
async def test_what_cannot_be_exchanged_is_refused_and_changes_nothing(house: House, given: dict[str, Any], code: str, pointer: str) -> None:
    shop = await open_shop(house)
    old = await shop.place(card(7_000))

    with pytest.raises(Refused) as refused:
        await exchange(shop, old, given.pop("quantity", 2), *given.pop("tenders", []), **given)

    assert (refused.value.refusal.code, [error.pointer for error in refused.value.refusal.errors]) == (code, [pointer])
    assert await shop.read(old) == old


async def test_only_what_is_completed_at_a_register_of_its_own_store(house: House) -> None:
    shop, elsewhere = await open_shop(house), await open_shop(house)
    waiting, old = await shop.place(card(3_000)), await shop.place(card(7_000))

    with pytest.raises(Refused, match="wrong_state"):
        await exchange(shop, waiting, 1)
    with pytest.raises(Refused, match="unknown_register") as refused:
        await exchange(elsewhere, old, 1)

    assert [error.pointer for error in refused.value.refusal.errors] == ["/order/register_id"]
    assert await shop.read(old) == old


async def test_an_id_that_is_taken_and_an_order_that_is_not_there(house: House) -> None:
    shop = await open_shop(house)
    old = await shop.place(card(7_000))

    with pytest.raises(Refused, match="id_taken"):
        await exchange(shop, old, 1, id=old.id)
    with pytest.raises(Refused, match="not_found"):
        await house.call(EXCHANGE_ORDER, ExchangeOrder(id=some_id(), returns=[ReturnInput(line=1, quantity=1)], order=wish(shop, old, 1).order))
