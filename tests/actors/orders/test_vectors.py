"""The public cases: what this code makes of them, and what whoever reads docs/pricing.md makes of them with fractions alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.orders.contract import Line, OfflineOrder, PlaceOrder, Totals
from tests.actors.orders.pricing_support import Sold, a_shop, sell, told

VECTORS = Path(__file__).parents[2] / "vectors"
CASES = [case for path in sorted(VECTORS.glob("*.json")) if path.name != "refunds.json" for case in json.loads(path.read_text())]
SOLD = [case for case in CASES if "refused" not in case["expected"]]


def named(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", CASES, ids=named)
def test_it_comes_to_what_is_published(case: dict[str, Any]) -> None:
    assert case["expected"] == told(sold(case))


def sold(case: dict[str, Any]) -> Any:
    shop = a_shop(case["store"], case["products"], case.get("price_lists", ()), case.get("promotions", ()))
    order = msgspec.convert(case["order"], OfflineOrder if "sold_at" in case["order"] else PlaceOrder)
    return sell(shop, order, msgspec.convert(case["at"], datetime))


def test_there_are_enough_and_each_has_a_name_and_a_reason() -> None:
    assert len(CASES) >= 60
    assert len({case["name"] for case in CASES}) == len(CASES)
    assert all(case["about"] for case in CASES)


# --- the same, by other means: only what is published is looked at


@pytest.mark.parametrize("case", SOLD, ids=named)
def test_the_parts_sum_up(case: dict[str, Any]) -> None:
    lines, totals = case["expected"]["lines"], case["expected"]["totals"]
    for name in ("gross", "discount", "service", "net", "tax"):
        assert totals[name] == sum(line[name] for line in lines)
    assert totals["total"] == totals["net"] + totals["tax"] + totals["adjustment"]
    assert totals["due"] == totals["total"] + totals["cash_rounding"]
    assert totals["tendered"] + totals["missing"] == totals["due"] + totals["change"]
    assert case["expected"]["paid"] is (totals["missing"] == 0)
    for code, amount in totals["taxes"].items():
        assert amount == sum(line["taxes"].get(code, 0) for line in lines)
    for line in lines:
        assert line["net"] + line["tax"] == line["total"]
        assert sum(line["taxes"].values()) == line["tax"]
    for discount in case["expected"].get("discounts", []):
        assert 0 < discount["amount"] <= totals["discount"]


@pytest.mark.parametrize("case", SOLD, ids=named)
def test_the_trace_tells_the_whole_way(case: dict[str, Any]) -> None:
    """From the price to the total: whoever adds up the steps gets there."""
    for line in case["expected"]["lines"]:
        steps = line["trace"]
        per_unit = sum(step["amount"] for step in steps if step["rule"].startswith(("price:", "modifier:")))
        by_quantity = Fraction(per_unit) * Fraction(line["quantity"])
        # Where it is left out, it is just that, and nothing was rounded.
        gross = next((step for step in steps if step["rule"].startswith("gross")), {"rule": "", "amount": by_quantity})
        if gross["rule"] == "gross":
            assert gross["amount"] == half_up(by_quantity)
        assert gross["amount"] == line["gross"]
        assert -sum(amounts(steps, "promotion:", "coupon:", "discount:", "spread:")) == line["discount"]
        assert sum(amounts(steps, "service:")) == line["service"]
        for step in steps:
            near = Fraction(step["exact"]) if "exact" in step else Fraction(step["amount"])
            assert abs(near - step["amount"]) < 1
            if step.get("rounding") == "half_up" and step["rule"] != "tax:c":
                assert abs(step["amount"]) == half_up(abs(near))


def amounts(steps: list[dict[str, Any]], *rules: str) -> Iterator[int]:
    return (step["amount"] for step in steps if step["rule"].startswith(rules))


@pytest.mark.parametrize("case", SOLD, ids=named)
def test_taxes_are_those_of_the_rates(case: dict[str, Any]) -> None:
    """Worked out again from the configuration, as docs/pricing.md says it, with exact fractions."""
    store = case["store"]
    taxes = {tax["code"]: tax for tax in store.get("taxes", [])}
    of_sku = {variant["sku"]: product.get("taxes", []) for product in case["products"] for variant in product["variants"]}
    exempt = case["order"].get("customer", {}).get("tax_exempt", False)
    service_taxed = store.get("service_charge", {}).get("taxed", True)
    exact_sums: dict[str, Fraction] = {}
    for line in case["expected"]["lines"]:
        cost = line["gross"] - line["discount"] + (line["service"] if service_taxed else 0)
        codes = [code for code in of_sku[line["sku"]] if code in taxes]
        factors: list[Fraction] = []
        for code in codes:
            factor = Fraction(rate_of(taxes[code], case["at"])) / 100 * Fraction(taxes[code].get("base", "1"))
            factors.append(factor * (1 + sum(factors)) if taxes[code].get("compound") else factor)
        inside = sum((factor for code, factor in zip(codes, factors, strict=True) if taxes[code].get("included", True)), Fraction(0))
        net = line["net"] - (0 if service_taxed else line["service"])
        assert abs(net - cost / (1 + inside)) < max(1, len(codes))
        if exempt:
            assert line["tax"] == 0
            continue
        for code, factor in zip(codes, factors, strict=True):
            exact = cost * factor / (1 + inside) if taxes[code].get("included", True) else net * factor
            exact_sums[code] = exact_sums.get(code, Fraction(0)) + exact
            assert abs(line["taxes"][code] - exact) < 1
            if store.get("tax_rounding", "line") == "line" and case["name"] != "halves-that-all-go-up":
                assert line["taxes"][code] == half_up(exact)
    if store.get("tax_rounding") == "order":
        assert case["expected"]["totals"]["taxes"] == {code: half_up(exact) for code, exact in exact_sums.items()}


def rate_of(tax: dict[str, Any], at: str) -> str:
    """All of these stores keep Jakarta's time, or have no changes: seven hours on, as text."""
    moment = msgspec.convert(at, datetime)
    day = datetime.fromtimestamp(moment.timestamp() + 7 * 3600, moment.tzinfo).date().isoformat()
    started = [change for change in tax.get("changes", []) if change["starts_on"] <= day]
    return str(max(started, key=lambda change: change["starts_on"])["rate"] if started else tax["rate"])


def half_up(exact: Fraction) -> int:
    return floor(exact + Fraction(1, 2))


@pytest.mark.parametrize("case", SOLD, ids=named)
def test_everybody_can_read_what_was_sold(case: dict[str, Any]) -> None:
    outcome = sold(case)
    assert isinstance(outcome, Sold)
    assert msgspec.json.decode(msgspec.json.encode(outcome.priced.lines), type=list[Line]) == outcome.priced.lines
    assert msgspec.json.decode(msgspec.json.encode(outcome.settled.totals), type=Totals) == outcome.settled.totals
