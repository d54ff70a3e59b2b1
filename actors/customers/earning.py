"""What a sale earns: always reckoned anew from what is left of it, by the rules under which it was made. Pure; minor units.

So after any refunds, in any parts, the points are exactly those that a sale of what is left would have earned.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from actors.runtime.words import Value

FACTOR_UNIT = 1000


class Terms(Value):
    """A program at one moment, for one customer's group. `factor`: thousandths."""

    earn_points: int
    earn_per: int
    minimum: int
    excluded_categories: list[str]
    count_points: bool
    factor: int
    expire_months: int | None


class Amount(Struct, gc=False):
    amount: int
    currency: str


class SoldLine(Struct, gc=False):
    total: Amount
    refunded: Amount
    category: str | None = None


class SoldTender(Struct, gc=False):
    type: str
    amount: Amount
    refunded: Amount


class Buyer(Struct, gc=False):
    id: UUID | None = None
    group: str | None = None


class Sold(Struct, gc=False):
    """What of an order concerns points; the rest is not even decoded."""

    id: UUID
    version: int
    status: str
    sold_at: datetime
    updated_at: datetime
    lines: list[SoldLine]
    tenders: list[SoldTender]
    customer: Buyer | None = None


def what_counts(sold: Sold, terms: Terms) -> int:
    """What has been paid for what counts, and has not been given back."""
    if sold.status != "completed":
        return 0
    left = sum(line.total.amount - line.refunded.amount for line in sold.lines if line.category not in terms.excluded_categories)
    return max(0, left if terms.count_points else left - _paid_with_points(sold.tenders))


def _paid_with_points(tenders: Sequence[SoldTender]) -> int:
    return sum(max(0, tender.amount.amount - tender.refunded.amount) for tender in tenders if tender.type == "points")


def points_for(terms: Terms, counts: int) -> int:
    """Whole steps only, and whole points only: the rest is dropped."""
    if counts < terms.minimum:
        return 0
    return counts // terms.earn_per * terms.earn_points * terms.factor // FACTOR_UNIT


def earned_by(sold: Sold, terms: Terms) -> int:
    return points_for(terms, what_counts(sold, terms))


def read_factor(factor: str) -> int:
    """Thousandths: "1.5" is 1500."""
    whole, _, decimals = factor.partition(".")
    return int(whole) * FACTOR_UNIT + int(decimals.ljust(3, "0"))


def months_after(at: datetime, months: int | None) -> datetime | None:
    """The same day of a later month, or its last one. None for never."""
    if months is None:
        return None
    years, month = divmod(at.month - 1 + months, 12)
    year, month = at.year + years, month + 1
    return at.replace(year=year, month=month, day=min(at.day, monthrange(year, month)[1]))


# --- paying with them -----------------------------------------------------------------------------------------


def points_needed(amount: int, point_value: int) -> int:
    """For `amount`: a part of a point is a whole one."""
    return -(-amount // point_value)


def points_back(points: int, amount: int, returned: int) -> int:
    """How many of `points` are back once `returned` of `amount` is: with all of it, all."""
    return points * returned // amount
