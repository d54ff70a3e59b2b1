"""A cart that is filled again keeps what it promised; what is used up, kept back, and paid later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from actors.orders.cart import Cart
from actors.orders.contract import Customer, LineInput, PlaceOrder, TenderInput
from actors.orders.filling import Filled, fill_cart
from actors.orders.pricing import Priced, price_cart
from actors.orders.settling import reservation, settle, stock_uses
from actors.runtime.words import Money, Refusal
from tests.actors.orders.pricing_support import NOON, REGISTER_ID, Shop, Sold, a_shop, an_id, sell, tenders_of

LATER = NOON + timedelta(hours=2)


def rp(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "IDR"}


def tea(price: int = 1000, **given: Any) -> dict[str, Any]:
    return {"name": "Tea", "variants": [{"sku": "tea", "price": rp(price), "packs": [{"code": "box", "name": "Box", "contains": "10"}]}], **given}


def fill(shop: Shop, *lines: dict[str, Any], **how: Any) -> Filled | Refusal:
    return fill_cart(shop.till, msgspec.convert(lines, tuple[LineInput, ...]), shop.shelf, shop.offers, how.pop("at", NOON), **how)


def filled(shop: Shop, *lines: dict[str, Any], **how: Any) -> Filled:
    outcome = fill(shop, *lines, **how)
    assert isinstance(outcome, Filled)
    return outcome


# --- changed again


def test_a_kept_line_keeps_its_price_its_name_and_its_moment() -> None:
    old, dearer = a_shop({}, [tea()]), a_shop({}, [tea(1200, name="Finer tea")])
    before = filled(old, {"sku": "tea", "quantity": 2})

    after = filled(dearer, {"sku": "tea", "quantity": 3, "number": 1}, {"sku": "tea"}, at=LATER, before=before.lines, next_number=before.next_number)

    kept, new = after.lines
    assert (kept.number, kept.unit_price, kept.name, kept.added_at, kept.quantity_milli) == (1, 1000, "Tea", NOON, 3000)
    assert (new.number, new.unit_price, new.name, new.added_at) == (2, 1200, "Finer tea", LATER)
    assert after.next_number == 3


def test_a_number_alone_names_the_line() -> None:
    shop = a_shop({}, [tea()])
    before = filled(shop, {"sku": "tea", "unit": "box"})

    [line] = filled(shop, {"number": 1, "quantity": 4}, before=before.lines, next_number=2).lines

    assert (line.sku, line.unit, line.quantity_milli, line.uses[0].milli) == ("tea", "box", 4000, 40_000)


def test_another_unit_or_another_thing_is_priced_now() -> None:
    old, now = a_shop({}, [tea()]), a_shop({}, [tea(1200), {"name": "Cup", "variants": [{"sku": "cup", "price": rp(5)}]}])
    before = filled(old, {"sku": "tea"}, {"sku": "tea"})

    lines = filled(now, {"sku": "tea", "unit": "box", "number": 1}, {"sku": "cup", "number": 2}, at=LATER, before=before.lines, next_number=3).lines

    assert [(line.number, line.unit_price, line.added_at) for line in lines] == [(1, 12_000, LATER), (2, 5, LATER)]


def test_a_line_that_is_not_there_or_named_twice() -> None:
    shop = a_shop({}, [tea()])
    before = filled(shop, {"sku": "tea"})

    told = fill(shop, {"sku": "tea", "number": 1}, {"sku": "tea", "number": 1}, {"sku": "tea", "number": 7}, before=before.lines, next_number=2)

    assert isinstance(told, Refusal)
    assert (told.code, [error.pointer for error in told.errors]) == ("orders.invalid", ["/lines/1/number", "/lines/2/number"])


def test_what_went_off_sale_stays_in_the_cart_that_has_it() -> None:
    before = filled(a_shop({}, [tea()]), {"sku": "tea"})
    gone = a_shop({}, [tea(active=False)])

    assert filled(gone, {"sku": "tea", "number": 1}, before=before.lines, next_number=2).lines[0].unit_price == 1000
    assert isinstance(fill(gone, {"sku": "tea"}), Refusal)


def test_modifiers_keep_their_price_as_long_as_they_are_the_same() -> None:
    def cafe(price: int) -> Shop:
        group = {"code": "shot", "name": "Shot", "max": 3, "options": [{"code": "extra", "name": "Extra", "price": rp(price)}]}
        return a_shop({}, [tea(modifiers=[group])])

    def with_shots(count: int) -> dict[str, Any]:
        return {"sku": "tea", "number": 1, "modifiers": [{"group": "shot", "option": "extra", "quantity": count}]}

    before = filled(cafe(100), with_shots(1))
    same = filled(cafe(150), with_shots(1), before=before.lines, next_number=2).lines[0]
    more = filled(cafe(150), with_shots(2), before=before.lines, next_number=2).lines[0]

    assert [same.modifiers[0].price.amount, more.modifiers[0].price.amount] == [100, 150]


def test_a_cart_can_be_kept_as_json() -> None:
    shop = a_shop({}, [tea()])
    lines = filled(shop, {"sku": "tea", "discounts": [{"percent": "10"}]}).lines
    cart = Cart(lines=lines, offers_at=NOON, next_number=2, customer=Customer(group="staff"), coupons=["A"])

    assert msgspec.json.decode(msgspec.json.encode(cart), type=Cart) == cart


# --- used up


def test_what_is_used_up_does_not_apply_and_a_coupon_says_so() -> None:
    terms = {"kind": "percent", "percent": "10", "uses_max": 5}
    shop = a_shop({}, [tea()], promotions=[{"name": "All", "terms": terms}, {"name": "Mine", "code": "MINE", "terms": terms}])
    lines = filled(shop, {"sku": "tea"}).lines
    cart = Cart(lines=lines, offers_at=NOON, next_number=2)
    named = msgspec.structs.replace(cart, coupons=["mine"])

    plain, without = price_cart(cart, shop.till, shop.offers), price_cart(cart, shop.till, shop.offers, exhausted={an_id(500)})
    refused = price_cart(named, shop.till, shop.offers, exhausted={an_id(501)})
    offline = price_cart(named, shop.till, shop.offers, exhausted={an_id(501)}, offline=True)

    assert isinstance(plain, Priced)
    assert isinstance(without, Priced)
    assert [(one.promotion_id, one.uses_max) for one in plain.used] == [(an_id(500), 5)]
    assert (plain.total, without.total, without.used) == (900, 1000, [])
    assert isinstance(refused, Refusal)
    assert refused.errors[0].detail == "The coupon mine cannot be used here. It has been used as often as it may be."
    assert isinstance(offline, Priced)
    assert (offline.total, [one.code for one in offline.used], offline.flags) == (810, [None, "MINE"], [])


def test_every_reason_of_a_coupon_is_told_in_words() -> None:
    def coupon(code: str, **terms: Any) -> dict[str, Any]:
        return {"name": code, "code": code, "terms": {"kind": "percent", "percent": "10", **terms}}

    shop = a_shop({}, [tea()], promotions=[
        coupon("STORE", store_ids=[str(an_id(9))]), coupon("STAFF", customer_groups=["staff"]), coupon("EARLY", starts_at="2027-01-01T00:00:00Z"),
        coupon("LATE", ends_at="2026-01-01T00:00:00Z"), coupon("NIGHT", from_time="22:00"), coupon("SUNDAY", days=[7]),
        coupon("MUCH", minimum=rp(5000)), coupon("USD", minimum={"amount": 1, "currency": "USD"}), coupon("FOOD", categories=["food"]),
    ])  # fmt: skip
    codes = ["NONE", "STORE", "STAFF", "EARLY", "LATE", "NIGHT", "SUNDAY", "MUCH", "USD", "FOOD"]

    told = sell(shop, msgspec.convert({"register_id": str(REGISTER_ID), "lines": [{"sku": "tea"}], "coupons": codes}, PlaceOrder))

    assert isinstance(told, Refusal)
    words = {error.pointer: error.detail.partition(" cannot be used here. ")[2] for error in told.errors}
    assert words == {
        "/coupons/0": "There is no such coupon.",
        "/coupons/1": "It is not for this store.",
        "/coupons/2": "It is for other customers.",
        "/coupons/3": "It has not started yet.",
        "/coupons/4": "It has ended.",
        "/coupons/5": "It does not hold at this time of day.",
        "/coupons/6": "It does not hold on this day.",
        "/coupons/7": "It needs an order of at least IDR 50.00.",
        "/coupons/8": "It is in USD, and the store sells in IDR.",
        "/coupons/9": "It gives nothing on this order.",
    }


# --- stock, and money that comes later


def test_what_may_not_run_out_is_kept_back_and_everything_else_only_leaves() -> None:
    part = {"name": "Bean", "unit": "kg", "stock": "deny", "variants": [{"sku": "bean", "price": rp(1), "id": str(an_id(1))}]}
    recipe = [{"variant_id": str(an_id(1)), "quantity": "0.018"}]
    cup = {"name": "Cup", "variants": [{"sku": "cup", "price": rp(9), "id": str(an_id(2)), "components": recipe}]}
    lines = filled(a_shop({}, [part, cup, tea()]), {"sku": "cup", "quantity": 2}, {"sku": "cup"}, {"sku": "tea"}).lines

    assert [(use.variant_id, use.sold) for use in stock_uses(lines)] == [(an_id(1), "0.054"), (lines[2].variant_id, "1")]
    assert reservation(lines) == [(an_id(1), an_id(1000), 54)]


def test_nobody_takes_more_than_can_be_counted() -> None:
    sack = {"code": "sack", "name": "Sack", "contains": "9999999"}
    shop = a_shop({}, [{"name": "Rice", "unit": "kg", "variants": [{"sku": "rice", "price": rp(0), "packs": [sack]}]}])

    told = fill(shop, {"sku": "rice", "quantity": 1_000_000, "unit": "sack"})

    assert isinstance(told, Refusal)
    assert (told.code, [error.pointer for error in told.errors]) == ("orders.too_large", ["/lines/0/quantity"])


def test_paid_over_time_the_cash_rounding_comes_last() -> None:
    shop = a_shop({"cash_rounding": {"increment": 100}}, [tea(1049)])
    outcome = sell(shop, msgspec.convert({"register_id": str(REGISTER_ID), "lines": [{"sku": "tea"}]}, PlaceOrder))
    assert isinstance(outcome, Sold)

    def pay(*given: tuple[str, int]) -> tuple[bool, int, int, int]:
        tenders = tenders_of([TenderInput(type=kind, amount=Money(amount=amount, currency="IDR")) for kind, amount in given])  # type: ignore[arg-type]
        settled = settle(outcome.priced, tenders, shop.till)
        assert not isinstance(settled, Refusal)
        return settled.paid, settled.totals.missing.amount, settled.totals.missing_in_cash.amount, settled.totals.cash_rounding.amount

    assert pay(("card", 500)) == (False, 549, 500, 0)
    assert pay(("card", 500), ("cash", 400)) == (False, 149, 100, 0)
    assert pay(("card", 500), ("cash", 400), ("cash", 100)) == (True, 0, 0, -49)
    assert pay(("card", 500), ("cash", 400), ("card", 149)) == (True, 0, 0, 0)
