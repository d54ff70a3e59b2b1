"""Refunds and returns on real servers: exact shares, the right tenders, stock once, and never more than was paid."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from actors.catalog.contract import CREATE_PRODUCT, Component, CreateProduct, Pack, VariantInput
from actors.orders.contract import (
    CANCEL_ORDER,
    MERGE_ORDERS,
    PAY_ORDER,
    PLACE_ORDER,
    PLACE_ORDERS,
    REFUND_ORDER,
    CancelOrder,
    DiscountInput,
    LineInput,
    MergeOrders,
    OfflineOrder,
    Order,
    PayOrder,
    PlaceOrder,
    PlaceOrders,
    RefundOrder,
    RefundTender,
    ReturnInput,
)
from actors.orders.rules import REFUNDS_MAX
from actors.payments.contract import CREATE_INTENT, GET_ACCOUNT, ISSUE_GIFT_CARD, CreateIntent, GetAccount, IssueGiftCard
from actors.runtime.client import Refused
from actors.runtime.words import Money
from actors.stores.contract import CREATE_REGISTER, UPDATE_REGISTER, CreateRegister, RegisterChanges, UpdateRegister
from tests.actors.orders.shop import Shop, card, cash, open_shop
from tests.support import House, eventually, rupiah, some_id, unique


async def refund(shop: Shop, order: Order, **given: Any) -> Order:
    return await shop.house.call(REFUND_ORDER, RefundOrder(id=order.id, **given), by="clerk")


def back(quantity: int | str = 1, line: int = 1, restock: bool = True) -> list[ReturnInput]:
    return [ReturnInput(line=line, quantity=quantity, restock=restock)]


async def test_a_part_gives_back_its_exact_share_of_discount_and_tax_and_the_last_part_the_rest(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(card(9_500), quantity=3, discounts=[DiscountInput(amount=rupiah(1_000), reason="Regular")])
    assert (order.status, order.totals.total) == ("completed", rupiah(9_500))

    first = await refund(shop, order, lines=back(), reason="Too salty")
    second = await refund(shop, first, lines=back(restock=False))
    third = await refund(shop, second, lines=back())

    # 950000 / 3 = 316666.67 and 2 / 3 of it 633333.33, rounded half up
    assert [one.amount.amount for one in third.refunds] == [316667, 316666, 316667]
    assert sum(one.lines[0].tax.amount for one in third.refunds) == order.totals.tax.amount
    assert [one.payment for one in (order, first, second, third)] == ["paid", "partially_refunded", "partially_refunded", "refunded"]
    assert third.totals.refunded == third.totals.due == third.lines[0].refunded == third.tenders[0].refunded == rupiah(9_500)
    assert [(use.sold, use.returned) for use in third.stock] == [("3", "2")]
    assert (third.lines[0].returned, third.refunds[0].by, third.refunds[0].reason) == ("3", "clerk", "Too salty")
    assert await shop.read(order) == third
    assert await shop.names_told(order) == ["order.created", "order.refunded", "order.refunded", "order.refunded"]


async def test_twenty_clerks_who_give_everything_back_at_once_give_it_back_once(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(card(7_000))
    asks = [RefundOrder(id=order.id, lines=back(2)), RefundOrder(id=order.id, amount=rupiah(5_000)), RefundOrder(id=order.id, lines=back(1))]

    replies = await asyncio.gather(*(house.client.ask(REFUND_ORDER, asks[number % 3], key=unique()) for number in range(20)))

    assert {reply.refusal.code for reply in replies if reply.refusal} <= {"orders.refunded_already"}
    after = await shop.read(order)
    assert 0 < after.totals.refunded.amount <= after.totals.due.amount
    assert after.totals.refunded == after.tenders[0].refunded
    assert after.version == 1 + len(after.refunds) == 1 + sum(reply.refusal is None for reply in replies)
    told = [event.version for _, event in await shop.told(order)]
    assert told == list(range(1, after.version + 1))


async def test_the_same_key_gives_back_once(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(card(7_000))
    ask, key = RefundOrder(id=order.id, lines=back(2)), unique()

    replies = await asyncio.gather(*(house.client.ask(REFUND_ORDER, ask, key=key) for _ in range(8)))
    again = await house.client.ask(REFUND_ORDER, ask, key=key)

    assert len({reply.body for reply in [*replies, again]}) == 1
    assert again.replayed
    assert len((await shop.read(order)).refunds) == 1


async def test_an_amount_is_spread_and_what_comes_back_later_gives_what_is_left(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(card(7_000))

    some = await refund(shop, order, amount=rupiah(5_000), reason="Waited too long")
    rest = await refund(shop, some, lines=back(2))

    assert [(one.kind, one.amount) for one in rest.refunds] == [("amount", rupiah(5_000)), ("return", rupiah(2_000))]
    assert (some.lines[0].returned, rest.lines[0].returned, rest.payment) == ("0", "2", "refunded")
    assert rest.refunds[0].lines[0].quantity == "0"
    with pytest.raises(Refused, match="refunded_already"):
        await refund(shop, rest, amount=rupiah(1))


async def test_store_credit_is_on_an_account_that_payments_opens(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(cash(7_000))

    after = await refund(shop, order, lines=back(), to="store_credit")

    given = after.refunds[0].tenders[0]
    assert (given.type, given.amount, given.tender) == ("store_credit", rupiah(3_500), None)
    assert given.account_id is not None
    assert after.tenders[0].refunded == rupiah(0)
    assert await eventually(lambda: _balance(house, given.account_id)) == rupiah(3_500)


async def _balance(house: House, account_id: Any) -> Any:
    reply = await house.client.ask(GET_ACCOUNT, GetAccount(id=account_id))
    return None if reply.refusal else (await house.call(GET_ACCOUNT, GetAccount(id=account_id))).balance


async def test_what_was_paid_with_a_gift_card_is_on_it_again_wherever_its_order_went(house: House) -> None:
    shop = await open_shop(house)
    gift = await house.call(ISSUE_GIFT_CARD, IssueGiftCard(amount=rupiah(9_000)))
    into, other = await shop.place(quantity=1), await shop.place()
    await house.call(CREATE_INTENT, CreateIntent(order_id=other.id, method="gift_card", amount=rupiah(5_000), code=gift.code))
    other = await eventually(lambda: _with_tenders(shop, other))
    merge = MergeOrders(id=into.id, if_version=into.version, other_id=other.id, other_version=other.version)
    both = await house.call(MERGE_ORDERS, merge)

    paid = await house.call(PAY_ORDER, PayOrder(id=both.id, tenders=[card(5_500)]))
    after = await refund(shop, paid, amount=rupiah(1_000), tenders=[RefundTender(tender=1, amount=rupiah(1_000))])

    # The gift card is credited by its payment: the refund names no account, or it would be credited twice.
    assert [(part.type, part.account_id) for part in after.refunds[0].tenders] == [("gift_card", None)]
    assert await eventually(lambda: _has(house, gift.id, rupiah(5_000)))
    await house.call(CANCEL_ORDER, CancelOrder(id=paid.id, reason="Closed"))
    assert await eventually(lambda: _has(house, gift.id, rupiah(9_000)))


async def _with_tenders(shop: Shop, order: Order) -> Order | None:
    now = await shop.read(order)
    return now if now.tenders else None


async def _has(house: House, account_id: UUID, balance: Money) -> bool:
    account = await house.call(GET_ACCOUNT, GetAccount(id=account_id))
    return (account.balance, account.held.amount) == (balance, 0)


async def test_the_last_tender_gets_it_first_and_cash_is_rounded_until_the_end(house: House) -> None:
    shop = await open_shop(house, price=333_300)
    order = await shop.place(card(2_000), cash(5_000))
    assert (order.totals.due.amount, order.totals.change.amount) == (670_000, 30_000)

    first = await refund(shop, order, lines=back())
    last = await refund(shop, first, lines=back())

    assert [(part.type, part.tender, part.amount.amount) for part in first.refunds[0].tenders] == [("cash", 2, 330_000)]
    assert first.refunds[0].cash_rounding.amount == -3_300
    assert [(part.type, part.tender, part.amount.amount) for part in last.refunds[1].tenders] == [("cash", 2, 140_000), ("card", 1, 200_000)]
    assert (last.refunds[1].adjustment.amount, last.refunds[1].cash_rounding.amount) == (6_700, 0)
    assert last.totals.refunded == last.totals.due


async def test_named_tenders_must_come_to_what_is_given_back(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(card(4_000), cash(3_000))
    account = some_id()
    wrong = [RefundTender(amount=rupiah(3_000), tender=1), RefundTender(amount=rupiah(400))]

    with pytest.raises(Refused) as refused:
        await refund(shop, order, lines=back(), tenders=wrong)
    after = await refund(shop, order, lines=back(), tenders=[wrong[0], RefundTender(amount=rupiah(500), account_id=account)])
    with pytest.raises(Refused) as more:
        await refund(shop, after, lines=back(), tenders=[RefundTender(amount=rupiah(3_500), tender=1)])

    assert [error.pointer for error in refused.value.refusal.errors] == ["/tenders"]
    assert [(part.tender, part.amount, part.account_id) for part in after.refunds[0].tenders] == [
        (1, rupiah(3_000), None), (None, rupiah(500), account),
    ]  # fmt: skip
    assert (more.value.refusal.code, more.value.refusal.errors[0].pointer) == ("orders.refunded_already", "/tenders/0/amount")


@pytest.mark.parametrize(
    ("given", "code", "pointer"),
    [
        ({}, "orders.wrong_refund", ""),
        ({"lines": back(), "amount": rupiah(1)}, "orders.wrong_refund", ""),
        ({"lines": back(line=2)}, "orders.wrong_refund", "/lines/0/line"),
        ({"lines": back(3)}, "orders.refunded_already", "/lines/0/quantity"),
        ({"lines": [*back(1), *back(2)]}, "orders.refunded_already", "/lines/1/quantity"),
        ({"lines": back("0.500")}, "orders.wrong_quantity", "/lines/0/quantity"),
        ({"amount": rupiah(0)}, "orders.wrong_refund", "/amount"),
        ({"amount": rupiah(7_001)}, "orders.refunded_already", "/amount"),
        ({"amount": rupiah(1), "to": "store_credit", "tenders": [RefundTender(amount=rupiah(1))]}, "orders.wrong_refund", "/to"),
        ({"amount": rupiah(1), "tenders": [RefundTender(amount=rupiah(1), tender=2)]}, "orders.wrong_refund", "/tenders/0/tender"),
        ({"amount": rupiah(1), "register_id": some_id()}, "orders.unknown_register", "/register_id"),
    ],
)
async def test_what_cannot_be_given_back_is_refused_and_changes_nothing(house: House, given: dict[str, Any], code: str, pointer: str) -> None:
    shop = await open_shop(house)
    order = await shop.place(card(7_000))

    with pytest.raises(Refused) as refused:
        await refund(shop, order, **given)

    assert (refused.value.refusal.code, refused.value.refusal.errors[0].pointer) == (code, pointer)
    assert await shop.read(order) == order


async def test_only_at_an_active_register_of_the_same_store(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(card(7_000))
    _, elsewhere = await house.open_store()
    closed = await house.call(CREATE_REGISTER, CreateRegister(store_id=shop.store.id, code="K2"))
    await house.call(UPDATE_REGISTER, UpdateRegister(id=closed.id, if_version=1, changes=RegisterChanges(active=False)))

    with pytest.raises(Refused, match="unknown_register"):
        await refund(shop, order, lines=back(), register_id=elsewhere.id)
    # Orders hears of it a moment later; too many pieces, so that until then nothing comes back either.
    too_many = RefundOrder(id=order.id, lines=back(3), register_id=closed.id)
    assert await eventually(lambda: _is_refused(house, too_many, "orders.register_closed"))
    assert (await refund(shop, order, lines=back(), register_id=shop.register.id)).refunds[0].register_id == shop.register.id


async def _is_refused(house: House, ask: RefundOrder, code: str) -> bool:
    reply = await house.client.ask(REFUND_ORDER, ask, key=unique())
    assert reply.refusal is not None
    return reply.refusal.code == code


async def test_what_is_not_completed_is_cancelled_instead_and_what_is_cancelled_has_come_back(house: House) -> None:
    shop = await open_shop(house)
    waiting = await shop.place(card(3_000))
    done = await refund(shop, await shop.place(card(7_000, tip=1_000)), lines=back(restock=False))

    with pytest.raises(Refused, match="cancel it instead"):
        await refund(shop, waiting, amount=rupiah(1))
    off = await house.call(CANCEL_ORDER, CancelOrder(id=done.id, reason="Closed"))
    with pytest.raises(Refused, match="wrong_state"):
        await refund(shop, off, amount=rupiah(1))

    assert (off.totals.refunded, off.tenders[0].refunded, off.payment) == (rupiah(7_000), rupiah(8_000), "refunded")
    # What came back broken is not in the stock, whatever becomes of the order.
    assert [(use.sold, use.returned) for use in off.stock] == [("2", "1")]


async def test_a_part_of_recipes_and_packs_comes_back_exactly(house: House) -> None:
    shop = await open_shop(house)
    beans = (await house.add_product("Beans", unit="g")).variants[0]
    coffee, water = unique(), unique()
    components = [Component(variant_id=beans.id, quantity="7.001")]
    packs = [Pack(code="carton", name="Carton", contains="24")]
    for name, variant in (
        ("Coffee", VariantInput(sku=coffee, price=rupiah(2_000), components=components)),
        ("Water", VariantInput(sku=water, price=rupiah(500), packs=packs)),
    ):
        await house.call(CREATE_PRODUCT, CreateProduct(name=name, variants=[variant]))
    lines = [LineInput(sku=coffee, quantity=3), LineInput(sku=water, quantity=2, unit="carton"), LineInput(sku=water)]
    ask = PlaceOrder(register_id=shop.register.id, lines=lines, tenders=[card(3 * 2_000 + 49 * 500)])
    order = await house.call(PLACE_ORDER, ask)
    assert [use.sold for use in order.stock] == ["21.003", "49"]

    part = await refund(shop, order, lines=[*back(1, line=1), *back(1, line=2)])
    rest = await refund(shop, part, lines=[*back(2, line=1), *back(1, line=2), *back(1, line=3)])

    assert [use.returned for use in part.stock] == ["7.001", "24"]
    assert [use.returned for use in rest.stock] == ["21.003", "49"]


async def test_an_order_has_only_so_many_refunds_and_the_rest_goes_back_at_once(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(card(7_000))
    await asyncio.gather(*(refund(shop, order, amount=rupiah(1)) for _ in range(REFUNDS_MAX)))

    with pytest.raises(Refused, match="at most 100 refunds"):
        await refund(shop, order, amount=rupiah(1))
    assert (await house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="enough"))).totals.refunded == rupiah(7_000)


async def test_money_that_was_given_back_earlier_belongs_to_the_day_on_which_it_was(house: House) -> None:
    shop = await open_shop(house, day_starts_at="03:00")
    sold_at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    sale = OfflineOrder(
        id=some_id(), register_id=shop.register.id, lines=[LineInput(sku=shop.sku, quantity=3)], tenders=[cash(10_500)], sold_at=sold_at
    )
    told = await house.call(PLACE_ORDERS, PlaceOrders(orders=[sale]))
    order = told.items[0].order
    assert order is not None
    # In Jakarta it is half past two in the night.
    at = datetime(2026, 3, 3, 19, 30, tzinfo=UTC)

    first = await refund(shop, order, lines=back(), at=at)
    second = await refund(shop, order, lines=back())
    last = await house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="Recalled", at=at + timedelta(days=1)))

    assert [(one.at, one.business_date) for one in last.refunds if one.number != 2] == [
        (at, date(2026, 3, 3)), (at + timedelta(days=1), date(2026, 3, 4)),
    ]  # fmt: skip
    assert last.refunds[1].at == second.updated_at > first.updated_at > at
    assert last.moves[-1].at == last.updated_at


@pytest.mark.parametrize("later", [timedelta(days=-1), timedelta(minutes=6)])
async def test_nothing_is_given_back_before_its_sale_or_after_now(house: House, later: timedelta) -> None:
    shop = await open_shop(house)
    order = await shop.place(cash(7_000))

    for command, ask in (
        (REFUND_ORDER, RefundOrder(id=order.id, lines=back(), at=order.sold_at + later)),
        (CANCEL_ORDER, CancelOrder(id=order.id, reason="Wrong", at=order.sold_at + later)),
    ):
        with pytest.raises(Refused) as caught:
            await house.call(command, ask)
        assert (caught.value.refusal.code, caught.value.refusal.errors[0].pointer) == ("orders.wrong_time", "/at")
    assert not (await shop.read(order)).refunds
