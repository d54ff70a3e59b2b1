"""Proves the figures of one store's day: counted again from the orders, and from each other; and longer spans from their parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from actors.orders.contract import LIST_ORDERS, ListOrders, Order
from actors.reports.contract import ReportFinding
from actors.reports.reading import MEASURES
from actors.reports.recount import Line, Sums, recount
from actors.reports.spans import Span, children, month_of, quarter_of, year_of
from actors.reports.store import SQL
from actors.reports.views import Shop
from actors.runtime.words import Refusal
from actors.runtime.work import Work

TRIES = 3
CATCH_UP_SECONDS = 1.0
"""At each try: a page of the check is asked for like any other request."""
ZONES = timedelta(hours=26)
"""How far a store's calendar may have been moved against its clock of now."""
PAGE = 500
_COSTS = ("sold", "cost", "lost", "uncosted")
_HOURS = "hour"
"""A store whose time zone was changed has had its earlier hours elsewhere: they are held to their sum."""


class Proof(NamedTuple):
    """`behind`: 1 for a day that could not be judged, because it was just changing."""

    findings: list[ReportFinding]
    orders: int
    behind: int


class _Look(NamedTuple):
    expected: Mapping[Line, int]
    found: Mapping[Line, int]
    orders: int


async def prove_day(work: Work, shop: Shop, day: date) -> Proof:
    """What differs twice in the same way, while nothing has changed in between, is wrong."""
    before: _Look | None = None
    orders = 0
    for _ in range(TRIES):
        look = await _look(work, shop, day)
        if look is None:
            return Proof([], 0, 1)
        differences = _differences(look)
        if not differences:
            return Proof(await _sides(work, shop, day), look.orders, 0)
        if before is not None and (before.expected, before.found) == (look.expected, look.found):
            return Proof([_finding(shop, line, look) for line in differences], look.orders, 0)
        before, orders = look, look.orders
    return Proof([], orders, 1)


async def _look(work: Work, shop: Shop, day: date) -> _Look | None:
    """None when orders, or our own follower, cannot keep up just now."""
    orders = await _orders_of(work, shop, day)
    if orders is None or await work.catch_up("orders", CATCH_UP_SECONDS) != 0:
        return None
    expected = recount(orders, shop.hour_of, shop.day_of)
    rows = await work.read(SQL["kept_of_day"], await _generation(work), shop.id, day, str(day))
    found = Sums()
    for row in rows:
        for measure in MEASURES:
            if row[measure]:
                found[Line(row["back"], row["day"], row["kind"], row["key"], measure)] += row[measure]
    # What came back of a day's orders is held to them by the day of the sale; from other sides, to the sums of its own day.
    wanted = {line: sum for line, sum in expected.items() if _is_of(line, day)}
    return _Look(_without_hours(wanted), _without_hours(found), len(orders))


def _is_of(line: Line, day: date) -> bool:
    return (not line.back and line.day == day) or line.kind == "void" or (line.kind == "sold_on" and line.key == str(day))


def _without_hours(sums: Mapping[Line, int]) -> dict[Line, int]:
    found: dict[Line, int] = {}
    for line, sum in sums.items():
        place = line._replace(key="") if line.kind == _HOURS else line
        found[place] = found.get(place, 0) + sum
    return {line: sum for line, sum in found.items() if sum}


def _differences(look: _Look) -> list[Line]:
    return sorted(line for line in look.expected.keys() | look.found.keys() if look.expected.get(line, 0) != look.found.get(line, 0))


def _finding(shop: Shop, line: Line, look: _Look) -> ReportFinding:
    return ReportFinding(
        what="reports", name=_name(shop, line.day, line.back, line.kind, line.key, line.measure), expected=str(look.expected.get(line, 0)),
        found=str(look.found.get(line, 0)), detail="What the orders of the day come to, and what the figures say.",
    )  # fmt: skip


def _name(shop: Shop, day: date, back: bool, kind: str, key: str, measure: str) -> str:
    return f"{shop.name} ({shop.id}), {day}, {'back' if back else 'sold'}, {kind}{f' {key}' if key else ''}: {measure}"


async def _orders_of(work: Work, shop: Shop, day: date) -> list[Order] | None:
    begin, end = shop.bounds(day)
    found: list[Order] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await work.ask(LIST_ORDERS, _wish(shop, day, begin - ZONES, end + ZONES, cursor or None))
        if isinstance(page, Refusal):
            return None
        found += page.items
        cursor = page.next_cursor
    return found


def _wish(shop: Shop, day: date, begin: datetime, end: datetime, cursor: str | None) -> ListOrders:
    return ListOrders(store_id=shop.id, business_date=day, sold_from=begin, sold_until=end, limit=PAGE, cursor=cursor)


async def _generation(work: Work) -> int:
    [state] = await work.read(SQL["rebuild_state"])
    generation: int = state["generation"]
    return generation


# --- against each other


async def _sides(work: Work, shop: Shop, day: date) -> list[ReportFinding]:
    """From whichever side a day is seen, it comes to the same."""
    rows = await work.read(SQL["sides_that_differ"], await _generation(work), shop.id, day)
    return [
        ReportFinding(
            what="reports", name=_name(shop, day, row["back"], row["kind"], "", measure), expected=str(row[f"whole_{measure}"]),
            found=str(row[measure]), detail="What the whole day comes to, and what this side of it adds up to.",
        )
        for row in rows for measure in ("count", "quantity", "net", "tax", "total") if _differs(row, measure)
    ]  # fmt: skip


def _differs(row: Any, measure: str) -> bool:
    """Lines are more than their orders."""
    if row["kind"] in ("product", "category") and measure == "count":
        return False
    return bool(row[measure] != row[f"whole_{measure}"])


async def prove_spans(work: Work, shop: Shop, day: date, *, first: bool) -> list[ReportFinding]:
    """Each span that begins with this day is the sum of its parts; all that the day is in, where it is the `first` that is looked at."""
    month, quarter, year = month_of(day), quarter_of(day), year_of(day)
    stretches = [span for span in children(month) if span.first <= day <= span.last]
    return [
        finding for span in (*stretches, month, quarter, year) if first or span.first == day
        for finding in (*await _prove_span(work, shop, span), *await _prove_costs(work, shop, span))
    ]  # fmt: skip


async def _prove_span(work: Work, shop: Shop, span: Span) -> list[ReportFinding]:
    rows = await work.read(SQL["spans_that_differ"], await _generation(work), shop.id, span.name, *_parts_of(span))
    where = f"{shop.name} ({shop.id}), {span.name}"
    return [_of_span(row, f"{where}, {'back' if row['back'] else 'sold'}, {row['kind']} {row['key']}", MEASURES) for row in rows]


async def _prove_costs(work: Work, shop: Shop, span: Span) -> list[ReportFinding]:
    rows = await work.read(SQL["cost_spans_that_differ"], shop.id, span.name, *_parts_of(span))
    return [_of_span(row, f"{shop.name} ({shop.id}), {span.name}, costs of {row['key']}", _COSTS) for row in rows]


def _parts_of(span: Span) -> tuple[list[str], list[date]]:
    """Names of spans, and single days."""
    pieces = children(span)
    return [one.name for one in pieces if one.name], [one.first for one in pieces if not one.name]


def _of_span(row: Any, name: str, measures: Sequence[str]) -> ReportFinding:
    return ReportFinding(
        what="reports", name=name, expected=", ".join(str(row[f"parts_{one}"]) for one in measures),
        found=", ".join(str(row[f"whole_{one}"]) for one in measures),
        detail=f"What its parts add up to, and what the whole of it says: {', '.join(measures)}.",
    )  # fmt: skip
