"""What holds for any cart, in any store, with any offers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.orders.contract import OfflineOrder, PlaceOrder, Totals
from actors.runtime.words import Refusal
from tests.actors.orders.pricing_support import REGISTER_ID, Shop, Sold, a_shop, an_id, sell

some = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Each example is a shop with all that belongs to it."""


def money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "IDR"}


rates = st.sampled_from(["0", "5", "9.975", "11", "12", "19", "100"])
percents = st.sampled_from(["0.5", "10", "12.5", "33.3333", "100"])
amounts = st.one_of(st.integers(0, 5), st.integers(0, 5000), st.integers(0, 10**9)).map(money)
taxes = st.builds(
    lambda code, rate, base, included, compound: {
        "code": code, "name": code, "rate": rate, "base": base, "included": included, "compound": compound,
    },
    st.just("t"), rates, st.sampled_from(["1", "11/12", "1/3"]), st.booleans(), st.booleans(),
)  # fmt: skip
terms = st.fixed_dictionaries(
    {"kind": st.sampled_from(["percent", "amount"]), "on": st.sampled_from(["lines", "order"]), "percent": percents, "amount": amounts},
    optional={
        "categories": st.just(["a"]), "minimum": amounts, "priority": st.integers(0, 3), "exclusive": st.booleans(),
        "from_time": st.sampled_from(["08:00", "13:00"]), "customer_groups": st.just(["staff"]),
    },
) | st.fixed_dictionaries(
    {"kind": st.just("buy_x_get_y"), "buy": st.integers(1, 3), "get": st.integers(1, 2)},
    optional={"percent": percents, "categories": st.just(["a"]), "exclusive": st.booleans()},
)  # fmt: skip
by_hand = st.lists(st.one_of(percents.map(lambda one: {"percent": one}), amounts.map(lambda one: {"amount": one})), max_size=2)
tenders = st.lists(st.builds(lambda kind, amount: {"type": kind, "amount": amount}, st.sampled_from(["cash", "card", "qris"]), amounts), max_size=3)


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    store = {
        "taxes": [{**draw(taxes), "code": code} for code in "xyz"],
        "tax_rounding": draw(st.sampled_from(["line", "order"])),
        "service_charge": draw(st.none() | st.builds(lambda rate, taxed: {"rate": rate, "taxed": taxed}, rates, st.booleans())),
        "cash_rounding": draw(st.none() | st.sampled_from([{"increment": 5}, {"increment": 100, "mode": "up"}, {"increment": 100, "mode": "down"}])),
    }
    products = [
        {
            "name": f"Thing {index}", "unit": unit, "category": draw(st.sampled_from(["a", "b", None])),
            "taxes": draw(st.lists(st.sampled_from("xyz"), unique=True)),
            "variants": [{"sku": f"s{index}", "price": draw(amounts)}],
        }
        for index, unit in enumerate(["piece", "piece", "kg", "kg"])
    ]  # fmt: skip
    offers = enumerate(draw(st.lists(terms, max_size=3)))
    promotions = [{"name": "P", "terms": one, "code": draw(st.none() | st.just(f"C{index}"))} for index, one in offers]
    return a_shop(store, products, promotions=promotions)


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    lines = []
    for _ in range(draw(st.integers(1, 6))):
        index = draw(st.integers(0, 3))
        quantity = draw(st.integers(1, 9)) if index < 2 else draw(st.integers(1, 9999).map(lambda milli: f"{milli // 1000}.{milli % 1000:03}"))
        lines.append({"sku": f"s{index}", "quantity": quantity, "discounts": draw(by_hand)})
    someone = st.builds(lambda group, exempt: {"group": group, "tax_exempt": exempt}, st.sampled_from(["staff", None]), st.booleans())
    customer = draw(st.none() | someone)
    return {
        "register_id": str(REGISTER_ID), "lines": lines, "tenders": draw(tenders), "discounts": draw(by_hand), "customer": customer,
        "coupons": draw(st.lists(st.sampled_from(["c0", "C1", "c2"]), unique=True, max_size=2)),
    }  # fmt: skip


def place(shop: Shop, body: dict[str, Any]) -> Sold | Refusal:
    return sell(shop, msgspec.convert(body, PlaceOrder))


@some
@given(shops(), orders())
def test_the_sum_of_the_parts_is_the_whole_and_nothing_is_negative(shop: Shop, body: dict[str, Any]) -> None:
    outcome = place(shop, body)
    if isinstance(outcome, Refusal):
        assert outcome.code in ("orders.wrong_coupon", "orders.overpaid")
        return
    lines, totals = outcome.priced.lines, outcome.settled.totals
    for line in lines:
        cost = line.gross.amount - line.discount.amount + line.service.amount
        assert line.discount.amount == sum(one.amount.amount for one in line.discounts) <= line.gross.amount
        assert line.net.amount + line.tax.amount == line.total.amount
        assert line.tax.amount == sum(tax.amount.amount for tax in line.taxes)
        assert min(line.net.amount, line.service.amount, *(tax.amount.amount for tax in line.taxes), 0) == 0
        added = sum(tax.amount.amount for tax in line.taxes if not tax.included)
        if not (body["customer"] or {}).get("tax_exempt"):
            assert line.total.amount == cost + added
    for name in ("gross", "discount", "service", "net", "tax"):
        assert getattr(totals, name).amount == sum(getattr(line, name).amount for line in lines)
    assert totals.total.amount == totals.net.amount + totals.tax.amount
    assert totals.tax.amount == sum(tax.amount.amount for tax in totals.taxes)
    for whole in outcome.priced.discounts:
        shares = [one.amount.amount for line in lines for one in line.discounts if one.on == "order" and one.promotion_id == whole.promotion_id]
        together = [one.amount.amount for one in outcome.priced.discounts if one.promotion_id == whole.promotion_id]
        assert sum(shares) == sum(together)


@some
@given(shops(), orders())
def test_tenders_are_what_is_due_and_the_change(shop: Shop, body: dict[str, Any]) -> None:
    outcome = place(shop, body)
    if isinstance(outcome, Refusal):
        return
    totals, paid = outcome.settled
    cash = sum(one["amount"]["amount"] for one in body["tenders"] if one["type"] == "cash")
    assert totals.due.amount == totals.total.amount + totals.cash_rounding.amount
    assert totals.tendered.amount + totals.missing.amount == totals.due.amount + totals.change.amount
    assert paid is (totals.missing.amount == 0)
    assert totals.missing.amount == 0 or totals.change.amount == totals.cash_rounding.amount == 0
    assert totals.change.amount <= cash
    if not any(one["type"] == "cash" for one in body["tenders"]):
        assert totals.cash_rounding.amount == 0
    if not paid and totals.missing_in_cash.amount:
        more = {**body, "tenders": [*body["tenders"], {"type": "cash", "amount": money(totals.missing_in_cash.amount)}]}
        full = place(shop, more)
        assert not isinstance(full, Refusal)
        assert full.settled.paid
        assert full.settled.totals.change.amount == 0
    if not paid:
        more = {**body, "tenders": [*body["tenders"], {"type": "card", "amount": money(totals.missing.amount)}]}
        full = place(shop, more)
        assert not isinstance(full, Refusal)
        assert full.settled.paid


@some
@given(shops(), orders(), st.randoms(use_true_random=False))
def test_the_order_of_lines_moves_no_more_than_its_roundings(shop: Shop, body: dict[str, Any], random: Any) -> None:
    """What is taken off the order as a whole does not depend on it; shares, and the taxes on them, move by a unit each at most."""
    shuffled = {**body, "lines": random.sample(body["lines"], len(body["lines"]))}
    one, other = place(shop, body), place(shop, shuffled)
    if isinstance(one, Refusal) or isinstance(other, Refusal):
        return
    assert one.priced.gross == other.priced.gross
    if not shop.offers.automatic and not body["coupons"]:
        assert one.priced.discount == other.priced.discount
        # A unit for each share of a line (two discounts, service, three taxes), and up to three times 100 % tax on it, one on the other.
        assert abs(one.priced.total - other.priced.total) <= len(body["lines"]) * 6 * 2**3


@some
@given(shops(), orders(), st.none() | st.integers(0, 10**6))
def test_an_offline_sale_is_never_refused_and_always_paid(shop: Shop, body: dict[str, Any], total: int | None) -> None:
    paid = body["tenders"] or [{"type": "cash", "amount": money(1000)}]
    order = {
        **body, "id": str(an_id(1)), "sold_at": "2026-03-02T05:00:00Z", "tenders": paid, "total": None if total is None else money(total),
        "lines": [{**line, "unit_price": money(777)} for line in body["lines"]],
    }  # fmt: skip
    outcome = sell(shop, msgspec.convert(order, OfflineOrder))
    assert not isinstance(outcome, Refusal)
    totals = outcome.settled.totals
    tendered = sum(one["amount"]["amount"] for one in paid)
    assert outcome.settled.paid
    assert totals.tendered.amount == tendered == totals.due.amount + totals.change.amount
    assert totals.total.amount == totals.net.amount + totals.tax.amount + totals.adjustment.amount
    assert ("total_differs" in outcome.flags) is (totals.adjustment.amount != 0)
    assert msgspec.json.decode(msgspec.json.encode(totals), type=Totals) == totals


@some
@given(orders(), rates, st.sampled_from(["1", "11/12"]))
def test_included_and_added_are_one_tax_seen_from_two_sides(body: dict[str, Any], rate: str, base: str) -> None:
    """Net plus its included tax is the price; the same net with the tax added comes to it again, to the last unit."""
    factor = Fraction(rate) / 100 * Fraction(base)
    tax = {"code": "x", "name": "X", "rate": rate, "base": base}
    products = [
        {"name": str(index), "unit": unit, "taxes": ["x"], "variants": [{"sku": f"s{index}", "price": money(997)}]}
        for index, unit in enumerate(["piece", "piece", "kg", "kg"])
    ]
    outcome = place(a_shop({"taxes": [tax]}, products), {**body, "tenders": [], "coupons": [], "customer": None})
    assert not isinstance(outcome, Refusal)
    for line in outcome.priced.lines:
        assert abs(line.tax.amount - line.net.amount * factor) <= 1 + factor
