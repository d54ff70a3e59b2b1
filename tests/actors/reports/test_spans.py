"""Whole spans and days come to exactly the days that are wanted, and to few rows."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import hypothesis.strategies as st
from hypothesis import given

from actors.reports.spans import Parts, Span, children, month_of, parts, quarter_of, spans_of, year_of
from tests.support import House

DAYS = st.dates(date(2023, 11, 1), date(2026, 3, 1))


def days_of(span: Span) -> list[date]:
    return [span.first + timedelta(days=at) for at in range((span.last - span.first).days + 1)]


def _spans() -> dict[str, list[date]]:
    """The days of each that has any in four years."""
    spans: dict[str, list[date]] = {}
    for day in days_of(Span("", date(2023, 1, 1), date(2026, 12, 31))):
        for name in spans_of(day):
            spans.setdefault(name, []).append(day)
    return spans


SPANS = _spans()


def counted(how: Parts, closed: date | None) -> dict[date, int]:
    """How often each day counts. A span has what is closed of it."""
    found: Counter[date] = Counter()
    for sign, spans, days in ((1, how.spans, how.days), (-1, how.less_spans, how.less_days)):
        for name in spans:
            assert closed is not None
            for day in SPANS[name]:
                found[day] += sign * (day <= closed)
        for day in days:
            found[day] += sign
    return {day: times for day, times in found.items() if times}


@given(DAYS, DAYS, st.none() | DAYS, st.booleans())
def test_every_day_counts_once_and_no_other(one: date, other: date, closed: date | None, months: bool) -> None:
    first, last = sorted((one, other))
    how = parts(first, last, closed, months=months)
    assert counted(how, closed) == dict.fromkeys(days_of(Span("", first, last)), 1)
    if months:
        assert all(len(name) >= len("2026-11") and "Q" not in name for name in (*how.spans, *how.less_spans))


@given(DAYS, st.integers(0, 800))
def test_a_long_period_is_few_rows(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    how = parts(first, last, date(2030, 1, 1))
    assert sum(len(part) for part in how) <= 17
    assert len(how.days) + len(how.less_days) <= 6


def test_a_year_is_one_row_and_what_is_not_over_is_added_day_by_day() -> None:
    year = date(2026, 1, 1), date(2026, 12, 31)
    assert parts(*year, date(2027, 6, 1)) == (["2026"], [], [], [])
    assert parts(*year, date(2026, 12, 29)) == (["2026"], [date(2026, 12, 30), date(2026, 12, 31)], [], [])
    assert parts(date(2026, 12, 28), date(2026, 12, 28), None) == ([], [date(2026, 12, 28)], [], [])


@given(DAYS)
def test_a_span_is_the_sum_of_its_children(day: date) -> None:
    for span in (year_of(day), quarter_of(day), month_of(day), *children(month_of(day))):
        assert [each for child in children(span) for each in days_of(child)] == days_of(span) == SPANS[span.name]


async def test_the_database_has_the_same_names_for_spans(house: House) -> None:
    rows = await house.fetch("SELECT day::date AS day, reports.spans_of(day::date) AS spans FROM generate_series($1::date, $2::date, '1 day') AS day",
        date(2023, 12, 1), date(2025, 1, 31))  # fmt: skip
    assert all(tuple(row["spans"]) == spans_of(row["day"]) for row in rows)
    assert len(rows) == 428
