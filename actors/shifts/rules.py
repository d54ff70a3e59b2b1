"""What may be done at a drawer, and what comes of it. Pure: times and ids come in as arguments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from msgspec.structs import replace

from actors.runtime.money import shown
from actors.runtime.words import Money, Refusal, Rights, SignedMoney
from actors.shifts import contract
from actors.shifts.contract import CashEvent, Counted, Denomination, HandedOver, HandOver, OpenShift, RecordCash, Shift
from actors.shifts.views import Place

MOMENT = timedelta(microseconds=1)
COUNT_MAX = 10**13
CASH_MAX = 10**11
"""Minor units that are put into a drawer, or taken out, at once. More is a slip of the finger."""
HAND_OVERS_MAX = 200
NEEDS_REASON = ("paid_in", "paid_out")


class Who(NamedTuple):
    """Who asks, at which moment, and how far they may go."""

    by: str
    now: datetime
    rights: Rights | None = None
    approved_by: str = ""


def not_found(shift_id: UUID) -> Refusal:
    return contract.NOT_FOUND.refuse(f"There is no shift {shift_id}.")


def needs_approval(pointer: str, approval: str) -> Refusal:
    return contract.NEEDS_APPROVAL.refuse_at(pointer, f"It needs the approval \"{approval}\" of somebody who may do it.")


# --- moments


def boundary(at: datetime | None, busy_until: datetime, now: datetime) -> datetime | Refusal:
    """When a shift begins or ends: at `at`, or now. All that is in the register's books by now was before that."""
    if at is None:
        return max(now, busy_until)
    if at > now:
        return contract.WRONG_TIME.refuse_at("/at", "It is ahead of Kasir's clock. Set the register's clock, or leave it out.")
    if at < busy_until:
        detail = f"The register's books go until {busy_until.isoformat()}. Give that moment or a later one, or leave it out."
        return contract.WRONG_TIME.refuse_at("/at", detail)
    return at.astimezone(UTC)


def moment_in(shift: Shift, at: datetime | None, now: datetime) -> datetime | Refusal:
    """When something happened in an open shift. Our clocks may differ a little: nothing happens before the shift."""
    if at is None:
        return max(now, shift.opened_at)
    if at > now:
        return contract.WRONG_TIME.refuse_at("/at", "It is ahead of Kasir's clock. Set the register's clock, or leave it out.")
    if at < shift.opened_at:
        return contract.WRONG_TIME.refuse_at("/at", f"The shift was opened at {shift.opened_at.isoformat()}. Give that moment or a later one.")
    return at.astimezone(UTC)


# --- opening


def open_shift(ask: OpenShift, place: Place, shift_id: UUID, opened_at: datetime, who: Who) -> Shift:
    return Shift(
        id=shift_id, version=1, status="open", store_id=place.store.id, register_id=place.register.id, register=place.register.code,
        business_date=place.day_of(opened_at), cashier=str(ask.cashier) if ask.cashier else who.by, float=ask.float, opened_at=opened_at,
        opened_by=who.by, updated_at=who.now, note=ask.note,
    )  # fmt: skip


def cannot_open(ask: OpenShift, place: Place | None) -> Refusal | None:
    if place is None:
        return contract.UNKNOWN_REGISTER.refuse_at("/register_id", f"There is no register {ask.register_id}. Take its id from the list of registers.")
    if not place.register.active:
        return contract.REGISTER_CLOSED.refuse_at("/register_id", f"The register {place.register.code} is not active. Switch it on, or use another.")
    if ask.float.currency != place.currency:
        return contract.WRONG_CURRENCY.refuse_at("/float/currency", f"The store counts in {place.currency}. Give the float in that.")
    return _too_much(ask.float, "/float/amount")


# --- cash beside sales


def record_cash(ask: RecordCash, shift: Shift, event_id: UUID, who: Who, paid_before: int = 0) -> CashEvent | Refusal:
    """`paid_before`: what the same person has paid out in this shift without approval."""
    problem = not_open(shift) or _wrong_cash(ask, shift) or _unapproved_cash(ask, who, paid_before)
    if problem is not None:
        return problem
    at = moment_in(shift, ask.at, who.now)
    if isinstance(at, Refusal):
        return at
    return CashEvent(
        id=event_id, shift_id=shift.id, store_id=shift.store_id, register_id=shift.register_id, kind=ask.kind, at=at, by=who.by,
        amount=ask.amount, reason=ask.reason, approved_by=who.approved_by,
    )  # fmt: skip


def _unapproved_cash(ask: RecordCash, who: Who, paid_before: int) -> Refusal | None:
    """A drop needs none: what must not stay in a drawer should not have to wait for somebody, and the safe shows whether it came."""
    if who.rights is None:
        return None
    if ask.kind == "no_sale" and not who.rights.no_sale:
        return needs_approval("/kind", "no_sale")
    if ask.kind != "paid_out" or who.rights.paid_out_max is None or ask.amount is None:
        return None
    paid, currency = paid_before + ask.amount.amount, ask.amount.currency
    if paid <= who.rights.paid_out_max:
        return None
    detail = f"You would have paid out {shown(paid, currency)} in this shift; alone you may up to {shown(who.rights.paid_out_max, currency)}."
    return contract.NEEDS_APPROVAL.refuse_at("/amount", f"It needs the approval \"paid_out\". {detail}")


def not_open(shift: Shift) -> Refusal | None:
    if shift.status == "open":
        return None
    return contract.WRONG_STATE.refuse(f"The shift was closed at {shift.closed_at}: its Z report is {shift.z_number}. Open a new one.")


def _wrong_cash(ask: RecordCash, shift: Shift) -> Refusal | None:
    currency = shift.float.currency
    if ask.kind == "no_sale":
        return contract.INVALID.refuse_at("/amount", "Nothing goes in or out without a sale. Leave the amount out.") if ask.amount else None
    if ask.amount is None or not ask.amount.amount:
        return contract.INVALID.refuse_at("/amount", "Say how much goes in or out.")
    if ask.amount.currency != currency:
        return contract.WRONG_CURRENCY.refuse_at("/amount/currency", f"The store counts in {currency}. Give the amount in that.")
    if ask.kind in NEEDS_REASON and not ask.reason.strip():
        return contract.INVALID.refuse_at("/reason", "Say what it is for.")
    return _too_much(ask.amount, "/amount/amount")


def _too_much(given: Money, pointer: str) -> Refusal | None:
    if given.amount <= CASH_MAX:
        return None
    return contract.INVALID.refuse_at(pointer, f"At most {shown(CASH_MAX, given.currency)} at once: no drawer holds as much.")


# --- counting


class Count(NamedTuple):
    total: int
    denominations: list[Denomination]


def read_count(counted: Counted, pointer: str = "/counted") -> Count | Refusal:
    """By denominations, or a total; both, when they agree."""
    by_value = sum(one.value * one.count for one in counted.denominations)
    if counted.total is None and not counted.denominations:
        return contract.INVALID.refuse_at(pointer, "Say what was counted: denominations, or a total of 0 when there is nothing.")
    if counted.total is not None and counted.denominations and counted.total != by_value:
        return contract.INVALID.refuse_at(f"{pointer}/total", f"The denominations come to {by_value} (minor units). Leave one of them out.")
    total = by_value if counted.total is None else counted.total
    if total > COUNT_MAX:
        return contract.INVALID.refuse_at(pointer, "No drawer holds as much.")
    return Count(total, [one for one in counted.denominations if one.count])


def hand_over(ask: HandOver, shift: Shift, at: datetime, count: Count | None, expected: int, who: Who) -> Shift | Refusal:
    """`expected`: what should be in the drawer now, for when it was counted."""
    problem = not_open(shift) or not_theirs(shift, who)
    if problem is not None:
        return problem
    if len(shift.hand_overs) >= HAND_OVERS_MAX:
        return contract.WRONG_STATE.refuse(f"It has been handed over {HAND_OVERS_MAX} times. Close it, and open a new one.")
    if shift.hand_overs and at < shift.hand_overs[-1].at:
        return contract.WRONG_TIME.refuse_at("/at", f"It was handed over at {shift.hand_overs[-1].at.isoformat()}. Give a later moment.")
    told = HandedOver(at=at, to=str(ask.to), by=who.by, before=shift.cashier, note=ask.note)
    if count is not None:
        told = replace(
            told, counted=money(count.total, shift), expected=money(expected, shift), difference=money(count.total - expected, shift),
            denominations=count.denominations,
        )  # fmt: skip
    return next_version(shift, who.now, cashier=str(ask.to), hand_overs=[*shift.hand_overs, told])


def not_theirs(shift: Shift, who: Who) -> Refusal | None:
    """Who was handed a drawer answers for it from then on: it is not for who has handed it over to count it, or to take it back."""
    if not shift.hand_overs or who.by == shift.cashier or who.rights is None or who.rights.override:
        return None
    return needs_approval("", "override")


def close(shift: Shift, at: datetime, count: Count, expected: int, z_number: int, tolerance: int, who: Who, note: str = "") -> Shift:
    """An open shift. `expected`: what should be in the drawer. A difference beyond `tolerance` (minor units) waits for an approval."""
    difference = count.total - expected
    return next_version(
        shift, who.now, status="closed", closed_at=at, closed_by=who.by, z_number=z_number, counted=money(count.total, shift),
        expected=money(expected, shift), difference=money(difference, shift), denominations=count.denominations,
        approval="needed" if abs(difference) > tolerance else "none", note=_notes(shift.note, note),
    )  # fmt: skip


def approve(shift: Shift, reason: str, who: Who) -> Shift | Refusal:
    """The same shift when it has been approved already."""
    if shift.approval == "approved":
        return shift
    if shift.approval == "none":
        return contract.WRONG_STATE.refuse("There is no difference that would need it." if shift.z_number else "The shift is open: count it first.")
    if who.rights is not None and not who.rights.override:
        return needs_approval("", "override")
    return next_version(shift, who.now, approval="approved", approved_at=who.now, approved_by=who.approved_by or who.by, approval_reason=reason)


def blind(shift: Shift) -> Shift:
    """As whoever is to count it may see it. What was expected when an open shift was handed over would tell what to find at its end."""
    if shift.status == "closed" or not any(one.counted for one in shift.hand_overs):
        return shift
    return replace(shift, hand_overs=[replace(one, expected=None, difference=None) for one in shift.hand_overs])


def next_version(shift: Shift, now: datetime, **changes: Any) -> Shift:
    return replace(shift, version=shift.version + 1, updated_at=now, **changes)


def money(amount: int, shift: Shift) -> SignedMoney:
    return SignedMoney(amount=amount, currency=shift.float.currency)


def _notes(before: str, after: str) -> str:
    return "\n".join(note for note in (before, after) if note)

