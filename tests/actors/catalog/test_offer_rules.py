"""What may be a price list or a promotion, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from actors.catalog import offers
from actors.catalog.contract import (
    CreatePromotion,
    PriceList,
    PriceListInput,
    Promotion,
    PromotionChanges,
    PromotionTerms,
    UpdatePromotion,
)
from actors.runtime.words import Money, Refusal

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ID, OTHER = UUID(int=1), UUID(int=2)
STORE = UUID(int=71)


def rp(amount: int, currency: str = "IDR") -> Money:
    return Money(amount=amount, currency=currency)


def make(code: str | None = None, **terms: Any) -> Promotion | Refusal:
    return offers.make_promotion(CreatePromotion(name="Promo", code=code, terms=PromotionTerms(**terms)), ID, {}, {}, NOW)


def refused(outcome: object) -> tuple[str, list[str]]:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code, [error.pointer for error in outcome.errors]


@pytest.mark.parametrize(
    "terms",
    [
        {"kind": "percent", "percent": "10"},
        {"kind": "percent", "percent": "12.5", "on": "order", "minimum": rp(100), "store_ids": [STORE], "customer_groups": ["vip"]},
        {"kind": "amount", "amount": rp(100), "product_ids": [ID], "variant_ids": [ID], "categories": ["Mi"]},
        {"kind": "buy_x_get_y", "buy": 2, "get": 1, "percent": "50", "days": [6, 7], "from_time": "22:00", "until_time": "02:00"},
        {"kind": "percent", "percent": "5", "starts_at": NOW, "ends_at": NOW + timedelta(seconds=1), "uses_max": 3, "uses_max_per_customer": 3},
    ],
)
def test_a_promotion_is_as_its_terms_say(terms: dict[str, Any]) -> None:
    expected = Promotion(
        id=ID, version=1, name="Promo", code="HEMAT", active=True, terms=PromotionTerms(**terms), created_at=NOW, updated_at=NOW
    )
    assert expected == make("HEMAT", **terms)


def test_what_one_gets_is_free_unless_the_terms_say_how_much_is_off() -> None:
    made = make(kind="buy_x_get_y", buy=2, get=1)
    assert isinstance(made, Promotion)
    assert "100" == made.terms.percent
    changes = PromotionChanges(terms=PromotionTerms(kind="buy_x_get_y", buy=3, get=1))
    changed = offers.change_promotion(UpdatePromotion(id=ID, if_version=1, changes=changes), {ID: made}, NOW)
    assert isinstance(changed, Promotion)
    assert (2, 3, "100") == (changed.version, changed.terms.buy, changed.terms.percent)


@pytest.mark.parametrize(
    ("pointers", "terms"),
    [
        (["/percent"], {"kind": "percent"}),
        (["/amount"], {"kind": "amount"}),
        (["/buy", "/get"], {"kind": "buy_x_get_y"}),
        (["/percent", "/amount"], {"kind": "percent", "amount": rp(1)}),
        (["/percent", "/buy", "/get"], {"kind": "amount", "amount": rp(1), "percent": "5", "buy": 1, "get": 1}),
        (["/amount"], {"kind": "buy_x_get_y", "buy": 1, "get": 1, "amount": rp(1)}),
        (["/on"], {"kind": "buy_x_get_y", "buy": 1, "get": 1, "on": "order"}),
        (
            ["/product_ids", "/variant_ids", "/categories"],
            {"kind": "percent", "percent": "5", "on": "order", "product_ids": [ID], "variant_ids": [ID], "categories": ["Mi"]},
        ),
        (["/amount/amount"], {"kind": "amount", "amount": rp(0)}),
        (["/amount/currency", "/minimum/currency"], {"kind": "amount", "amount": rp(1, "XXX"), "minimum": rp(1, "USD")}),
        (["/minimum/currency"], {"kind": "amount", "amount": rp(1), "minimum": rp(1, "USD")}),
        (["/minimum/currency"], {"kind": "percent", "percent": "5", "minimum": rp(1, "XXX")}),
        (["/ends_at"], {"kind": "percent", "percent": "5", "starts_at": NOW, "ends_at": NOW}),
        (["/until_time"], {"kind": "percent", "percent": "5", "from_time": "17:00", "until_time": "17:00"}),
        (["/uses_max_per_customer"], {"kind": "percent", "percent": "5", "uses_max": 2, "uses_max_per_customer": 3}),
        (
            ["/product_ids/1", "/variant_ids/1", "/categories/1", "/store_ids/1", "/customer_groups/1", "/days/1"],
            {
                "kind": "percent", "percent": "5", "product_ids": [ID, ID], "variant_ids": [ID, ID], "categories": ["Mi", "Mi"],
                "store_ids": [STORE, STORE], "customer_groups": ["vip", "vip"], "days": [1, 1],
            },
        ),
    ],
)
def test_terms_that_contradict_each_other_are_refused_all_at_once(pointers: list[str], terms: dict[str, Any]) -> None:
    expected = ("catalog.invalid", [f"/terms{pointer}" for pointer in pointers])
    assert expected == refused(make(**terms))
    kept = make(kind="percent", percent="1")
    assert isinstance(kept, Promotion)
    changes = PromotionChanges(terms=PromotionTerms(**terms))
    assert expected == refused(offers.change_promotion(UpdatePromotion(id=ID, if_version=1, changes=changes), {ID: kept}, NOW))


def test_a_coupon_has_its_code_alone_in_any_case() -> None:
    kept = make("Hemat10", kind="percent", percent="1")
    assert isinstance(kept, Promotion)
    asked = CreatePromotion(name="Again", code="HEMAT10", terms=kept.terms)
    coupons = {offers.fold_code("hemat10"): kept}
    assert ("catalog.taken", ["/code"]) == refused(offers.make_promotion(asked, OTHER, {}, coupons, NOW))
    assert ("catalog.taken", ["/id"]) == refused(offers.make_promotion(asked, ID, {ID: kept}, coupons, NOW))


def test_a_price_list_names_each_group_and_store_once() -> None:
    asked = PriceListInput(code="vip", name="VIP", customer_groups=["a", "b", "a"], store_ids=[STORE, STORE])
    assert ("catalog.invalid", ["/customer_groups/2", "/store_ids/1"]) == refused(offers.make_price_list(asked, {}, NOW))
    made = offers.make_price_list(PriceListInput(code="vip", name="VIP"), {}, NOW)
    assert isinstance(made, PriceList)
    assert ("catalog.taken", ["/code"]) == refused(offers.make_price_list(PriceListInput(code="Vip", name="x"), {"VIP": made}, NOW))
