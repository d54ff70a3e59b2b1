"""Sums of a period, from whichever side they are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import Struct

from actors.reports.figures import Measures
from actors.reports.periods import Period
from actors.reports.spans import Parts, parts
from actors.reports.store import SQL, Books, by_closed, to_books
from actors.runtime.work import Work

MEASURES = ("count", "quantity", "gross", "discount", "service", "net", "tax", "total")


class Row(NamedTuple):
    """What a sum is of."""

    key: str
    currency: str


class Both(Struct):
    """What was sold, and what came back: eight measures each."""

    sold: Measures
    back: Measures

    @property
    def empty(self) -> bool:
        """Whole months less their other days come to nothing where there was nothing."""
        return not any(self.sold) and not any(self.back)


def total_of(all_: Sequence[Both]) -> Both:
    """Of at least one."""
    sold, back = ([sum(column) for column in zip(*ways, strict=True)] for ways in zip(*((one.sold, one.back) for one in all_), strict=True))
    return Both(sold, back)


def nothing() -> Both:
    return Both([0] * len(MEASURES), [0] * len(MEASURES))


Sums = dict[Row, Both]


class At(NamedTuple):
    """What one row is of: what is not asked for is "" or None."""

    time: str
    store_id: UUID | None
    key: str
    currency: str


async def sums_of(work: Work, by: str, kind: str, period: Period) -> Sums:
    """`by`: "key", "store", "day" or "month"; `kind`: of which figures."""
    found = await _read(work, kind, period, Sides(by if by in TIMES else "", by == "store", by == "key"))
    return {Row(at.time or at.key or str(at.store_id or ""), at.currency): both for at, both in found.items()}


async def taxes_of(work: Work, period: Period) -> dict[tuple[str, UUID, str, str], Both]:
    """By month, store, key of the tax, and currency."""
    found = await _read(work, "tax", period, Sides("month", True, True))
    return {(at.time, at.store_id, at.key, at.currency): both for at, both in found.items() if at.store_id is not None}


TIMES = ("day", "month")


class Sides(NamedTuple):
    """For what each row is. `time`: "day", "month" or ""."""

    time: str
    stores: bool
    keys: bool = False

    def statement(self, name: str) -> str:
        times = {"day": "to_char(day, 'YYYY-MM-DD')", "month": "to_char(day, 'YYYY-MM')", "": "''::text"}
        return SQL[name].format(
            month_of_span="left(span, 7)" if self.time == "month" else "''::text", time_of_day=times[self.time],
            store="store_id" if self.stores else "NULL::uuid", key="key" if self.keys else "''::text",
        )  # fmt: skip


async def _read(work: Work, kind: str, period: Period, sides: Sides) -> dict[At, Both]:
    """Once more, where days were added up in between."""
    books = await books_now(work, period)
    while True:
        found = await _read_books(work, books, kind, period, sides)
        before, books = books, await books_now(work, period)
        if before == books:
            return {at: both for at, both in found.items() if not both.empty}


async def _read_books(work: Work, books: Books, kind: str, period: Period, sides: Sides) -> dict[At, Both]:
    statement = sides.statement("sums")
    found: dict[At, Both] = {}
    for closed, store_ids in by_closed(period.store_ids, books.closed).items():
        for row in await work.read(statement, books.generation, kind, store_ids, *parts_of(period, closed, sides.time)):
            _put(found, row)
    return found


def parts_of(period: Period, closed: date | None, time: str) -> Parts:
    return parts(period.first, period.last, None if time == "day" else closed, months=time == "month")


async def books_now(work: Work, period: Period) -> Books:
    return to_books(await work.read(SQL["current_books"], period.store_ids))


def _put(found: dict[At, Both], row: Any) -> None:
    back, time, store_id, key, currency, *measures = row.values()
    at = At(time, store_id, key, currency)
    both = found.get(at)
    if both is None:
        both = found[at] = nothing()
    way = both.back if back else both.sold
    for nr, more in enumerate(measures):
        way[nr] += more


async def names_of(work: Work, kind: str, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Name and code, as the last sale said."""
    rows = await work.read(SQL["names"], kind, sorted(set(keys)))
    return {row["key"]: (row["name"], row["code"]) for row in rows}
