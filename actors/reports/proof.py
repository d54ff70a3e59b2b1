"""Proves the figures of one store's day, or of its month: counted again from the orders, and from each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from actors.orders.contract import LIST_ORDERS, ListOrders, Order
from actors.reports.contract import ReportFinding
from actors.reports.reading import MEASURES
from actors.reports.recount import Line, Sums, recount
from actors.reports.store import SQL
from actors.reports.views import Shop
from actors.runtime.words import Refusal
from actors.runtime.work import Work

TRIES = 3
ZONES = timedelta(hours=26)
"""How far a store's calendar may have been moved against its clock of now."""
PAGE = 500
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
    if orders is None or await work.catch_up("orders") != 0:
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
    [row] = await work.read(SQL["current_generation"])
    generation: int = row["generation"]
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
    """Lines are more than their orders, and what an offline register had charged otherwise belongs to none of them."""
    if row["kind"] in ("product", "category") and measure in ("count", "total"):
        return False
    return bool(row[measure] != row[f"whole_{measure}"])


async def prove_month(work: Work, shop: Shop, month: date) -> list[ReportFinding]:
    """A month is the sum of its days."""
    end = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    rows = await work.read(SQL["months_that_differ"], await _generation(work), shop.id, month, end)
    return [
        ReportFinding(
            what="reports", name=f"{shop.name} ({shop.id}), month {month:%Y-%m}, {'back' if row['back'] else 'sold'}, {row['kind']} {row['key']}",
            expected=", ".join(str(row[f"days_{name}"]) for name in MEASURES), found=", ".join(str(row[f"month_{name}"]) for name in MEASURES),
            detail=f"What its days add up to, and what the month says: {', '.join(MEASURES)}.",
        )
        for row in rows
    ]  # fmt: skip
