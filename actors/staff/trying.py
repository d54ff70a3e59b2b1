"""The lock after wrong tries. Pure: the time comes in as an argument."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

FREE_TRIES = 5
MINUTES_MAX = 60


class Tries(NamedTuple):
    """`failed`: wrong ones in a row."""

    failed: int = 0
    locked_until: datetime | None = None


def is_locked(tries: Tries, now: datetime) -> bool:
    """To the moment: at `locked_until` itself it is open again."""
    return tries.locked_until is not None and now < tries.locked_until


def after_wrong(tries: Tries, now: datetime) -> Tries:
    """The fifth wrong one locks for a minute, each further one for twice as long as the one before, up to an hour: whoever only wants
    to keep somebody out shall not do so for a day with one try."""
    failed = tries.failed + 1
    if failed < FREE_TRIES:
        return Tries(failed)
    minutes = min(2 ** min(failed - FREE_TRIES, 20), MINUTES_MAX)
    return Tries(failed, now + timedelta(minutes=minutes))
