"""From which rows a period is summed up: years, quarters, months, stretches of five days, and days. Pure.

Days up to one day, `closed`, have been added up into the spans that they are in; later ones stand for themselves. A span of which most is
wanted is taken whole, and the rest taken off again: so any period is some ten spans and days, however long it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

ONE = timedelta(days=1)
STRETCH = 5


class Span(NamedTuple):
    """`name`: as the database calls it; "" for a single day."""

    name: str
    first: date
    last: date


class Parts(NamedTuple):
    """What is added, and what is taken off again."""

    spans: list[str]
    days: list[date]
    less_spans: list[str]
    less_days: list[date]


_Signed = list[tuple[int, Span]]


def parts(first: date, last: date, closed: date | None, *, months: bool = False) -> Parts:
    """How to sum up `first` to `last`, both included. `months`: each month for itself, so no span is longer than that."""
    found: _Signed = []
    if closed is not None:
        for span in (_months if months else _years)(first, min(last, closed)):
            found += _cover(span, first, last, closed, wanted=True)
        first = max(first, closed + ONE)
    found += [(1, Span("", day, day)) for day in _days(first, last)]
    return Parts(_spans(found, 1), _single_days(found, 1), _spans(found, -1), _single_days(found, -1))


def _spans(found: _Signed, sign: int) -> list[str]:
    return [one.name for at, one in found if at == sign and one.name]


def _single_days(found: _Signed, sign: int) -> list[date]:
    return [one.first for at, one in found if at == sign and not one.name]


def _cover(span: Span, first: date, last: date, closed: date, *, wanted: bool) -> _Signed:
    """The shortest sum for what lies within `first` and `last` (`wanted`), or without, of what has been added to this span."""
    begin, end = span.first, min(span.last, closed)
    if begin > end:
        return []
    within = (end >= first and begin <= last, first <= begin and end <= last)
    some, all_ = within if wanted else (not within[1], not within[0])
    if not some:
        return []
    if all_:
        return [(1, span)]
    pieces = children(span)
    added = [part for piece in pieces for part in _cover(piece, first, last, closed, wanted=wanted)]
    taken_off = [(-sign, part) for piece in pieces for sign, part in _cover(piece, first, last, closed, wanted=not wanted)]
    return added if len(added) <= 1 + len(taken_off) else [(1, span), *taken_off]


def spans_of(day: date) -> tuple[str, str, str, str]:
    """All that it is added to; as `reports.spans_of` in the database."""
    month = f"{day.year:04}-{day.month:02}"
    return f"{month}/{_stretch(day)}", month, f"{day.year:04}-Q{_quarter(day)}", f"{day.year:04}"


@lru_cache(maxsize=4096)
def children(span: Span) -> Sequence[Span]:
    """What a span is added up from."""
    name = span.name
    if "/" in name:
        return [Span("", day, day) for day in _days(span.first, span.last)]
    if "Q" in name:
        return list(_months(span.first, span.last))
    return list(_stretches(span) if "-" in name else _quarters(span))


def year_of(day: date) -> Span:
    return Span(f"{day.year:04}", date(day.year, 1, 1), date(day.year, 12, 31))


def quarter_of(day: date) -> Span:
    begin = date(day.year, 3 * _quarter(day) - 2, 1)
    return Span(spans_of(day)[2], begin, _end_of_month(begin + timedelta(days=63)))


def month_of(day: date) -> Span:
    return Span(spans_of(day)[1], day.replace(day=1), _end_of_month(day))


def _years(first: date, last: date) -> Iterator[Span]:
    return (year_of(date(year, 1, 1)) for year in range(first.year, last.year + 1))


def _quarters(year: Span) -> Iterator[Span]:
    return (quarter_of(date(year.first.year, month, 1)) for month in (1, 4, 7, 10))


def _months(first: date, last: date) -> Iterator[Span]:
    """Each month that has one of these days."""
    begin = first.replace(day=1)
    while begin <= last:
        month = month_of(begin)
        yield month
        begin = month.last + ONE


def _stretches(month: Span) -> Iterator[Span]:
    """The last one has one day more, or up to two less."""
    for number in range(1, 7):
        begin = month.first + timedelta(days=STRETCH * (number - 1))
        yield Span(f"{month.name}/{number}", begin, begin + timedelta(days=STRETCH - 1) if number < 6 else month.last)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=at) for at in range((last - first).days + 1)]


def _quarter(day: date) -> int:
    return (day.month + 2) // 3


def _stretch(day: date) -> int:
    return min((day.day - 1) // STRETCH + 1, 6)


def _end_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - ONE
