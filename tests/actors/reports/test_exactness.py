"""Whatever happens to orders, the figures are what the orders come to: kept up page by page, or counted from whole orders at the end."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
import msgspec
from hypothesis import given, settings

from actors.orders.contract import Order
from actors.reports.figures import Figures
from actors.reports.following import _count_one
from actors.reports.heard import concerns, read
from actors.reports.recount import MEASURES, Line, recount

STORE = UUID(int=1)
BEGIN = datetime(2026, 1, 30, 12, tzinfo=UTC)


def hour_of(at: datetime) -> int:
    return (at.hour + 7) % 24


def day_of(at: datetime) -> date:
    return (at + timedelta(hours=7)).date()


def money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "IDR"}


@st.composite
def lives(draw: st.DrawFn, number: int) -> list[dict[str, Any]]:
    """The events of one order, in their order."""
    lines = [draw(lines_of(at)) for at in range(1, draw(st.integers(1, 4)) + 1)]
    sums = {name: sum(line[name]["amount"] for line in lines) for name in MEASURES[2:]}
    adjustment = draw(st.sampled_from([0, 0, 5, -3]))
    sums["total"] += adjustment
    change = draw(st.sampled_from([0, 0, 50]))
    sold_at = BEGIN + timedelta(minutes=draw(st.integers(0, 3000)))
    order = {
        "id": str(UUID(int=100 + number)), "version": 1, "status": "draft", "fulfillment": "pending", "payment": "unpaid",
        "store_id": str(STORE), "register_id": str(UUID(int=draw(st.integers(10, 12)))), "receipt_number": None, "receipt": "",
        "business_date": str(day_of(sold_at)), "sold_at": sold_at.isoformat(), "lines": lines, "placed_by": draw(st.sampled_from(["a", "b"])),
        "tenders": [tender(draw, sums["total"] + change)], "totals": totals(sums, change, adjustment), "created_at": sold_at.isoformat(),
        "updated_at": sold_at.isoformat(), "moves": [], "refunds": [],
        "customer": draw(st.sampled_from([None, {"group": "vip"}, {"name": "Sari"}, {"tax_exempt": True}])),
    }  # fmt: skip
    events, state = [], None
    for _ in range(draw(st.integers(1, 6))):
        step = draw(st.sampled_from(STEPS[order["status"]] if events else ["draft", "open", "complete"]))
        change_by(draw, order, step, events)
        order["version"] = len(events) + 1
        after = {"status": order["status"], "fulfillment": "pending", "payment": "unpaid"}
        if state is not None and state != after:
            order["moves"].append({"at": sold_at.isoformat(), "by": "", "reason": "", "before": state, "after": after})
        told = {"order": order, "version": order["version"], "before": state, "after": after, "changed": [], "by": "", "reason": ""}
        events.append({"name": NAMES[step] if events else "order.created", "body": msgspec.json.encode({"type": "t", "data": told})})
        state = after
    return events


STEPS = {
    "draft": ["open", "complete", "cancel", "look"], "open": ["complete", "cancel", "cancel_paid", "look", "draft", "merge"],
    "completed": ["refund", "refund", "cancel_sold", "look"], "cancelled": ["look"],
}  # fmt: skip
NAMES = {
    "draft": "order.status_updated", "open": "order.status_updated", "complete": "order.paid", "cancel": "order.cancelled",
    "cancel_paid": "order.cancelled", "cancel_sold": "order.cancelled", "merge": "order.cancelled", "refund": "order.refunded",
    "look": "order.updated",
}  # fmt: skip


def change_by(draw: st.DrawFn, order: dict[str, Any], step: str, events: list[Any]) -> None:
    if step in ("refund", "cancel_sold", "cancel_paid"):
        order["refunds"] = [*order["refunds"], refund_of(draw, order, "cancel" if step != "refund" else "return", bare=step == "cancel_paid")]
    if step == "merge":
        order["merged_into"] = str(UUID(int=5))
    status = {"open": "open", "draft": "draft", "complete": "completed"}.get(step) or ("cancelled" if "cancel" in step or step == "merge" else "")
    if status:
        order["status"] = status
    if status == "cancelled":
        order["cancel_reason"] = draw(st.sampled_from(["left", "no \"after\":{\"status\":\"completed\"", ""]))


@st.composite
def lines_of(draw: st.DrawFn, number: int) -> dict[str, Any]:
    gross, discount, tax = draw(st.integers(200, 9_000)), draw(st.integers(0, 90)), draw(st.integers(0, 50))
    net = gross - discount - tax
    return {
        "number": number, "product_id": str(UUID(int=1)), "variant_id": str(UUID(int=draw(st.integers(50, 53)))), "sku": "s", "name": "n",
        "quantity": draw(st.sampled_from(["1", "3", "0.750"])), "unit": "piece", "unit_price": money(gross), "gross": money(gross),
        "discount": money(discount), "service": money(0), "net": money(net), "tax": money(tax), "total": money(net + tax),
        "refunded": money(0), "category": draw(st.sampled_from([None, "drinks"])),
        "taxes": [tax_of(tax, **draw(st.sampled_from([{}, {"base": "11/12"}, {"taxable": money(7)}])))] if tax else [],
        "discounts": [{"kind": "manual", "name": "Regular", "amount": money(discount), "on": "line"}] if discount else [],
    }  # fmt: skip


def tax_of(amount: int, **given: Any) -> dict[str, Any]:
    return {"code": "ppn", "name": "PPN", "rate": "11", "included": True, "amount": money(amount), **given}


def tender(draw: st.DrawFn, amount: int) -> dict[str, Any]:
    tip = draw(st.sampled_from([None, money(20)]))
    return {
        "number": 1, "type": draw(st.sampled_from(["cash", "card"])), "amount": money(amount), "at": BEGIN.isoformat(),
        "refunded": money(0), "tip": tip,
    }  # fmt: skip


def totals(sums: dict[str, int], change: int, adjustment: int) -> dict[str, Any]:
    zero = {name: money(0) for name in ("cash_rounding", "due", "tendered", "tips", "missing", "missing_in_cash", "refunded")}
    others = {"change": change, "adjustment": adjustment, **sums}
    return {**zero, **{name: money(amount) for name, amount in others.items()}, "rounding": "none", "taxes": []}


def refund_of(draw: st.DrawFn, order: dict[str, Any], kind: str, *, bare: bool) -> dict[str, Any]:
    chosen = [] if bare else draw(st.lists(st.sampled_from(order["lines"]), min_size=1, max_size=2, unique_by=lambda line: line["number"]))
    lines = [
        {
            "line": line["number"], "quantity": draw(st.sampled_from(["0", "1"])), "restock": True, "net": line["net"], "tax": line["tax"],
            "total": line["total"], "taxes": line["taxes"],
        }
        for line in chosen
    ]  # fmt: skip
    at = BEGIN + timedelta(minutes=draw(st.integers(0, 6000)))
    adjustment = 10 if bare else draw(st.sampled_from([0, 0, 4, -2]))
    amount = sum(line["total"]["amount"] for line in lines) + adjustment
    return {
        "number": len(order["refunds"]) + 1, "kind": kind, "at": at.isoformat(), "by": "boss", "reason": draw(st.sampled_from(["", "broken"])),
        "lines": lines, "adjustment": money(adjustment), "amount": money(amount), "cash_rounding": money(0),
        "tenders": [{"type": "cash", "amount": money(amount)}], "register_id": draw(st.sampled_from([None, str(UUID(int=11))])),
        **draw(st.sampled_from([{}, {"business_date": "2026-02-03"}])),
    }  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_figures_are_what_the_orders_come_to(data: st.DataObject) -> None:
    orders = [data.draw(lives(number)) for number in range(data.draw(st.integers(1, 4)))]
    log = interleaved(data, orders)
    kept: Counter[Line] = Counter()
    counted: dict[str, int] = {}
    while log:
        page, log = log[: (size := data.draw(st.integers(1, 5)))], log[size:]
        figures = Figures(lambda _, at: hour_of(at), lambda _, at: day_of(at))
        for one in page:
            if concerns(one["name"], one["body"]):
                _count_one(read(one["body"]), figures, counted)
        for place, measures in figures.rows().items():
            for name, amount in zip(MEASURES, measures, strict=True):
                kept[Line(place.back, place.day, place.kind, place.key, name)] += amount

    newest = [msgspec.convert(msgspec.json.decode(order[-1]["body"])["data"]["order"], Order, strict=False) for order in orders]
    assert {line: sum for line, sum in kept.items() if sum} == dict(recount(newest, hour_of, day_of))


def interleaved(data: st.DataObject, orders: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """One log: those of each order stay in their order."""
    waiting, log = [list(order) for order in orders], []
    while any(waiting):
        log.append(data.draw(st.sampled_from([one for one in waiting if one])).pop(0))
    return log
