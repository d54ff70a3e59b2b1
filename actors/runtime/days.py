"""A store's days. Each begins at the store's own hour, by the clock on its wall. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MIDNIGHT = time()
_DAY = timedelta(days=1)


@lru_cache(maxsize=4096)
def business_date(at: datetime, zone: ZoneInfo, starts_at: time = MIDNIGHT) -> date:
    """The day that a moment belongs to. With `starts_at` 04:00, a sale at 3 in the morning belongs to the evening before."""
    day = at.astimezone(zone).date()
    if starts_at != MIDNIGHT and at < day_begins(day, zone, starts_at):
        return day - _DAY
    return day


def day_begins(day: date, zone: ZoneInfo, starts_at: time = MIDNIGHT) -> datetime:
    """The first moment of a business date, with the zone's offset. Where clocks strike that hour twice, it is the first time."""
    return datetime.combine(day, starts_at, zone)


def read_clock(clock: str) -> time:
    """ "17:30"; the contract has checked the form."""
    return time.fromisoformat(clock)
