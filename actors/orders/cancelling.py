"""Orders are called off: by somebody, or because nobody paid in time. Goods and money come back once, however often it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from msgspec import Raw

from actors.orders.approving import unapproved_void
from actors.orders.contract import CancelOrder
from actors.orders.refunded import apply_refund
from actors.orders.refunding import Occasion, cancel_refund
from actors.orders.returning import happened_at, tills_of, wrong_register
from actors.orders.rows import Kept
from actors.orders.saving import Who, as_it_is, not_found, save_next
from actors.orders.store import take_expired, take_orders
from actors.orders.taken import told_by
from actors.orders.using import give_back_uses
from actors.orders.views import TILLS
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import TooBig, Work

if TYPE_CHECKING:
    from actors.runtime.member import Member

EXPIRED = "not paid in time"
LOOK_SECONDS = 1.0
"""How often a member looks for open orders whose time is over."""
AT_ONCE = 100


async def cancel_orders(asked: Sequence[Asked[CancelOrder]], work: Work) -> list[Raw | Refusal]:
    # Whose register has only just been made is looked for again.
    tills = await tills_of(work, [one.body.id for one in asked], [one.body.register_id for one in asked])
    await take_orders(work, [one.body.id for one in asked])
    outcomes: list[Raw | Refusal] = []
    uses: list[str] = []
    for one in asked:
        kept = (await take_orders(work, [one.body.id])).get(one.body.id)
        if kept is None:
            outcomes.append(not_found(one.body.id))
        elif kept.order.status == "cancelled":
            outcomes.append(as_it_is(kept.order))
        else:
            outcome = wrong_register(one.body.register_id, kept.order, tills) or _cancel(kept, one, work)
            outcomes.append(outcome)
            if not isinstance(outcome, Refusal):
                uses += kept.uses
    await give_back_uses(work, uses)
    return outcomes


def _cancel(kept: Kept, one: Asked[CancelOrder], work: Work) -> Raw | Refusal:
    at = happened_at(one.body.at, kept.order, work)
    if isinstance(at, Refusal):
        return at
    who = Who(one.by, one.body.reason, one.traceparent)
    return unapproved_void(one.rights, kept.order) or cancel(kept, who, work, at, one.body.register_id)


def cancel(kept: Kept, who: Who, work: Work, at: datetime | None = None, register_id: UUID | None = None) -> Raw | Refusal:
    """All that is left of the order comes back, at this register or at its own.

    Whoever calls this gives back the uses of its coupons, too: they are locked later.
    """
    order = kept.order
    at = at or work.now
    till = work.view(TILLS).find(order.register_id)
    occasion = Occasion(at, who.by, who.reason, register_id or order.register_id, till.day_of(at) if till is not None else at.date())
    refund = cancel_refund(order, occasion, work.new_id)
    after = order if refund is None else apply_refund(order, refund, kept.taken or told_by(order))
    given_back = {name: getattr(after, name) for name in ("refunds", "lines", "tenders", "totals", "stock")}
    return save_next(kept, who, work, uses=(), status="cancelled", cancel_reason=who.reason, expires_at=None, **given_back)


# --- not paid in time


async def cancel_expired(member: Member) -> None:
    """Runs until cancelled. What somebody is just paying is left to him."""
    while True:
        if await expire_once(member) < AT_ONCE:
            await asyncio.sleep(LOOK_SECONDS)


async def expire_once(member: Member) -> int:
    """How many were cancelled."""
    cancelled = []
    async with member.transaction() as work:
        for kept in await take_expired(work, AT_ONCE):
            outcome: Raw | Refusal | TooBig
            try:
                outcome = cancel(kept, Who("", EXPIRED), work)
            except TooBig as error:
                outcome = error
            if isinstance(outcome, Refusal | TooBig):
                # The others must not wait for it, and what it uses stays used.
                member.log.warning("an expired order cannot be cancelled", order=str(kept.order.id), reason=str(outcome))
                continue
            cancelled.append(kept)
        await give_back_uses(work, [key for kept in cancelled for key in kept.uses])
    return len(cancelled)
