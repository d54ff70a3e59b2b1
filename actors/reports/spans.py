"""From which rows a period is summed up: whole months where it can be, days at its ends. Pure.

A month of which more than half is wanted is taken whole, and the days that are not wanted are taken off again: so no period needs more
than half a month of days at either end.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

ONE = timedelta(days=1)


class Days(NamedTuple):
    """All days from the first to the last, times `sign`."""

    first: date
    last: date
    sign: int = 1


class Spans(NamedTuple):
    """`months`: the firsts of months that are taken whole."""

    months: list[date]
    days: list[Days]

    def each(self, sign: int) -> list[date]:
        """The days that are added (1), or taken off (-1)."""
        return [one.first + timedelta(days=at) for one in self.days if one.sign == sign for at in range(_length(one))]


def spans(first: date, last: date) -> Spans:
    """How to sum up `first` to `last`, both included."""
    found = Spans([], [])
    for begin, end in months_between(first, last):
        wanted = Days(max(begin, first), min(end, last))
        left_out = [days for days in (Days(begin, wanted.first - ONE, -1), Days(wanted.last + ONE, end, -1)) if days.first <= days.last]
        if sum(map(_length, left_out)) < _length(wanted):
            found.months.append(begin)
            found.days.extend(left_out)
        else:
            found.days.append(wanted)
    return found


def months_between(first: date, last: date) -> Iterator[tuple[date, date]]:
    """First and last day of each month that has one of these days."""
    begin = first.replace(day=1)
    while begin <= last:
        following = (begin + timedelta(days=31)).replace(day=1)
        yield begin, following - ONE
        begin = following


def _length(days: Days) -> int:
    return (days.last - days.first).days + 1
