"""Bills that are split, by line or evenly, and orders that are merged: nothing is lost on the way, and all of it is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.catalog.contract import CREATE_PROMOTION, CreatePromotion, PromotionTerms
from actors.inventory.contract import RECEIVE_GOODS, ReceiptLine, ReceiveGoods
from actors.orders.contract import (
    CANCEL_ORDER,
    CHANGE_ORDER,
    MERGE_ORDERS,
    MOVE_ORDER,
    PAY_ORDER,
    PLACE_ORDER,
    SPLIT_ORDER,
    CancelOrder,
    ChangeOrder,
    Customer,
    DiscountInput,
    LineInput,
    MergeOrders,
    MoveOrder,
    Order,
    OrderChanges,
    PartInput,
    PayOrder,
    PlaceOrder,
    Split,
    SplitOrder,
)
from actors.runtime.client import Refused
from tests.actors.orders.shop import Shop, card, cash, open_shop
from tests.support import House, eventually, rupiah, some_id, unique


async def split(shop: Shop, order: Order, *parts: tuple[int, int | str], **given: Any) -> Split:
    ask = SplitOrder(id=order.id, if_version=order.version, lines=[PartInput(line=line, quantity=quantity) for line, quantity in parts], **given)
    return await shop.house.call(SPLIT_ORDER, ask, by="clerk")


async def merge(shop: Shop, into: Order, other: Order) -> Order:
    ask = MergeOrders(id=into.id, if_version=into.version, other_id=other.id, other_version=other.version)
    return await shop.house.call(MERGE_ORDERS, ask, by="clerk")


async def table(shop: Shop, *quantities: int, **given: Any) -> Order:
    """An open order with lines of so many pieces each."""
    lines = [LineInput(sku=shop.sku, quantity=quantity) for quantity in quantities]
    return await shop.house.call(PLACE_ORDER, PlaceOrder(register_id=shop.register.id, lines=lines, **given), by="clerk")


# --- splitting


async def test_whole_and_part_lines_move_to_an_order_of_their_own(house: House) -> None:
    shop = await open_shop(house)
    order = await table(shop, 3, 1, discounts=[DiscountInput(amount=rupiah(1_400), reason="Regular")], note="Table 4")

    done = await split(shop, order, (1, 1), (2, 1))

    assert done.new is not None
    assert [(line.number, line.quantity) for line in done.order.lines] == [(1, "2")]
    assert [(line.number, line.quantity) for line in done.new.lines] == [(1, "1"), (2, "1")]
    assert (done.order.totals.total, done.new.totals.total) == (rupiah(6_300), rupiah(6_300))
    assert (done.new.split_from, done.new.status, done.new.note, done.new.version) == (order.id, "open", "Table 4", 1)
    assert (await shop.read(order), await shop.read(done.new)) == (done.order, done.new)
    assert await shop.names_told(order) == ["order.created", "order.updated"]
    assert await shop.names_told(done.new) == ["order.created"]
    paid = await house.call(PAY_ORDER, PayOrder(id=done.new.id, tenders=[card(6_300)]))
    assert (paid.status, [use.sold for use in paid.stock]) == ("completed", ["2"])


async def test_a_draft_is_split_into_drafts(house: House) -> None:
    shop = await open_shop(house)
    done = await split(shop, await table(shop, 2, hold=True), (1, 1))
    assert done.new is not None
    assert (done.order.status, done.new.status) == ("draft", "draft")


async def test_tenders_stay_and_what_they_pay_in_full_completes(house: House) -> None:
    shop = await open_shop(house)
    order = await table(shop, 3, tenders=[card(7_000)])

    with pytest.raises(Refused, match="wrong_state"):
        await split(shop, order, (1, 2))
    assert await shop.read(order) == order
    done = await split(shop, order, (1, 1))

    assert done.new is not None
    assert (done.order.status, done.order.receipt, [use.sold for use in done.order.stock]) == ("completed", "K1-000001", ["2"])
    assert (done.new.status, done.new.tenders, done.new.totals.missing) == ("open", [], rupiah(3_500))
    assert await shop.names_told(order) == ["order.created", "order.paid"]


async def test_even_shares_sum_up_and_change_nothing(house: House) -> None:
    shop = await open_shop(house, price=100)
    order = await table(shop, 1)

    done = await split(shop, order, parts=3)

    assert ([share.amount for share in done.shares], done.new, done.order) == ([34, 33, 33], None, order)
    assert await shop.names_told(order) == ["order.created"]


@pytest.mark.parametrize(
    ("parts", "given", "code", "pointer"),
    [
        ([], {}, "orders.invalid", ""),
        ([(1, 1)], {"parts": 2}, "orders.invalid", ""),
        ([(2, 1)], {}, "orders.invalid", "/lines/0/line"),
        ([(1, 2)], {}, "orders.invalid", "/lines"),
        ([(1, 1), (1, 2)], {}, "orders.wrong_quantity", "/lines/1/quantity"),
        ([(1, "0.500")], {}, "orders.wrong_quantity", "/lines/0/quantity"),
    ],
)
async def test_what_cannot_be_split_is_refused(house: House, parts: Any, given: Any, code: str, pointer: str) -> None:
    shop = await open_shop(house)
    order = await table(shop, 2)

    with pytest.raises(Refused) as refused:
        await split(shop, order, *parts, **given)

    assert (refused.value.refusal.code, refused.value.refusal.errors[0].pointer) == (code, pointer)
    assert await shop.read(order) == order


async def test_of_twenty_at_once_one_splits(house: House) -> None:
    shop = await open_shop(house)
    order = await table(shop, 2)
    ask = SplitOrder(id=order.id, if_version=1, lines=[PartInput(line=1, quantity=1)])

    replies = await asyncio.gather(*(house.client.ask(SPLIT_ORDER, ask, key=unique()) for _ in range(20)))

    assert sorted(reply.refusal.code for reply in replies if reply.refusal) == ["orders.stale"] * 19
    rows = await house.fetch("SELECT count(*) AS orders FROM orders.orders WHERE register_id = $1", shop.register.id)
    assert rows[0]["orders"] == 2


async def test_ids_states_and_orders_that_are_not_there(house: House) -> None:
    shop = await open_shop(house)
    order, done = await table(shop, 2), await shop.place(card(7_000))

    with pytest.raises(Refused, match="id_taken"):
        await split(shop, order, (1, 1), new_id=done.id)
    with pytest.raises(Refused, match="wrong_state"):
        await split(shop, done, (1, 1))
    with pytest.raises(Refused, match="not_found"):
        await house.call(SPLIT_ORDER, SplitOrder(id=some_id(), if_version=1, parts=2))
    new_id = some_id()
    assert (await split(shop, order, (1, 1), new_id=new_id)).new.id == new_id  # type: ignore[union-attr]


# --- merging


async def test_two_tables_become_one(house: House) -> None:
    shop = await open_shop(house)
    into, other = await table(shop, 1, tenders=[cash(1_000)]), await table(shop, 2, 1, tenders=[card(2_000)], note="Birthday")

    one = await merge(shop, into, other)

    assert [(line.number, line.quantity) for line in one.lines] == [(1, "1"), (2, "2"), (3, "1")]
    assert [(tender.number, tender.type) for tender in one.tenders] == [(1, "cash"), (2, "card")]
    assert (one.totals.total, one.totals.missing, one.payment, one.note) == (rupiah(14_000), rupiah(11_000), "partially_paid", "Birthday")
    gone = await shop.read(other)
    assert (gone.status, gone.payment, gone.merged_into, gone.tenders, gone.refunds) == ("cancelled", "unpaid", into.id, [], [])
    assert await shop.names_told(into) == ["order.created", "order.updated"]
    assert await shop.names_told(other) == ["order.created", "order.cancelled"]
    paid = await house.call(PAY_ORDER, PayOrder(id=into.id, tenders=[card(11_000)]))
    assert [use.sold for use in paid.stock] == ["4"]


async def test_what_cannot_be_merged_is_refused(house: House) -> None:
    shop, elsewhere = await open_shop(house), await open_shop(house)
    order, held, other_store = await table(shop, 1), await table(shop, 1, hold=True), await table(elsewhere, 1)

    for into, other, code in (
        (order, order, "orders.invalid"), (order, held, "orders.wrong_state"), (order, other_store, "orders.invalid"),
        (order, await shop.place(card(7_000)), "orders.wrong_state"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=code):
            await merge(shop, into, other)
    with pytest.raises(Refused, match="stale"):
        await house.call(MERGE_ORDERS, MergeOrders(id=order.id, if_version=1, other_id=held.id, other_version=2))
    assert await shop.read(order) == order


async def test_orders_of_two_customers_are_merged_once_it_is_said_whose_they_are(house: House) -> None:
    shop = await open_shop(house)
    ani, budi, rini = Customer(id=some_id(), name="Ani"), Customer(id=some_id(), name="Budi"), Customer(name="Rini")
    into, named, nobodys = await table(shop, 1, customer=ani), await table(shop, 1, customer=rini), await table(shop, 1)

    for other in (await table(shop, 1, customer=budi), named, await table(shop, 1, customer=Customer(group="staff"))):
        for first, second in ((into, other), (other, into)):
            with pytest.raises(Refused, match="two customers") as refused:
                await merge(shop, first, second)
            assert [error.pointer for error in refused.value.refusal.errors] == ["/other_id"]
    assert await shop.read(into) == into
    anis = await house.call(CHANGE_ORDER, ChangeOrder(id=other.id, if_version=1, changes=OrderChanges(customer=ani)))
    one = await merge(shop, await merge(shop, into, anis), nobodys)
    assert (one.customer, len(one.lines)) == (ani, 3)
    assert (await merge(shop, named, await table(shop, 1, customer=Customer(name="Citra")))).customer == rini


async def test_merged_both_ways_at_once_one_of_them_wins(house: House) -> None:
    shop = await open_shop(house)
    left, right = await table(shop, 1), await table(shop, 1)
    asks = [
        MergeOrders(id=one.id, if_version=1, other_id=other.id, other_version=1) for one, other in ((left, right), (right, left)) for _ in range(5)
    ]

    replies = await asyncio.gather(*(house.client.ask(MERGE_ORDERS, ask, key=unique()) for ask in asks))

    assert sorted(reply.refusal.code for reply in replies if reply.refusal) == ["orders.stale"] * 9
    states = sorted([(await shop.read(left)).status, (await shop.read(right)).status])
    assert states == ["cancelled", "open"]


async def test_the_same_key_splits_and_merges_once(house: House) -> None:
    shop = await open_shop(house)
    order, key, other_key = await table(shop, 2), unique(), unique()
    asks = SplitOrder(id=order.id, if_version=1, lines=[PartInput(line=1, quantity=1)])
    first, again = [await house.client.ask(SPLIT_ORDER, asks, key=key) for _ in range(2)]
    assert (first.body, again.replayed) == (again.body, True)

    left = await shop.read(order)
    new = await house.fetch("SELECT id FROM orders.orders WHERE register_id = $1 AND id <> $2", shop.register.id, order.id)
    back = MergeOrders(id=order.id, if_version=left.version, other_id=new[0]["id"], other_version=1)
    first, again = [await house.client.ask(MERGE_ORDERS, back, key=other_key) for _ in range(2)]
    assert (first.body, again.replayed) == (again.body, True)
    assert (await shop.read(order)).totals.total == order.totals.total


# --- what is limited follows


async def test_a_coupon_that_may_be_used_once_stays_is_merged_and_is_free_when_all_is_called_off(house: House) -> None:
    shop, code = await open_shop(house), f"C{unique()}"
    terms = PromotionTerms(kind="amount", on="order", amount=rupiah(500), uses_max=1)
    await house.call(CREATE_PROMOTION, CreatePromotion(name="Opening", code=code, terms=terms))
    order = await table(shop, 1, 1, coupons=[code])

    done = await split(shop, order, (1, 1))
    assert done.new is not None
    assert [(one.coupons, one.totals.due) for one in (done.order, done.new)] == [([code], rupiah(3_000)), ([], rupiah(3_500))]
    both = await merge(shop, done.new, done.order)
    assert (both.coupons, both.totals.due) == ([code], rupiah(6_500))
    with pytest.raises(Refused, match="wrong_coupon"):
        await table(shop, 1, coupons=[code])
    await house.call(CANCEL_ORDER, CancelOrder(id=both.id, reason="Left"))

    assert (await table(shop, 1, coupons=[code])).totals.due == rupiah(3_000)


async def test_an_offer_that_would_end_by_splitting_keeps_the_coupons_order_together(house: House) -> None:
    shop, code = await open_shop(house), f"C{unique()}"
    terms = PromotionTerms(kind="amount", on="order", amount=rupiah(500), minimum=rupiah(7_000))
    await house.call(CREATE_PROMOTION, CreatePromotion(name="From 7,000", code=code, terms=terms))
    order = await table(shop, 2, coupons=[code])

    with pytest.raises(Refused, match="wrong_state"):
        await split(shop, order, (1, 1))

    assert await shop.read(order) == order


async def test_what_was_taken_off_a_line_or_the_order_is_shared(house: House) -> None:
    shop = await open_shop(house)
    off = [DiscountInput(amount=rupiah(300), reason="Dent"), DiscountInput(percent="10", reason="Regular")]
    lines = [LineInput(sku=shop.sku, quantity=3, discounts=off)]
    ask = PlaceOrder(register_id=shop.register.id, lines=lines, discounts=[DiscountInput(amount=rupiah(100))])
    order = await house.call(PLACE_ORDER, ask)

    done = await split(shop, order, (1, 1))

    assert done.new is not None
    # (10,500 - 300) x 0.9 - 100 = 9,080
    assert order.totals.due.amount == 908_000
    assert [one.totals.due.amount for one in (done.order, done.new)] == [605_333, 302_667]


async def test_an_amount_off_the_order_goes_with_the_lines_that_it_was_spread_over(house: House) -> None:
    """Line 1 costs half of what it is worth already: a third of what was taken off the order is its share, and not half of it."""
    shop = await open_shop(house)
    half = LineInput(sku=shop.sku, quantity=2, discounts=[DiscountInput(percent="50", reason="Dent")])
    off = [DiscountInput(amount=rupiah(600)), DiscountInput(percent="10"), DiscountInput(amount=rupiah(300))]
    order = await house.call(
        PLACE_ORDER, PlaceOrder(register_id=shop.register.id, lines=[half, LineInput(sku=shop.sku, quantity=2)], discounts=off)
    )

    done = await split(shop, order, (1, 2))

    assert done.new is not None
    assert [line.total for line in (*done.new.lines, *done.order.lines)] == [line.total for line in order.lines]
    assert sum(one.totals.due.amount for one in (done.order, done.new)) == order.totals.due.amount


# --- what is kept back follows


async def test_goods_that_are_kept_back_follow_the_lines(house: House) -> None:
    shop = await open_shop(house)
    product = await house.add_product(stock="deny")
    shop.sku, variant = product.variants[0].sku, product.variants[0].id
    await house.call(RECEIVE_GOODS, ReceiveGoods(store_id=shop.store.id, lines=[ReceiptLine(variant_id=variant, quantity="3")]))
    order = await table(shop, 3)

    done = await split(shop, order, (1, 1))
    assert done.new is not None
    with pytest.raises(Refused, match="out_of_stock"):
        await table(shop, 1)
    both = await merge(shop, done.new, done.order)
    with pytest.raises(Refused, match="out_of_stock"):
        await table(shop, 1)
    held = await house.call(MOVE_ORDER, MoveOrder(id=both.id, status="draft"))
    taken = await eventually(lambda: _placed(shop, 3))

    assert (held.status, taken.status) == ("draft", "open")


async def _placed(shop: Shop, quantity: int) -> Order | None:
    try:
        return await table(shop, quantity)
    except Refused:
        return None
