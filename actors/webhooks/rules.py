"""What webhooks decides of posts: what an answer means, and when to try again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, cast

from tenacity import RetryCallState, stop_after_attempt, stop_after_delay, wait_exponential

# --- what an answer means -------------------------------------------------------------------------------------

Verdict = Literal["delivered", "gone", "throttled", "soon", "later"]
"""delivered  2xx: the listener has it
gone       410: the listener wants nothing any more, the endpoint is disabled
throttled  the listener asks for time: the whole endpoint waits
soon       likely to pass within seconds: tried again in memory
later      anything else, redirects and timeouts included: tried again by the schedule
"""

CURED_WITHIN_SECONDS = frozenset({500, 502, 503, 504})
RETRY_AFTER_MAX_SECONDS = 86_400


def judge(status: int | None, retry_after_seconds: int | None, lasting: bool) -> Verdict:
    """`status` is None when no answer came; `lasting` when another try within seconds is pointless, as after a timeout."""
    if status is None:
        return "later" if lasting else "soon"
    if 200 <= status < 300:
        return "delivered"
    if status == 410:
        return "gone"
    if status == 429 or (status == 503 and retry_after_seconds is not None):
        return "throttled"
    return "soon" if status in CURED_WITHIN_SECONDS else "later"


def parse_retry_after(text: str | None, now: datetime) -> int | None:
    """Seconds to wait by a `Retry-After` header (RFC 9110, 10.2.3: seconds or a date), at most a day. None when unusable."""
    text = (text or "").strip()
    if not text or not text.isascii() or len(text) > 64:
        return None
    if text.isdigit():
        return min(int(text), RETRY_AFTER_MAX_SECONDS)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return min(max(0, round((at - now).total_seconds())), RETRY_AFTER_MAX_SECONDS)


# --- when to try again ------------------------------------------------------------------------------------------

_SOON_WAIT = wait_exponential(multiplier=0.25, max=4)
_SOON_STOP = stop_after_attempt(4) | stop_after_delay(10)


def wait_soon(tries: int, seconds: float, spread: float) -> float | None:
    """Seconds until the next try within this round, or None when the round is over.

    `tries` have been made in `seconds`; `spread` in [0, 1) is random, and moves the wait by a quarter either way.
    """
    state = RetryCallState(cast(Any, None), None, (), {})
    state.attempt_number = tries
    state.start_time, state.outcome_timestamp = 0.0, seconds
    return None if _SOON_STOP(state) else float(_SOON_WAIT(state)) * (0.75 + spread / 2)


def read_schedule(text: str) -> tuple[float, ...]:
    """Waits in seconds from `5,300,1800`. ValueError when one is no positive number."""
    waits = tuple(float(part) for part in text.split(",") if part.strip())
    if any(not 0 < wait <= 30 * 86_400 for wait in waits):
        raise ValueError("waits are between 0 and 30 days")
    return waits


def wait_later(schedule: Sequence[float], round_: int, retry_after_seconds: int | None, spread: float) -> float | None:
    """Seconds until the next round, or None when the schedule has been used up.

    Never less than the listener asked for, and never less than the schedule says: a listener that
    keeps asking for one second must not use up three days of retries in ten.
    """
    if round_ >= len(schedule):
        return None
    return max(schedule[round_], retry_after_seconds or 0) * (1 + spread / 10)
