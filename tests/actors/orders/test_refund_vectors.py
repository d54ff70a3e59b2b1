"""The public cases of refunds: what this code makes of them, and what whoever reads docs/refunds.md makes of their sums."""

from __future__ import annotations

import json
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.orders.amounts import quantity_milli
from actors.orders.contract import Order, Refund, RefundOrder, RefundTender, ReturnInput
from actors.orders.refunded import apply_refund
from actors.orders.refunding import make_refund
from actors.runtime.words import Refusal
from actors.stores.contract import CashRounding
from tests.actors.orders.refund_stories import OCCASION, Ids, idr, order_of

CASES = json.loads((Path(__file__).parents[2] / "vectors" / "refunds.json").read_text())


def named(case: dict[str, Any]) -> str:
    return str(case["name"])


def made_of(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Each refund in turn, as the file tells it: amounts in minor units."""
    given = case["order"]
    order = order_of(given["lines"], given["tenders"], adjustment=given["adjustment"], cash_rounding=given["cash_rounding"])
    rule = msgspec.convert(case["cash_rounding"], CashRounding | None)
    told = []
    for wish in case["refunds"]:
        refund = make_refund(order, _wish(order, wish), OCCASION, rule, Ids())
        told.append(_told(refund))
        if isinstance(refund, Refund):
            order = apply_refund(order, refund, {})
    return told


def _wish(order: Order, wish: dict[str, Any]) -> RefundOrder:
    return RefundOrder(
        id=order.id,
        lines=[ReturnInput(line=one["line"], quantity=one["quantity"]) for one in wish.get("lines", [])],
        amount=idr(wish["amount"]) if "amount" in wish else None,
        to=wish.get("to", "tenders"),
        tenders=[RefundTender(tender=one["tender"], amount=idr(one["amount"])) for one in wish.get("tenders", [])],
    )


def _told(refund: Refund | Refusal) -> dict[str, Any]:
    if isinstance(refund, Refusal):
        return {"refused": refund.code, "pointer": refund.errors[0].pointer}
    return {
        "lines": [
            {
                "line": line.line, "quantity": line.quantity, "net": line.net.amount, "taxes": [tax.amount.amount for tax in line.taxes],
                "total": line.total.amount,
            }
            for line in refund.lines
        ],
        "adjustment": refund.adjustment.amount,
        "amount": refund.amount.amount,
        "cash_rounding": refund.cash_rounding.amount,
        "tenders": [{"type": part.type, "tender": part.tender, "amount": part.amount.amount} for part in refund.tenders],
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=named)
def test_it_comes_to_what_is_published(case: dict[str, Any]) -> None:
    assert case["expected"] == made_of(case)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_parts_sum_up_and_stay_within_what_was_paid(case: dict[str, Any]) -> None:
    given = [refund for refund in case["expected"] if "refused" not in refund]
    lines = case["order"]["lines"]
    due = sum(line["net"] + sum(line["taxes"]) for line in lines) + case["order"]["adjustment"] + case["order"]["cash_rounding"]
    assert sum(part["amount"] for refund in given for part in refund["tenders"]) <= due
    for refund in given:
        assert refund["amount"] == sum(line["total"] for line in refund["lines"]) + refund["adjustment"]
        assert refund["amount"] + refund["cash_rounding"] == sum(part["amount"] for part in refund["tenders"])
        assert all(line["net"] + sum(line["taxes"]) == line["total"] for line in refund["lines"])


@pytest.mark.parametrize("case", [case for case in CASES if all("lines" in wish for wish in case["refunds"])], ids=named)
def test_where_only_goods_came_back_each_share_is_the_exact_fraction_rounded_half_up(case: dict[str, Any]) -> None:
    so_far: dict[int, tuple[int, int]] = {}
    for refund in case["expected"]:
        for line in refund.get("lines", []):
            sold = case["order"]["lines"][line["line"] - 1]
            milli, money = so_far.get(line["line"], (0, 0))
            milli, money = milli + quantity_milli(line["quantity"]), money + line["total"]
            exact = Fraction((sold["net"] + sum(sold["taxes"])) * milli, quantity_milli(sold["quantity"]))
            assert money == floor(exact + Fraction(1, 2))
            so_far[line["line"]] = milli, money


def test_there_are_a_dozen_and_each_has_a_name_and_a_reason() -> None:
    assert len(CASES) >= 12
    assert len({case["name"] for case in CASES}) == len(CASES)
    assert all(case["about"] for case in CASES)
