"""Sums of a period, from whichever side they are wanted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import Struct

from actors.reports.figures import Measures
from actors.reports.periods import Period
from actors.reports.spans import Spans, spans
from actors.reports.store import SQL
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

    def add(self, other: Both) -> None:
        self.sold = [a + b for a, b in zip(self.sold, other.sold, strict=True)]
        self.back = [a + b for a, b in zip(self.back, other.back, strict=True)]

    @property
    def empty(self) -> bool:
        """Whole months less their other days come to nothing where there was nothing."""
        return not any(self.sold) and not any(self.back)


def nothing() -> Both:
    return Both([0] * len(MEASURES), [0] * len(MEASURES))


Sums = dict[Row, Both]


async def sums_of(work: Work, by: str, kind: str, period: Period) -> Sums:
    """`by`: "key", "store", "day" or "month"; `kind`: of which figures."""
    generation = await _generation(work)
    if by == "day":
        rows = await work.read(SQL["sum_by_day"], generation, kind, period.store_ids, period.first, period.last)
    else:
        rows = await work.read(SQL[f"sum_by_{by}"], generation, kind, *_args(spans(period.first, period.last)), period.store_ids)
    return _sums((row["key"], row) for row in rows)


async def taxes_of(work: Work, period: Period) -> dict[tuple[str, UUID, str, str], Both]:
    """By month, store, key of the tax, and currency."""
    args = _args(spans(period.first, period.last))
    rows = await work.read(SQL["sum_by_month_and_store"], await _generation(work), "tax", *args, period.store_ids)
    found: dict[tuple[str, UUID, str, str], Both] = {}
    for row in rows:
        _put(found.setdefault((row["month"], row["store_id"], row["key"], row["currency"]), nothing()), row)
    return {place: both for place, both in found.items() if not both.empty}


async def _generation(work: Work) -> int:
    [row] = await work.read(SQL["current_generation"])
    generation: int = row["generation"]
    return generation


def _args(how: Spans) -> tuple[Any, ...]:
    return how.months, how.each(1), how.each(-1)


def _sums(rows: Iterable[tuple[str, Any]]) -> Sums:
    found: Sums = {}
    for key, row in rows:
        _put(found.setdefault(Row(key, row["currency"]), nothing()), row)
    return {place: both for place, both in found.items() if not both.empty}


def _put(both: Both, row: Any) -> None:
    measures = [row[name] for name in MEASURES]
    if row["back"]:
        both.back = measures
    else:
        both.sold = measures


async def names_of(work: Work, kind: str, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Name and code, as the last sale said."""
    rows = await work.read(SQL["names"], kind, sorted(set(keys)))
    return {row["key"]: (row["name"], row["code"]) for row in rows}
