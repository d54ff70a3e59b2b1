"""What becomes of a payment: its states and what moves it from one to the next. Pure.

Whatever comes twice, late or in another order changes nothing a second time: news is compared with the state it meets.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from msgspec.structs import replace

from actors.payments.contract import PAYMENT_APPROVED, PAYMENT_FAILED, PAYMENT_REFUNDED, Intent, IntentState, Qr
from actors.runtime.money import shown
from actors.runtime.words import Event, Money, Value

MOVES: Mapping[IntentState, frozenset[IntentState]] = {
    "pending": frozenset({"approved", "declined", "expired", "cancelled"}),
    # Promised to the order, which takes it or gives it back: nothing else may happen to it.
    "held": frozenset({"approved", "returned"}),
    # Stays approved while parts of it are refunded; its order could not take it: all of it goes back.
    "approved": frozenset({"returning"}),
    # The customer paid after all.
    "declined": frozenset({"returning"}),
    "expired": frozenset({"returning"}),
    "cancelled": frozenset({"returning"}),
    "returning": frozenset({"returned"}),
    "returned": frozenset(),
}
"""The one table of states: docs/payments.md shows it as a picture."""

FAILED: frozenset[IntentState] = frozenset({"declined", "expired", "cancelled"})
GOOD: frozenset[IntentState] = frozenset({"held", "approved"})
LIVE: frozenset[IntentState] = frozenset({"pending", "held", "approved"})
"""What an order may still get, or has got."""

LOOK_UPS_END = timedelta(days=3)
"""A provider that has no final word for so long is not asked any more."""
WAIT_SECONDS_MAX = 3600.0

AtProvider = Literal["", "asked", "there", "settled"]


class Kept(Value):
    """An intent, and what only this actor knows about it. The columns' comments say what each one is."""

    intent: Intent
    at_provider: AtProvider = ""
    refunding: int = 0
    taken: int | None = None
    taken_refunded: int = 0
    heard: int = 0
    tries: int = 0
    due_at: datetime | None = None


class Said(Value):
    """A provider's word on one payment. `total`: what it counts, tip included. "unknown": it has never heard of it."""

    state: Literal["pending", "approved", "declined", "expired", "unknown"]
    reference: str = ""
    qr: str | None = None
    failure: str = ""
    total: int | None = None


def total_of(intent: Intent) -> int:
    """Minor units, with the tip: what the customer pays."""
    return intent.amount.amount + (intent.tip.amount if intent.tip else 0)


def told(before: Intent | None, after: Intent) -> Event[Intent] | None:
    """The event that says what happened, if anybody is to know."""
    state = before.state if before else None
    if after.state in GOOD and state not in GOOD:
        return PAYMENT_APPROVED
    if after.state in FAILED and state != after.state:
        return PAYMENT_FAILED
    refunded = before.refunded.amount if before else 0
    if after.refunded.amount > refunded or (after.state == "returned" and state != "returned"):
        return PAYMENT_REFUNDED
    return None


# --- what happens to it -----------------------------------------------------------------------------------


def approve(kept: Kept, now: datetime, reference: str = "") -> Kept:
    """The money is there. For a payment that had been given up it is too late: it goes back."""
    if kept.intent.state == "pending":
        return _moved(kept, "approved", now, reference=reference or kept.intent.reference)
    if kept.intent.state in FAILED:
        failure = f"It came when it was {kept.intent.state} already, and goes back."
        late = _moved(kept, "returning", now, failure=failure, refund_due=_money(kept, total_of(kept.intent)))
        return replace(late, intent=replace(late.intent, reference=reference or late.intent.reference))
    return kept


def fail(kept: Kept, state: Literal["declined", "expired", "cancelled"], now: datetime, failure: str = "") -> Kept:
    """Nothing comes, or nobody wants it any more. Only what is pending can fail."""
    return _moved(kept, state, now, failure=failure) if kept.intent.state == "pending" else kept


def hear_provider(kept: Kept, said: Said, now: datetime) -> Kept:
    """Takes the provider's word, whether it answers, is asked or reports."""
    if said.total is not None and said.total != total_of(kept.intent):
        return _changed(kept, now, failure=f"The provider counts {shown(said.total, kept.intent.amount.currency)}, and that is not the amount.")
    if kept.at_provider == "settled" and said.state in ("pending", "unknown"):
        return kept
    final = said.state in ("approved", "declined", "expired") or (said.state == "unknown" and kept.intent.state in FAILED)
    kept = replace(kept, at_provider="settled" if final else ("asked" if said.state == "unknown" else "there"), tries=0)
    if said.state == "approved":
        return approve(kept, now, said.reference)
    if said.state in ("declined", "expired"):
        return fail(kept, said.state, now, said.failure)
    if said.qr and kept.intent.state == "pending" and kept.intent.qr is None:
        return _changed(kept, now, qr=Qr(payload=said.qr), reference=said.reference or kept.intent.reference)
    return kept


def expire(kept: Kept, now: datetime) -> Kept:
    return fail(kept, "expired", now, "Not paid in time.") if now >= kept.intent.expires_at else kept


def hear_order(kept: Kept, order_id: UUID, taken: int, refunded: int, position: int, now: datetime) -> Kept:
    """The order has it, and wants so much of it back, by the event at `position` of the log of orders. Counted as wholes, and
    never less than before: an older event changes nothing. Merged into another order, the payment follows it."""
    if position <= kept.heard:
        return kept
    kept = replace(kept, heard=position, taken=taken, taken_refunded=refunded)
    if kept.intent.order_id != order_id:
        kept = _changed(kept, now, order_id=order_id)
    if kept.intent.state == "held":
        kept = _moved(kept, "approved", now)
    due = min(refunded, total_of(kept.intent))
    if kept.intent.state == "approved" and due > kept.intent.refund_due.amount:
        kept = _changed(kept, now, refund_due=_money(kept, due))
    return kept


def forget_order(kept: Kept) -> Kept:
    """As if the order had told nothing yet. What is due to go back stays due."""
    return replace(kept, heard=0, taken=None, taken_refunded=0)


def give_back(kept: Kept, now: datetime, reason: str) -> Kept:
    """The order cannot take it. What the order has taken is its own to refund."""
    if kept.taken is not None:
        return kept
    if kept.intent.state == "held":
        return _moved(kept, "returned", now, failure=reason)
    if kept.intent.state == "approved":
        return _moved(kept, "returning", now, failure=reason, refund_due=_money(kept, total_of(kept.intent)))
    return kept


def refund_here(kept: Kept, now: datetime) -> Kept:
    """What no provider gives back is given back at once: by the account's ledger, or by a person, which the note says."""
    due = kept.intent.refund_due.amount
    if kept.intent.provider is not None or due <= kept.intent.refunded.amount:
        return kept
    if kept.intent.account_id is None:
        handed = shown(due - kept.intent.refunded.amount, kept.intent.amount.currency)
        kept = _changed(kept, now, failure=f"{kept.intent.failure} Booked as given back: a person hands over {handed}.".strip()[:500])
    return refunded(kept, due, now)


def refunded(kept: Kept, sum_: int, now: datetime) -> Kept:
    """So much has gone back by now, all in all."""
    if sum_ > kept.intent.refunded.amount:
        kept = _changed(replace(kept, tries=0), now, refunded=_money(kept, sum_))
    if kept.intent.state == "returning" and kept.intent.refunded.amount >= total_of(kept.intent):
        kept = _moved(kept, "returned", now)
    return replace(kept, refunding=0) if kept.refunding and sum_ >= kept.refunding else kept


def noted(kept: Kept, failure: str, now: datetime) -> Kept:
    """Something that a person should read."""
    return _changed(kept, now, failure=failure[:500])


# --- when to look at it ---------------------------------------------------------------------------------------


def due_at(kept: Kept, now: datetime, look_up_seconds: float) -> datetime | None:
    """When a worker has something to do for it; None when it is at rest."""
    intent = kept.intent
    age = (now - intent.created_at).total_seconds()
    look = now + timedelta(seconds=min(max(look_up_seconds, age / 4), WAIT_SECONDS_MAX))
    if intent.state == "pending":
        if intent.provider is None:
            return intent.expires_at
        return min(now if kept.at_provider == "" else look, intent.expires_at)
    if intent.provider is None:
        return None
    if intent.state in FAILED and kept.at_provider in ("asked", "there"):
        return look if now < intent.expires_at + LOOK_UPS_END else None
    return now if intent.refund_due.amount > intent.refunded.amount else None


def again_at(kept: Kept, now: datetime) -> datetime:
    """After a provider could not be asked: soon, and then less and less often."""
    later = now + timedelta(seconds=min(2.0 ** min(kept.tries, 12), WAIT_SECONDS_MAX))
    return min(later, kept.intent.expires_at) if kept.intent.state == "pending" and kept.intent.expires_at > now else later


# --- inside ---------------------------------------------------------------------------------------------------


def _moved(kept: Kept, state: IntentState, now: datetime, **changed: Any) -> Kept:
    if state not in MOVES[kept.intent.state]:
        raise ValueError(f"an intent does not go from {kept.intent.state} to {state}")
    return _changed(kept, now, state=state, **changed)


def _changed(kept: Kept, now: datetime, **changed: Any) -> Kept:
    """The next version of the intent; the same when nothing is another."""
    after = replace(kept.intent, **changed)
    if after == kept.intent:
        return kept
    return replace(kept, intent=replace(after, version=kept.intent.version + 1, updated_at=now))


def _money(kept: Kept, amount: int) -> Money:
    return Money(amount=amount, currency=kept.intent.amount.currency)
