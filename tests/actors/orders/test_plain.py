"""The quick way for plain sales comes to what the long way comes to, and is never taken where it would not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given

from actors.orders.amounts import business_date
from actors.orders.contract import PlaceOrder
from actors.orders.plain import PlainSale, price_plain
from actors.orders.settling import stock_uses
from actors.runtime.words import Refusal
from tests.actors.orders.pricing_support import NOON, REGISTER_ID, Shop, a_shop, sell
from tests.actors.orders.test_pricing import orders, shops, some
from tests.actors.orders.test_vectors import CASES, named

ONLINE = [case for case in CASES if "sold_at" not in case["order"]]
EAN = "4006381333931"
PPN = {"code": "ppn", "name": "PPN", "rate": "11", "included": True}


def quickly(shop: Shop, ask: PlaceOrder, at: Any = NOON) -> PlainSale | None:
    return price_plain(shop.till, ask, shop.shelf, shop.offers, business_date(at, shop.till.zone))


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
    same(shop, msgspec.convert(body, PlaceOrder))
    same(shop, msgspec.convert({**body, "discounts": [], "coupons": [], "lines": [{**line, "discounts": []} for line in body["lines"]]}, PlaceOrder))


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


def test_a_new_price_is_not_the_remembered_one() -> None:
    for amount in (1000, 2000, 3000):
        shop = counter(variants=[{"sku": "tea", "price": idr(amount)}])
        plain = quickly(shop, an_ask())
        assert plain is not None
        assert plain.priced.total == amount


def test_what_is_remembered_is_not_without_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.orders.plain.REMEMBERED_MAX", 2)
    shop = counter()
    for quantity in (1, 2, 3, 4, 1, 2):
        assert same(shop, an_ask(quantity=quantity))
