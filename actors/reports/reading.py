"""Sums of a period, from whichever side they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import NamedTuple, TypeVar
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
    """What was sold, and what came back: the measures that were asked for, each."""

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
Place = TypeVar("Place")
PlaceOf = Callable[..., Place]
"""Of what is asked for, in this order: a time, a store, a key; and of a currency."""


async def sums_of(
    work: Work, by: str, kind: str, period: Period, *, measures: Sequence[str] = MEASURES, only_back: bool = False
) -> Sums:  # fmt: skip
    """`by`: "key", "store", "day" or "month"; `kind`: of which figures. The fewer `measures`, the less there is to add up."""
    sides = Sides(by if by in TIMES else "", by == "store", by == "key", tuple(measures), only_back)
    return await _read(work, kind, period, sides, _row_of_store if by == "store" else Row)


def _row_of_store(store_id: UUID, currency: str) -> Row:
    return Row(str(store_id), currency)


async def taxes_of(work: Work, period: Period) -> dict[tuple[str, UUID, str, str], Both]:
    """By month, store, key of the tax, and currency."""
    return await _read(work, "tax", period, Sides("month", True, True), lambda *place: place)


TIMES = ("day", "month")
_OF_DAY = {"day": "to_char(day, 'YYYY-MM-DD') AS at", "month": "to_char(day, 'YYYY-MM') AS at"}


class Sides(NamedTuple):
    """For what each row is. `time`: "day", "month" or "". `only_back`: of what came back alone."""

    time: str
    stores: bool
    keys: bool = False
    measures: tuple[str, ...] = MEASURES
    only_back: bool = False

    def statement(self, name: str) -> str:
        others = [column for column, wanted in (("store_id", self.stores), ("key", self.keys)) if wanted]
        time = [self.time] if self.time else []
        return SQL[name].format(
            places=_listed(["at" for _ in time] + others), of_span=_listed(["left(span, 7) AS at" for _ in time] + others),
            of_day=_listed([_OF_DAY[one] for one in time] + others), added=", ".join(f"reports.added({one})" for one in self.measures),
            more=", ".join(self.measures), less=", ".join(f"-{one} AS {one}" for one in self.measures), ways="back" if self.only_back else "true",
        )  # fmt: skip


def _listed(columns: Sequence[str]) -> str:
    """Before another one."""
    return "".join(f"{column}, " for column in columns)


async def _read(work: Work, kind: str, period: Period, sides: Sides, place_of: PlaceOf[Place]) -> dict[Place, Both]:
    """Once more, where days were added up in between."""
    books = await books_now(work, period)
    while True:
        found = await _read_books(work, books, kind, period, sides, place_of)
        before, books = books, await books_now(work, period)
        if before == books:
            return {place: both for place, both in found.items() if not both.empty}


async def _read_books(work: Work, books: Books, kind: str, period: Period, sides: Sides, place_of: PlaceOf[Place]) -> dict[Place, Both]:
    statement = sides.statement("sums")
    first = -len(sides.measures)
    found: dict[Place, Both] = {}
    for closed, store_ids in by_closed(period.store_ids, books.closed).items():
        for row in await work.read(statement, books.generation, kind, store_ids, *parts_of(period, closed, sides.time)):
            back, *place = row[:first]
            _put(found, place_of(*place), back, list(row[first:]))
    return found


def parts_of(period: Period, closed: date | None, time: str) -> Parts:
    return parts(period.first, period.last, None if time == "day" else closed, months=time == "month")


async def books_now(work: Work, period: Period) -> Books:
    return to_books(await work.read(SQL["current_books"], period.store_ids))


def _put(found: dict[Place, Both], place: Place, back: bool, measures: Measures) -> None:
    both = found.get(place)
    if both is None:
        none = [0] * len(measures)
        found[place] = Both(none, measures) if back else Both(measures, none)
    elif back:
        both.back = _added(both.back, measures)
    else:
        both.sold = _added(both.sold, measures)


def _added(known: Measures, more: Measures) -> Measures:
    return [a + b for a, b in zip(known, more, strict=True)]


async def names_of(work: Work, kind: str, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Name and code, as the last sale said."""
    rows = await work.read(SQL["names"], kind, sorted(set(keys)))
    return {row["key"]: (row["name"], row["code"]) for row in rows}
