"""Drafts and open orders that are changed: with the version that was seen, priced anew, and what they keep costs what it cost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.catalog.contract import GET_PRODUCT, UPDATE_PRODUCT, GetProduct, ProductChanges, UpdateProduct, VariantInput
from actors.orders.contract import (
    CHANGE_ORDER,
    PLACE_ORDER,
    ChangeOrder,
    DiscountInput,
    LineInput,
    Order,
    OrderChanges,
    PlaceOrder,
)
from actors.runtime.client import Refused
from tests.actors.orders.shop import Shop, card, cash, open_shop
from tests.support import House, rupiah, some_id


async def change(shop: Shop, order: Order, **changes: Any) -> Order:
    ask = ChangeOrder(id=order.id, if_version=order.version, changes=OrderChanges(**changes))
    return await shop.house.call(CHANGE_ORDER, ask, by="clerk")


async def test_lines_come_and_go_and_the_order_is_priced_anew(house: House) -> None:
    shop = await open_shop(house)
    other = (await house.add_product(price=100000)).variants[0].sku
    order = await shop.place()

    more = await change(shop, order, lines=[LineInput(sku=shop.sku, quantity=3, number=1), LineInput(sku=other)])
    less = await change(shop, more, lines=[LineInput(sku=other, number=2)], discounts=[DiscountInput(percent="10")], note="quick")

    assert [(line.number, line.quantity) for line in more.lines] == [(1, "3"), (2, "1")]
    assert (more.version, more.totals.due, less.totals.due, less.note) == (2, rupiah(11_500), rupiah(900), "quick")
    assert [line.number for line in less.lines] == [2]
    assert await shop.names_told(order) == ["order.created", "order.updated", "order.updated"]
    changed = [set(event.changed) for _, event in await shop.told(order)]
    assert changed == [set(), {"lines", "totals"}, {"lines", "totals", "discounts", "note"}]


async def test_a_line_that_is_kept_keeps_its_price(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(hold=True)
    product = await house.call(GET_PRODUCT, GetProduct(id=order.lines[0].product_id))
    variant = product.variants[0]
    dearer = ProductChanges(variants=[VariantInput(id=variant.id, sku=variant.sku, price=rupiah(4_000))])
    await house.call(UPDATE_PRODUCT, UpdateProduct(id=product.id, if_version=product.version, changes=dearer))
    # Who asks for the new price makes the price list look.
    line = LineInput(sku=shop.sku, unit_price=rupiah(4_000))
    await house.call(PLACE_ORDER, PlaceOrder(register_id=shop.register.id, lines=[line], tenders=[cash(4_000)]))

    kept = await change(shop, order, lines=[LineInput(sku=shop.sku, quantity=5, number=1), LineInput(sku=shop.sku)])

    assert [line.unit_price for line in kept.lines] == [rupiah(3_500), rupiah(4_000)]
    assert (kept.lines[0].added_at, order.lines[0].added_at) == (None, None)
    assert kept.lines[1].added_at == kept.updated_at


async def test_who_saw_an_older_version_must_look_again(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place()
    await change(shop, order, note="first")

    with pytest.raises(Refused, match="stale") as refused:
        await change(shop, order, note="second")

    assert "version 2" in refused.value.refusal.detail
    assert (await shop.read(order)).note == "first"


async def test_of_many_who_change_it_at_once_one_does(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place()

    told = await asyncio.gather(
        *(change(shop, order, lines=[LineInput(sku=shop.sku, quantity=count, number=1)]) for count in range(3, 11)), return_exceptions=True
    )

    won = [one for one in told if isinstance(one, Order)]
    assert len(won) == 1
    assert {one.refusal.code for one in told if isinstance(one, Refused)} == {"orders.stale"}
    assert await shop.read(order) == won[0]
    assert await shop.names_told(order) == ["order.created", "order.updated"]


async def test_what_is_sold_cannot_be_changed(house: House) -> None:
    shop = await open_shop(house)
    with pytest.raises(Refused, match="wrong_state"):
        await change(shop, await shop.place(cash(7_000)), note="too late")
    with pytest.raises(Refused, match="not_found"):
        await house.call(CHANGE_ORDER, ChangeOrder(id=some_id(), if_version=1, changes=OrderChanges(note="who?")))


async def test_a_change_that_makes_the_part_paid_the_whole_completes_it(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(card(3_500))

    done = await change(shop, order, lines=[LineInput(sku=shop.sku, number=1)])

    assert (done.status, done.payment, done.receipt_number) == ("completed", "paid", 1)
    assert await shop.names_told(order) == ["order.created", "order.paid"]


async def test_a_change_to_less_than_was_paid_by_card_is_refused(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(card(6_000))

    with pytest.raises(Refused, match="overpaid"):
        await change(shop, order, lines=[LineInput(sku=shop.sku, number=1)])

    assert await shop.read(order) == order


async def test_a_change_that_changes_nothing_is_no_new_version(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(note="as it was")
    assert await change(shop, order, note="as it was") == order
