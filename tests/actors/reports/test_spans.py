"""Whole months and days come to exactly the days that are wanted, and to few rows."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import hypothesis.strategies as st
from hypothesis import given

from actors.reports.spans import Days, months_between, spans

DAYS = st.dates(date(2023, 11, 1), date(2026, 3, 1))


def each(days: Days) -> list[date]:
    return [days.first + timedelta(days=at) for at in range((days.last - days.first).days + 1)]


@given(DAYS, DAYS)
def test_every_day_counts_once_and_no_other(one: date, other: date) -> None:
    first, last = sorted((one, other))
    how = spans(first, last)
    counted: Counter[date] = Counter()
    for begin, end in (month for month in months_between(first, last) if month[0] in how.months):
        counted.update(each(Days(begin, end)))
    for days in how.days:
        for day in each(days):
            counted[day] += days.sign
    assert {day: times for day, times in counted.items() if times} == dict.fromkeys(each(Days(first, last)), 1)
    assert sum(len(each(days)) for days in how.days) <= 32


def test_a_year_is_twelve_months() -> None:
    assert spans(date(2026, 1, 1), date(2026, 12, 31)) == ([date(2026, month, 1) for month in range(1, 13)], [])
