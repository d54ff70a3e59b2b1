"""What a digest is made of: leaves, the hash over them, sums, and where windows end. Pure.

    leaf  SHA-256 of `{webhook-id}.{body}`, 32 bytes
    hash  SHA-256 of all leaves one after the other, by seq, in hex

So whoever keeps ids and bodies can make the same in a few lines, in any language.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from actors.runtime.days import MIDNIGHT, business_date, day_begins
from actors.webhooks.contract import Sum, TypeSum

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def leaf(event_id: UUID | str, body: bytes) -> bytes:
    """32 bytes that stand for one event: its id and exactly the body that is signed."""
    return hashlib.sha256(f"{event_id}.".encode() + body).digest()


def rolling(leaves: Iterable[bytes]) -> str:
    """The hash of a stretch, in hex. `leaves` by seq; several of them joined are as good as one by one."""
    whole = hashlib.sha256()
    for some in leaves:
        whole.update(some)
    return whole.hexdigest()


@dataclass(frozen=True, slots=True)
class Part:
    """How many events there are of one type and currency, and what they are worth. No currency: they are worth nothing."""

    type: str
    currency: str | None
    count: int
    amount: int


def type_sums(parts: Iterable[Part]) -> list[TypeSum]:
    """Counts and sums by type and currency, in alphabetical order; parts of the same kind are added up."""
    counts: dict[str, int] = {}
    amounts: dict[str, dict[str, int]] = {}
    for part in parts:
        counts[part.type] = counts.get(part.type, 0) + part.count
        worth = amounts.setdefault(part.type, {})
        if part.currency is not None:
            worth[part.currency] = worth.get(part.currency, 0) + part.amount
    return [
        TypeSum(type=kind, count=counts[kind], amounts=[Sum(currency=currency, amount=amounts[kind][currency]) for currency in sorted(amounts[kind])])
        for kind in sorted(counts)
    ]


# --- windows ------------------------------------------------------------------------------------------------


def hour_start(at: datetime) -> datetime:
    """The full hour (UTC) in which `at` is."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_end(at: datetime) -> datetime:
    """The next full hour (UTC), always after `at`."""
    return hour_start(at) + HOUR


def day_end(at: datetime, zone: ZoneInfo, starts_at: time = MIDNIGHT) -> datetime:
    """When the business date to which `at` belongs ends in that time zone, in UTC: 23 to 25 hours after it began. Always after `at`.

    An hour that the clocks leap over is the moment of the leap, or as much later; of one that comes twice the first counts.
    """
    tomorrow = business_date(at, zone, starts_at) + DAY
    end = day_begins(tomorrow, zone, starts_at).astimezone(UTC)
    return end if end > at else day_begins(tomorrow + DAY, zone, starts_at).astimezone(UTC)
