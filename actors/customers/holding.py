"""A customer's two accounts in memory: points in lots, and credit. Pure, apart from remembering what is to be written.

Points are used in the order in which they expire. The balance is what is left in all lots; it goes below zero when points have been
spent and then taken back: nothing is left in any lot then, and the next points fill that up first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

from msgspec.structs import replace

from actors.customers.contract import CreditEntry, PointsEntry
from actors.customers.earning import Terms
from actors.runtime.words import SignedMoney, Value

PointsKind = Literal["earned", "taken_back", "redeemed", "given_back", "expired", "kept", "adjusted", "merged", "erased"]
CreditKind = Literal["charge", "payment", "refund", "merged"]
_NEVER = datetime.max.replace(tzinfo=UTC)


class Lot(Value):
    """Points that came together. `earned` = what is `left`, what `expired`, and what was spent."""

    id: UUID
    customer_id: UUID
    order_id: UUID | None
    version: int
    earned: int
    left: int
    expired: int
    expires_at: datetime | None
    terms: Terms | None
    at: datetime


class Till(Value):
    """Into whose drawer cash goes, and on which business date there."""

    register_id: UUID
    store_id: UUID
    business_date: date
    currency: str


class Cause(Value):
    """Why something is booked, and by whom."""

    by: str = ""
    note: str = ""
    reference: str = ""
    order_id: UUID | None = None
    intent_id: UUID | None = None
    till: Till | None = None


NOBODY = Cause()


@dataclass
class Holder:
    """`currency`: of the credit account; None when there is none. `at`: of what is booked now, never before what was booked last."""

    id: UUID
    at: datetime
    new_id: Callable[[], UUID]
    erased: bool = False
    points: int = 0
    points_number: int = 0
    currency: str | None = None
    limit: int = 0
    owed: int = 0
    credit_version: int = 0
    opened_at: datetime | None = None
    lots: dict[UUID, Lot] = field(default_factory=dict)
    changed_lots: set[UUID] = field(default_factory=set)
    new_lots: set[UUID] = field(default_factory=set)
    points_entries: list[tuple[int, PointsEntry]] = field(default_factory=list)
    credit_entries: list[tuple[int, CreditEntry]] = field(default_factory=list)
    changed: bool = False
    credit_changed: bool = False

    # --- points

    def earn(self, lot: Lot, points: int, cause: Cause = NOBODY, kind: PointsKind = "earned") -> None:
        """Adds to a lot, which may be new. What is below zero is filled first."""
        free = points if self.points >= 0 else max(0, self.points + points)
        if lot.id not in self.lots:
            self.new_lots.add(lot.id)
        self._put(replace(lot, earned=lot.earned + points, left=lot.left + free))
        self._book_points(kind, points, cause)

    def take_back(self, lot: Lot, points: int, cause: Cause = NOBODY) -> None:
        """What was earned in vain: from its own lot, then from what that lot has lost already, then from the others, then into debt."""
        own = min(points, lot.left)
        lost = min(points - own, lot.expired)
        self._put(replace(lot, earned=lot.earned - points, left=lot.left - own, expired=lot.expired - lost))
        self._take(points - own - lost)
        self._book_points("kept", lost, cause)
        self._book_points("taken_back", -points, cause)

    def needs_others(self, lot: Lot, points: int) -> bool:
        """Whether taking so much back concerns more than its own lot."""
        return points > lot.left + lot.expired

    def use(self, points: int, cause: Cause = NOBODY, kind: PointsKind = "redeemed") -> bool:
        """Takes so many, those first that expire first; False when there are not so many."""
        if points > self.points:
            return False
        self._take(points)
        self._book_points(kind, -points, cause)
        return True

    def give(self, points: int, expires_at: datetime | None, cause: Cause, kind: PointsKind) -> None:
        """In a lot of their own."""
        if points > 0:
            self.earn(self.new_lot(None, 0, expires_at, None), points, cause, kind)

    def expire(self) -> None:
        for lot in sorted(self.lots.values(), key=_by_expiry):
            if lot.left and lot.expires_at is not None and lot.expires_at <= self.at:
                self._put(replace(lot, left=0, expired=lot.expired + lot.left))
                self._book_points("expired", -lot.left, Cause(order_id=lot.order_id))

    def forfeit(self, cause: Cause) -> None:
        """All of it is gone; a debt, too."""
        self._take(max(0, self.points))
        self._book_points("erased", -self.points, cause)

    def new_lot(self, order_id: UUID | None, version: int, expires_at: datetime | None, terms: Terms | None) -> Lot:
        return Lot(
            id=self.new_id(), customer_id=self.id, order_id=order_id, version=version, earned=0, left=0, expired=0, expires_at=expires_at,
            terms=terms, at=self.at,
        )  # fmt: skip

    def saw(self, lot: Lot, version: int) -> Lot:
        """The lot's order is at that version now."""
        self._put(replace(lot, version=version))
        return self.lots[lot.id]

    def _take(self, points: int) -> None:
        for lot in sorted((lot for lot in self.lots.values() if lot.left), key=_by_expiry) if points else ():
            part = min(points, lot.left)
            points -= part
            self._put(replace(lot, left=lot.left - part))
            if not points:
                return

    def _put(self, lot: Lot) -> None:
        self.lots[lot.id] = lot
        self.changed_lots.add(lot.id)

    def _book_points(self, kind: PointsKind, points: int, cause: Cause) -> None:
        if not points:
            return
        self.points += points
        self.points_number += 1
        self.changed = True
        entry = PointsEntry(
            id=self.new_id(), customer_id=self.id, kind=kind, points=points, balance=self.points, at=self.at, by=cause.by, note=cause.note,
            order_id=cause.order_id, intent_id=cause.intent_id,
        )  # fmt: skip
        self.points_entries.append((self.points_number, entry))

    # --- credit

    def set_limit(self, limit: int, currency: str) -> None:
        self.currency, self.limit = currency, limit
        self.opened_at = self.opened_at or self.at
        self._credit_moved()

    def owe(self, kind: CreditKind, amount: int, cause: Cause) -> None:
        """`amount`: less than zero when less is owed. There is an account."""
        assert self.currency is not None
        self.owed += amount
        self._credit_moved()
        till = cause.till
        entry = CreditEntry(
            id=self.new_id(), customer_id=self.id, kind=kind, amount=self._signed(amount), balance=self._signed(self.owed), at=self.at,
            by=cause.by, reference=cause.reference, note=cause.note, order_id=cause.order_id, intent_id=cause.intent_id,
            register_id=till.register_id if till else None, store_id=till.store_id if till else None,
            business_date=till.business_date if till else None,
        )  # fmt: skip
        self.credit_entries.append((self.credit_version, entry))

    def _credit_moved(self) -> None:
        self.credit_version += 1
        self.changed = self.credit_changed = True

    def _signed(self, amount: int) -> SignedMoney:
        return SignedMoney(amount=amount, currency=self.currency or "")

    # --- merging

    def absorb(self, other: Holder, cause: Cause) -> None:
        """All that the other one has; nothing is left there. Their accounts are in one currency, or the other's is settled."""
        moved = other.points
        for lot in other.lots.values():
            self._put(replace(lot, customer_id=self.id))
        other.lots.clear()
        other.changed_lots.clear()
        other._book_points("merged", -moved, cause)
        self._book_points("merged", moved, cause)
        self._take(sum(lot.left for lot in self.lots.values()) - max(0, self.points))
        if other.currency is not None:
            self._absorb_credit(other, cause)

    def _absorb_credit(self, other: Holder, cause: Cause) -> None:
        owed, currency = other.owed, other.currency
        assert currency is not None
        if self.currency is None or (self.currency == currency and other.limit > self.limit):
            self.set_limit(other.limit, currency)
        if owed:
            other.owe("merged", -owed, cause)
            self.owe("merged", owed, cause)


def _by_expiry(lot: Lot) -> tuple[datetime, UUID]:
    return lot.expires_at or _NEVER, lot.id
