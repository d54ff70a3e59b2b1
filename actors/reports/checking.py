"""The check, in pages: the figures of each day against the orders themselves, then everybody's own books.

It works for as long as a request may take, and hands out where to go on. Selling goes on meanwhile: a day that changes while it is
looked at is looked at again, and left to the next check if it goes on changing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from actors.reports import everybody, proof
from actors.reports.contract import INVALID, AskCheck, ReportFinding, ReportsCheck
from actors.reports.periods import Period, period_of, today_of
from actors.reports.store import SQL
from actors.reports.views import Shop
from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor, wrong_cursor
from actors.runtime.words import Refusal
from actors.runtime.work import Work

BUDGET_SECONDS = 2.0
"""Once it has passed, no further step begins."""
FINDINGS_MAX = 300
DAYS = "days"


class Place(NamedTuple):
    """Where it goes on. `what`: "days", with a store and its day; or whose books, with the cursor of their own check."""

    what: str
    store_id: str
    day: str
    cursor: str


class Seen:
    """What a page has found."""

    def __init__(self) -> None:
        self.findings: list[ReportFinding] = []
        self.days = self.orders = self.behind = 0
        self.checked: dict[str, None] = {}
        self.skipped: dict[str, None] = {}

    def told(self, place: Place | None) -> ReportsCheck:
        return ReportsCheck(
            findings=self.findings, days=self.days, orders=self.orders, behind=self.behind, checked=list(self.checked),
            skipped=list(self.skipped), next_cursor=None if place is None else write_cursor(*place),
        )  # fmt: skip


async def check_reports(asked: Sequence[Asked[AskCheck]], work: Work) -> list[ReportsCheck | Refusal]:
    return [await _check(one.body, work) for one in asked]


async def _check(wish: AskCheck, work: Work) -> ReportsCheck | Refusal:
    period = await period_of(work, wish.date_from or await _first_day(work), wish.date_to, wish.store_id)
    if isinstance(period, Refusal):
        return period
    try:
        place = Place(*read_cursor(wish.cursor, tuple[str, str, str, str])) if wish.cursor else _begin(period)
        if place.what not in (DAYS, *everybody.ORDER):
            raise ValueError("nobody has such books")
        return await _walk(place, period, wish, work)
    except ValueError:
        return wrong_cursor(INVALID)


async def _first_day(work: Work) -> date | None:
    """The first that has figures; a week more, in case that it is its orders that were forgotten."""
    [row] = await work.read(SQL["first_day"])
    return None if row["day"] is None else row["day"] - timedelta(days=7)


def _begin(period: Period) -> Place:
    shops = _sorted(period)
    return Place(DAYS, str(shops[0].id), str(period.first), "") if shops else Place(everybody.ORDER[0], "", "", "")


async def _walk(place: Place | None, period: Period, wish: AskCheck, work: Work) -> ReportsCheck:
    time = asyncio.get_running_loop().time
    began, seen = time(), Seen()
    while place is not None and (not seen.checked or (time() - began < BUDGET_SECONDS and len(seen.findings) < FINDINGS_MAX)):
        if place.what == DAYS:
            place = await _day(place, period, seen, work)
        elif wish.only_reports:
            place = None
        else:
            place = await _books(place, seen, work)
    return seen.told(None if place is not None and place.what != DAYS and wish.only_reports else place)


async def _day(place: Place, period: Period, seen: Seen, work: Work) -> Place:
    shops = _sorted(period)
    at = [shop.id for shop in shops].index(UUID(place.store_id))
    shop, day = shops[at], date.fromisoformat(place.day)
    seen.checked["reports"] = None
    if day <= today_of([shop], work.now):
        found = await proof.prove_day(work, shop, day)
        seen.findings += found.findings
        seen.days, seen.orders, seen.behind = seen.days + 1, seen.orders + found.orders, seen.behind + found.behind
        seen.findings += await proof.prove_spans(work, shop, day, first=day == period.first)
    if day < period.last:
        return place._replace(day=str(day + timedelta(days=1)))
    if at + 1 < len(shops):
        return Place(DAYS, str(shops[at + 1].id), str(period.first), "")
    return Place(everybody.ORDER[0], "", "", "")


async def _books(place: Place, seen: Seen, work: Work) -> Place | None:
    """A page of somebody's own check; None after the last one."""
    page = await everybody.CHECKS[place.what](place.cursor or None, work)
    if page is None:
        seen.skipped[place.what] = None
        seen.checked.setdefault("", None)
    else:
        seen.checked[place.what] = None
        seen.findings += page.findings
        seen.behind += page.behind
        if page.next_cursor is not None:
            return place._replace(cursor=page.next_cursor)
    following = everybody.ORDER.index(place.what) + 1
    return Place(everybody.ORDER[following], "", "", "") if following < len(everybody.ORDER) else None


def _sorted(period: Period) -> list[Shop]:
    return sorted(period.shops, key=lambda shop: shop.id)
