"""Takes goods back, and gives money back: under the order's row lock, so that all refunds together never exceed what was paid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from msgspec import Raw

from actors.orders import contract
from actors.orders.approving import unapproved_refund
from actors.orders.contract import Order, Refund, RefundOrder
from actors.orders.quoting import attempt, find_till
from actors.orders.refunded import apply_refund
from actors.orders.refunding import Occasion, make_refund
from actors.orders.rows import Kept
from actors.orders.rules import REFUNDS_MAX, event_of, moved, wrong_state
from actors.orders.saving import not_found
from actors.orders.selling import CLOCK_SKEW
from actors.orders.store import peek_orders, save_change, take_orders
from actors.orders.taken import told_by
from actors.orders.tills import Till
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work


async def refund_orders(asked: Sequence[Asked[RefundOrder]], work: Work) -> list[Raw | Refusal]:
    tills = await tills_of(work, [one.body.id for one in asked], [one.body.register_id for one in asked])
    await take_orders(work, [one.body.id for one in asked])
    return [await _refund(one, tills, work) for one in asked]


async def _refund(one: Asked[RefundOrder], tills: dict[UUID, Till | Refusal], work: Work) -> Raw | Refusal:
    wish = one.body
    # Several of one batch may be about the same order: each sees what the one before has left.
    kept = (await take_orders(work, [wish.id])).get(wish.id)
    till = tills.get(kept.order.register_id) if kept is not None else None
    if kept is None or till is None:
        return not_found(wish.id)
    wrong = till if isinstance(till, Refusal) else wrong_register(wish.register_id, kept.order, tills)
    if wrong is not None:
        return wrong
    assert not isinstance(till, Refusal)
    at = happened_at(wish.at, kept.order, work)
    if isinstance(at, Refusal):
        return at
    occasion = Occasion(at, one.by, wish.reason, wish.register_id, till.day_of(at))
    refund = make_refund(kept.order, wish, occasion, till.cash_rounding, work.new_id)
    if isinstance(refund, Refusal):
        return refund
    after = unapproved_refund(one.rights, kept.order, refund) or refunded(kept, refund, work)
    if isinstance(after, Refusal):
        return after
    return save_change(
        work, kept.order, after, event_of(kept.order, after), cart=None, by=one.by, reason=wish.reason, traceparent=one.traceparent
    )


def refunded(kept: Kept, refund: Refund, work: Work) -> Order | Refusal:
    """The order's next version, with this refund."""
    if len(kept.order.refunds) >= REFUNDS_MAX:
        return wrong_state(f"An order has at most {REFUNDS_MAX} refunds. Give the rest back at once, by cancelling it.")
    taken = kept.taken if kept.taken is not None else told_by(kept.order)
    return moved(apply_refund(kept.order, refund, taken), at=work.now, by=refund.by, reason=refund.reason)


def happened_at(at: datetime | None, order: Order, work: Work) -> datetime | Refusal:
    """When money was given back. A register's clock may be a little ahead of ours; what is to come has not happened."""
    if at is None:
        return work.now
    since = order.sold_at if order.status == "completed" else order.created_at
    if since <= at <= work.now + CLOCK_SKEW:
        return min(at.astimezone(UTC), work.now)
    detail = f"It was given back after now, or before {since.isoformat()}. Send the time at which it was."
    return contract.WRONG_TIME.refuse_at("/at", detail)


async def tills_of(work: Work, order_ids: Sequence[UUID], register_ids: Iterable[UUID | None]) -> dict[UUID, Till | Refusal]:
    """The tills of these registers, and of the orders' own, which may be closed by now. Before the transaction."""
    own = {kept.order.register_id for kept in (await peek_orders(work, order_ids)).values()}
    wanted = list(own | {register_id for register_id in register_ids if register_id is not None})
    found = await attempt([partial(find_till, register_id, work, offline=True) for register_id in wanted], work)
    return dict(zip(wanted, found, strict=True))


def wrong_register(register_id: UUID | None, order: Order, tills: dict[UUID, Till | Refusal]) -> Refusal | None:
    """Things come back to an active register of the store that sold them: its stock and its drawer are the ones that change."""
    if register_id is None:
        return None
    till = tills[register_id]
    if isinstance(till, Refusal):
        return till
    if till.store_id != order.store_id:
        detail = f"The register {till.code} is in another store than the order. Give back where it was sold."
        return contract.UNKNOWN_REGISTER.refuse_at("/register_id", detail)
    if not till.active:
        detail = f"The register {till.code} is not active. Activate it, or give back at another."
        return contract.REGISTER_CLOSED.refuse_at("/register_id", detail)
    return None
