"""What webhooks decides: who wants which event, what a signature is, and what an answer means. Pure.

Signatures follow Standard Webhooks (https://www.standardwebhooks.com): `{id}.{timestamp}.{body}`, HMAC-SHA256, `v1`.
"""

from __future__ import annotations

import binascii
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, cast

from tenacity import RetryCallState, stop_after_attempt, stop_after_delay, wait_exponential

from actors.catalog.contract import (
    PRICE_LIST_CREATED,
    PRICE_LIST_UPDATED,
    PRODUCT_CREATED,
    PRODUCT_DELETED,
    PRODUCT_UPDATED,
    PROMOTION_CREATED,
    PROMOTION_UPDATED,
)
from actors.inventory.contract import (
    COUNT_CLOSED,
    STOCK_ADJUSTED,
    STOCK_BACK,
    STOCK_LOW,
    STOCK_OUT,
    STOCK_RECEIVED,
    TRANSFER_CANCELLED,
    TRANSFER_RECEIVED,
    TRANSFER_SENT,
)
from actors.orders.contract import ORDER_EVENTS
from actors.payments.contract import ACCOUNT_OPENED, ACCOUNT_UPDATED, PAYMENT_APPROVED, PAYMENT_FAILED, PAYMENT_REFUNDED
from actors.runtime.words import Event
from actors.stores.contract import REGISTER_CREATED, REGISTER_UPDATED, STORE_CREATED, STORE_UPDATED

LISTENABLE: tuple[Event[Any], ...] = (
    *ORDER_EVENTS,
    PRODUCT_CREATED,
    PRODUCT_UPDATED,
    PRODUCT_DELETED,
    PRICE_LIST_CREATED,
    PRICE_LIST_UPDATED,
    PROMOTION_CREATED,
    PROMOTION_UPDATED,
    STOCK_LOW,
    STOCK_OUT,
    STOCK_BACK,
    STOCK_RECEIVED,
    STOCK_ADJUSTED,
    COUNT_CLOSED,
    TRANSFER_SENT,
    TRANSFER_RECEIVED,
    TRANSFER_CANCELLED,
    PAYMENT_APPROVED,
    PAYMENT_FAILED,
    PAYMENT_REFUNDED,
    ACCOUNT_OPENED,
    ACCOUNT_UPDATED,
    STORE_CREATED,
    STORE_UPDATED,
    REGISTER_CREATED,
    REGISTER_UPDATED,
)
"""What an endpoint may ask for."""

EVENT_TYPES = tuple(event.name for event in LISTENABLE)

# --- who wants what ---------------------------------------------------------------------------------------


def patterns_for(event_type: str) -> list[str]:
    """Every pattern that an event of this type answers to: itself, `order.*`, and `*`."""
    return [event_type, event_type.partition(".")[0] + ".*", "*"]


def wants(patterns: Sequence[str], event_type: str) -> bool:
    return any(pattern in patterns for pattern in patterns_for(event_type))


def unknown_event_types(patterns: Sequence[str]) -> list[int]:
    """Indexes of the patterns that no event can ever match: a misspelt one would stay silent for ever."""
    known = {pattern for event_type in EVENT_TYPES for pattern in patterns_for(event_type)}
    return [index for index, pattern in enumerate(patterns) if pattern not in known]


# --- signatures ---------------------------------------------------------------------------------------------

SECRET_PREFIX = "whsec_"  # noqa: S105
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64


def new_secret(random: bytes) -> str:
    """A secret out of 24 to 64 random bytes."""
    return SECRET_PREFIX + binascii.b2a_base64(random, newline=False).decode()


def secret_key(secret: str) -> bytes:
    """The signing key inside a `whsec_` secret, padded or not. ValueError when it is none of 24 to 64 bytes."""
    text = secret.removeprefix(SECRET_PREFIX).rstrip("=")
    key = binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise ValueError(f"a secret holds {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes, not {len(key)}")
    return key


def sign(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1,` and the signature in base64. `body` is signed exactly as it is sent."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + binascii.b2a_base64(hmac.digest(key, signed, "sha256"), newline=False).decode()


def verify(
    secrets: Sequence[str],
    message_id: str,
    timestamp: str,
    signature_header: str,
    body: bytes,
    now: float,
    tolerance_seconds: float = 300,
) -> bool:
    """Whether any of the signatures in the header was made with any of the secrets, at about `now` (Unix seconds).

    Takes the same time whichever signature matches. Signatures of other versions than `v1` are skipped.
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs(now - int(timestamp)) > tolerance_seconds:
        return False
    given = [part.encode() for part in signature_header.split(" ") if part.startswith("v1,")]
    expected = [sign(secret_key(secret), message_id, timestamp, body).encode() for secret in secrets]
    matches = [hmac.compare_digest(theirs, ours) for theirs in given for ours in expected]
    return True in matches


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
