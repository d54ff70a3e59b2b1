"""How a bill is divided: the parts of what was taken off are always the whole, and whole lines cost what they cost."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from actors.orders.cart import Cart
from actors.orders.contract import DiscountInput, Line, PartInput, PlaceOrder
from actors.orders.dividing import divide
from actors.orders.pricing import Priced, price_cart
from actors.runtime.words import Refusal
from tests.actors.orders.pricing_support import NOON, REGISTER_ID, a_shop, sell
from tests.actors.orders.pricing_support import Shop as PricedShop

PRICES = [100, 333, 7, 1_999]
percents = st.integers(1, 60).map(lambda percent: {"percent": str(percent)})
amounts = st.integers(1, 2_000).map(lambda amount: {"amount": {"amount": amount, "currency": "IDR"}})
on_lines = st.lists(st.tuples(st.integers(1, 5), st.lists(percents | amounts, max_size=2)), min_size=2, max_size=4)


def shop() -> PricedShop:
    money = [{"amount": price, "currency": "IDR"} for price in PRICES]
    return a_shop(products=[{"name": "x", "variants": [{"sku": f"S{number}", "price": price}]} for number, price in enumerate(money)])


def order_of(goods: list[Any], off: list[Any]) -> tuple[Cart, Priced]:
    lines = [{"sku": f"S{number}", "quantity": quantity, "discounts": taken} for number, (quantity, taken) in enumerate(goods)]
    asked = msgspec.convert({"register_id": str(REGISTER_ID), "lines": lines, "discounts": off}, PlaceOrder)
    sold = sell(shop(), asked)
    assert not isinstance(sold, Refusal)
    return Cart(lines=sold.lines, offers_at=NOON, next_number=len(lines) + 1, discounts=asked.discounts), sold.priced


def totals(cart: Cart) -> list[int]:
    priced = price_cart(cart, shop().till, shop().offers, offline=False, on=shop().till.day_of(NOON))
    assert not isinstance(priced, Refusal)
    return [line.total.amount for line in priced.lines]


def amounts_of(off: list[DiscountInput]) -> int:
    return sum(one.amount.amount for one in off if one.amount is not None)


@given(on_lines, st.lists(percents | amounts, max_size=3), st.data())
def test_the_two_parts_of_each_amount_are_the_whole(goods: list[Any], off: list[Any], data: st.DataObject) -> None:
    cart, priced = order_of(goods, off)
    moving = {line.number: data.draw(st.integers(0, int(line.quantity))) for line in priced.lines}
    divided = divide(cart, priced.lines, [PartInput(line=line, quantity=quantity) for line, quantity in moving.items() if quantity])
    if isinstance(divided, Refusal):
        return
    assert amounts_of(divided.stays.discounts) + amounts_of(divided.moves.discounts) == amounts_of(cart.discounts)


@given(on_lines, st.lists(amounts, min_size=1, max_size=3), st.data())
def test_whole_lines_cost_together_what_they_cost(goods: list[Any], off: list[Any], data: st.DataObject) -> None:
    cart, priced = order_of(goods, off)
    moves = data.draw(st.sets(st.sampled_from(range(1, len(goods) + 1)), min_size=1, max_size=len(goods) - 1))

    divided = divide(cart, priced.lines, [PartInput(line=line.number, quantity=line.quantity) for line in priced.lines if line.number in moves])

    assert not isinstance(divided, Refusal)
    assert sum(totals(divided.moves)) == _cost(priced.lines, moves)
    assert sum(totals(divided.stays)) == _cost(priced.lines, {line.number for line in priced.lines} - moves)


def _cost(lines: list[Line], numbers: set[int]) -> int:
    return sum(line.total.amount for line in lines if line.number in numbers)
