"""Orders move on: held, taken up, prepared, ready, delivered, one by one or many at once. And looked at, when they are flagged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import Raw

from actors.orders import contract
from actors.orders.approving import unapproved_review
from actors.orders.contract import MoveOrder, MoveOrders, MoveOutcome, MoveOutcomes, ReviewOrder
from actors.orders.reserving import Wanted, needs_reserving, reserve
from actors.orders.rows import Kept
from actors.orders.rules import wrong_state
from actors.orders.saving import Who, as_it_is, not_found, save_next
from actors.orders.store import peek_orders, take_orders
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work


async def move_orders(asked: Sequence[Asked[MoveOrder]], work: Work) -> list[Raw | Refusal]:
    wishes = [one.body for one in asked]
    goods = await _reserve(wishes, work)
    orders = await take_orders(work, [wish.id for wish in wishes])
    outcomes: list[Raw | Refusal] = []
    for one in asked:
        outcome = await _move(one.body, Who(one.by, one.body.reason, one.traceparent), orders.keys(), goods, work)
        outcomes.append(as_it_is((await take_orders(work, [one.body.id]))[one.body.id].order) if outcome is None else outcome)
    return outcomes


async def move_batches(asked: Sequence[Asked[MoveOrders]], work: Work) -> list[MoveOutcomes]:
    wishes = [wish for one in asked for wish in one.body.items]
    goods = await _reserve(wishes, work)
    orders = await take_orders(work, [wish.id for wish in wishes])
    answers = []
    for one in asked:
        outcomes = []
        for wish in one.body.items:
            outcome = await _move(wish, Who(one.by, wish.reason, one.traceparent), orders.keys(), goods, work)
            outcomes.append(await _outcome(wish.id, outcome, work))
        answers.append(MoveOutcomes(items=outcomes))
    return answers


async def _outcome(order_id: UUID, outcome: Raw | Refusal | None, work: Work) -> MoveOutcome:
    if isinstance(outcome, Refusal):
        return MoveOutcome(outcome="refused", id=order_id, problem=outcome)
    version = (await take_orders(work, [order_id]))[order_id].order.version
    return MoveOutcome(outcome="unchanged" if outcome is None else "moved", id=order_id, version=version)


async def _move(wish: MoveOrder, who: Who, known: Any, goods: _Kept, work: Work) -> Raw | Refusal | None:
    """None when it is there already. As what was done before in this batch has left it."""
    if wish.status is None and wish.fulfillment is None:
        detail = "Say where to: a `status`, or a `fulfillment`."
        return contract.INVALID.refuse_at("", detail)
    if wish.id not in known:
        return not_found(wish.id)
    kept = (await take_orders(work, [wish.id]))[wish.id]
    changes: dict[str, Any] = {name: value for name, value in (("status", wish.status), ("fulfillment", wish.fulfillment)) if value is not None}
    if all(getattr(kept.order, name) == value for name, value in changes.items()):
        return None
    if kept.order.status == "draft" and wish.status == "open" and (refusal := _unprepared(kept, goods)) is not None:
        return refusal
    return save_next(kept, who, work, **changes)


class _Kept(NamedTuple):
    """`at`: the version of each draft for which its goods are kept back; `short`: those for which they are not there, and why."""

    at: Mapping[UUID, int]
    short: Mapping[UUID, Refusal]


async def _reserve(wishes: Sequence[MoveOrder], work: Work) -> _Kept:
    """What a draft takes may not be there any more when it is taken up."""
    ids = {wish.id for wish in wishes if wish.status == "open"}
    drafts = [kept for kept in (await peek_orders(work, ids)).values() if _is_draft_to_reserve(kept)] if ids else []
    asks = [Wanted(kept.order.id, kept.order.store_id, kept.cart.lines, kept.order.version + 1) for kept in drafts if kept.cart is not None]
    short = await reserve(work, asks) if asks else {}
    return _Kept({kept.order.id: kept.order.version for kept in drafts}, short)


def _unprepared(kept: Kept, goods: _Kept) -> Refusal | None:
    """Why a draft cannot be taken up just now."""
    if kept.order.id in goods.short:
        return goods.short[kept.order.id]
    if _is_draft_to_reserve(kept) and goods.at.get(kept.order.id) != kept.order.version:
        return wrong_state("Somebody else changed it at the same moment. Try again.")
    return None


def _is_draft_to_reserve(kept: Kept) -> bool:
    return kept.order.status == "draft" and kept.cart is not None and needs_reserving(kept.cart.lines)


async def review_orders(asked: Sequence[Asked[ReviewOrder]], work: Work) -> list[Raw | Refusal]:
    outcomes: list[Raw | Refusal] = []
    await take_orders(work, [one.body.id for one in asked])
    for one in asked:
        kept = (await take_orders(work, [one.body.id])).get(one.body.id)
        if kept is None:
            outcomes.append(not_found(one.body.id))
        elif not kept.order.flags:
            outcomes.append(as_it_is(kept.order))
        else:
            unapproved = unapproved_review(one.rights)
            outcomes.append(unapproved or save_next(kept, Who(one.by, one.body.note, one.traceparent), work, flags=[]))
    return outcomes
