"""The quick way for plain sales comes to what the long way comes to, and is never taken where it would not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given

from actors.orders.contract import PlaceOrder
from actors.orders.plain import PlainSale, price_plain
from actors.orders.settling import stock_uses
from actors.runtime.envelopes import encode
from actors.runtime.words import Refusal
from tests.actors.orders.pricing_support import NOON, REGISTER_ID, Shop, a_shop, sell
from tests.actors.orders.test_pricing import orders, shops, some
from tests.actors.orders.test_vectors import CASES, named

ONLINE = [case for case in CASES if "sold_at" not in case["order"]]
EAN = "4006381333931"
PPN = {"code": "ppn", "name": "PPN", "rate": "11", "included": True}


def quickly(shop: Shop, ask: PlaceOrder, at: Any = NOON) -> PlainSale | None:
    return price_plain(shop.till, ask, shop.shelf, shop.offers, at, shop.shelf.memory)


def same(shop: Shop, ask: PlaceOrder, at: Any = NOON) -> bool:
    """Whether it went the quick way; then both ways come to the same, of which the long one is what is published."""
    plain, outcome = quickly(shop, ask, at), sell(shop, ask, at)
    if plain is None:
        return False
    if isinstance(outcome, Refusal):
        # Nothing but the tenders can be wrong with it, and those are another step.
        assert all(error.pointer.startswith("/tenders") for error in outcome.errors)
        return True
    assert plain.priced == outcome.priced
    assert list(map(bytes, plain.told)) == list(map(encode, plain.priced.lines))
    assert plain.stock == stock_uses(outcome.lines)
    assert outcome.flags == []
    return True


def test_published_sales_come_to_the_same() -> None:
    went = []
    for case in ONLINE:
        shop = a_shop(case["store"], case["products"], case.get("price_lists", ()), case.get("promotions", ()))
        for _ in range(2):  # the second time from memory
            if same(shop, msgspec.convert(case["order"], PlaceOrder), msgspec.convert(case["at"], type(NOON))):
                went.append(named(case))
    assert len(set(went)) >= 20


@some
@given(shops(), orders())
def test_whatever_is_sold_comes_to_the_same(shop: Shop, body: dict[str, Any]) -> None:
    lines = [{**line, "discounts": []} for line in body["lines"]]
    for less in ({}, {"coupons": [], "lines": lines}, {"coupons": [], "lines": lines, "discounts": []}):
        ask = msgspec.convert({**body, **less}, PlaceOrder)
        for _ in range(2):  # the second time from memory
            same(shop, ask)


def idr(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "IDR"}


def counter(**product: Any) -> Shop:
    tea = {"name": "Tea", "taxes": ["ppn"], "variants": [{"sku": "tea", "barcodes": [EAN], "price": idr(1000)}]}
    return a_shop({"taxes": [PPN]}, [{**tea, **product}])


def an_ask(**line: Any) -> PlaceOrder:
    return msgspec.convert({"register_id": str(REGISTER_ID), "lines": [{"sku": "tea", **line}]}, PlaceOrder)


@pytest.mark.parametrize("line", [{}, {"quantity": 3}, {"quantity": "2"}, {"unit_price": idr(1000)}, {"sku": None, "barcode": EAN}])
def test_a_plain_line_goes_the_quick_way(line: dict[str, Any]) -> None:
    assert same(counter(), an_ask(**line))


@pytest.mark.parametrize(
    "line",
    [
        {"unit_price": idr(999)}, {"unit_price": {**idr(1000), "currency": "USD"}}, {"sku": "coffee"}, {"quantity": "1.5"}, {"barcode": EAN},
        {"unit": "carton"}, {"note": "hot"}, {"discounts": [{"percent": "5"}]}, {"modifiers": [{"group": "g", "option": "o"}]},
    ],
)  # fmt: skip
def test_what_is_more_or_wrong_goes_the_long_way(line: dict[str, Any]) -> None:
    assert quickly(counter(), an_ask(**line)) is None


@pytest.mark.parametrize("product", [{"active": False}, {"stock": "deny"}, {"taxes": ["vat"]}, {"store_ids": []}])
def test_so_does_what_is_not_sold_freely(product: dict[str, Any]) -> None:
    assert quickly(counter(**product), an_ask()) is None


TEN_OFF = {"kind": "percent", "percent": "10", "categories": ["drinks"]}


def offering(*terms: dict[str, Any], **product: Any) -> Shop:
    products = [
        {"name": name, "category": "drinks", "taxes": ["ppn"], "variants": [{"sku": name, "price": idr(price)}], **product}
        for name, price in (("tea", 999), ("coffee", 2501), ("milk", 1733))
    ]
    return a_shop({"taxes": [PPN]}, products, promotions=[{"name": f"Offer {index}", "terms": one} for index, one in enumerate(terms)])


def an_order(**more: Any) -> PlaceOrder:
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in (("tea", 3), ("coffee", 1), ("milk", 2))]
    return msgspec.convert({"register_id": str(REGISTER_ID), "lines": lines, **more}, PlaceOrder)


@pytest.mark.parametrize(
    "discounts", [[], [{"percent": "5"}], [{"amount": idr(700), "reason": "late"}, {"percent": "12.5"}], [{"amount": idr(10**9)}]]
)
@pytest.mark.parametrize(
    "terms",
    [
        [], [TEN_OFF], [TEN_OFF, {"kind": "amount", "amount": idr(1500)}], [{**TEN_OFF, "exclusive": True}, {"kind": "percent", "percent": "3"}],
        [{**TEN_OFF, "minimum": idr(10**6)}], [{**TEN_OFF, "days": [7]}], [{**TEN_OFF, "priority": 1}, TEN_OFF],
    ],
)  # fmt: skip
def test_so_does_what_promotions_and_hands_take_off_a_plain_sale(terms: list[dict[str, Any]], discounts: list[dict[str, Any]]) -> None:
    shop = offering(*terms)
    for _ in range(2):  # the second time from memory
        assert same(shop, an_order(discounts=discounts))


def test_one_line_is_reduced_differently_in_different_orders() -> None:
    shop = offering(TEN_OFF)
    for percent in ("5", "7.77", "5", "50", "0.01"):
        assert same(shop, an_order(discounts=[{"percent": percent}]))
        assert same(shop, an_ask(quantity=3))


def test_a_promotion_that_changes_is_not_the_remembered_one() -> None:
    totals = []
    for percent in ("10", "20"):
        shop = offering({**TEN_OFF, "percent": percent})
        assert same(shop, an_order())
        plain = quickly(shop, an_order())
        assert plain is not None
        totals.append(plain.priced.discount)
    assert totals == [300 + 250 + 347, 599 + 500 + 693]


@pytest.mark.parametrize(
    "terms",
    [{**TEN_OFF, "uses_max": 1}, {"kind": "percent", "percent": "5", "on": "order"}, {"kind": "buy_x_get_y", "buy": 1, "get": 1}],
)
def test_promotions_that_are_counted_or_look_at_more_than_a_line_go_the_long_way(terms: dict[str, Any]) -> None:
    assert quickly(offering(terms), an_order()) is None


@pytest.mark.parametrize("wrong", [{}, {"percent": "5", "amount": idr(5)}, {"amount": {**idr(5), "currency": "USD"}}])
def test_what_is_wrong_with_a_discount_is_told_the_long_way(wrong: dict[str, Any]) -> None:
    assert quickly(offering(), an_order(discounts=[wrong])) is None


def test_a_new_price_is_not_the_remembered_one() -> None:
    for amount in (1000, 2000, 3000):
        shop = counter(variants=[{"sku": "tea", "price": idr(amount)}])
        plain = quickly(shop, an_ask())
        assert plain is not None
        assert plain.priced.total == amount


def test_what_is_remembered_is_not_without_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.orders.plain_lines.REMEMBERED_MAX", 2)
    monkeypatch.setattr("actors.orders.reduced.REMEMBERED_MAX", 2)
    shop = offering(TEN_OFF)
    for quantity in (1, 2, 3, 4, 1, 2):
        assert same(shop, an_ask(quantity=quantity))
        assert same(shop, an_order(discounts=[{"percent": f"{quantity}"}]))
