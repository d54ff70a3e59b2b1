"""A store's days: gap-free, in order, and begun by the clock on its wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.runtime.days import business_date, day_begins, read_clock

MOMENTS = st.integers(946_684_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
ZONES = st.sampled_from([ZoneInfo(name) for name in ("Asia/Jakarta", "Pacific/Kiritimati", "America/New_York", "Europe/Berlin", "America/Havana")])
CLOCKS = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@given(MOMENTS, ZONES)
def test_the_day_is_that_of_the_stores_own_calendar(at: datetime, zone: ZoneInfo) -> None:
    assert business_date(at, zone) == at.astimezone(zone).date()


@given(MOMENTS, ZONES, CLOCKS)
def test_a_moment_is_within_its_day(at: datetime, zone: ZoneInfo, starts_at: time) -> None:
    day = business_date(at, zone, starts_at)

    assert day_begins(day, zone, starts_at).astimezone(UTC) <= at < day_begins(day + timedelta(days=1), zone, starts_at).astimezone(UTC)


@given(MOMENTS, ZONES, CLOCKS, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_later_is_never_an_earlier_day(at: datetime, zone: ZoneInfo, starts_at: time, later: timedelta) -> None:
    assert business_date(at, zone, starts_at) <= business_date(at + later, zone, starts_at)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-04-01T16:59:00+00:00", date(2026, 4, 1)),
        ("2026-04-01T20:59:59+00:00", date(2026, 4, 1)),
        ("2026-04-01T21:00:00+00:00", date(2026, 4, 2)),
    ],
)
def test_before_the_hour_it_is_still_the_day_before(at: str, day: date) -> None:
    assert business_date(datetime.fromisoformat(at), ZoneInfo("Asia/Jakarta"), read_clock("04:00")) == day
