"""Splits a bill: lines move to an order of their own, or what is missing is told in equal shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from msgspec import Raw, Struct
from msgspec.structs import replace

from actors.orders import contract
from actors.orders.approving import unapproved_split
from actors.orders.contract import ORDER_CREATED, Order, Split, SplitOrder
from actors.orders.dividing import Divided, as_moved, divide, even_shares
from actors.orders.quoting import Quote
from actors.orders.repricing import Repriced, no_longer, own_till, reprice, waiting_only
from actors.orders.reserving import Wanted, needs_reserving, reserve
from actors.orders.rows import Kept
from actors.orders.rules import wrong_state
from actors.orders.saving import Settling, Who, not_found, save_settled, stale
from actors.orders.store import existing_contents, peek_orders, save_change, take_orders
from actors.orders.tills import Till
from actors.orders.using import Counters
from actors.runtime.actor import Asked
from actors.runtime.words import Money, Refusal
from actors.runtime.work import Work


class SplitTold(Struct):
    """A `Split` whose orders are encoded already."""

    order: Raw
    new: Raw
    shares: list[Money]


class _Halves(NamedTuple):
    till: Till
    new_id: UUID
    divided: Divided


async def split_orders(asked: Sequence[Asked[SplitOrder]], work: Work) -> list[SplitTold | Split | Refusal]:
    """One a batch: inventory is asked before the order is locked."""
    return [await _split(one, work) for one in asked]


async def _split(one: Asked[SplitOrder], work: Work) -> SplitTold | Split | Refusal:
    wish = one.body
    if bool(wish.lines) == (wish.parts is not None):
        detail = "Say which lines move, or in how many parts it is paid: one of them."
        return contract.INVALID.refuse_at("", detail)
    kept = (await peek_orders(work, [wish.id])).get(wish.id)
    if kept is None:
        return not_found(wish.id)
    wrong = stale(kept.order) if kept.order.version != wish.if_version else waiting_only(kept)
    if wrong is not None:
        return wrong
    if wish.parts is not None:
        return _in_shares(kept.order, wish.parts)
    halves = await _halves(kept, wish, work)
    if isinstance(halves, Refusal):
        return halves
    return await _reserve(kept, halves, work) or await _move(one, halves, work)


def _in_shares(order: Order, parts: int) -> Split | Refusal:
    missing = order.totals.missing
    if not missing.amount:
        return wrong_state("Nothing is missing on it.")
    shares = [Money(amount=share, currency=missing.currency) for share in even_shares(missing.amount, parts)]
    return Split(order=order, shares=shares)


async def _halves(kept: Kept, wish: SplitOrder, work: Work) -> _Halves | Refusal:
    if wish.new_id is not None and await existing_contents(work, [wish.new_id]):
        detail = f"The id {wish.new_id} belongs to another order. Give each order an id of its own."
        return contract.ID_TAKEN.refuse_at("/new_id", detail)
    till = await own_till(kept.order, work)
    if isinstance(till, Refusal):
        return no_longer(till)
    assert kept.cart is not None
    divided = divide(kept.cart, kept.order.lines, wish.lines)
    return divided if isinstance(divided, Refusal) else _Halves(till, wish.new_id or work.new_id(), divided)


async def _reserve(kept: Kept, halves: _Halves, work: Work) -> Refusal | None:
    """What is kept back for the order is there for the lines that move."""
    order, cart = kept.order, kept.cart
    assert cart is not None
    if order.status != "open" or not needs_reserving(cart.lines):
        return None
    refused = await reserve(work, [Wanted(halves.new_id, order.store_id, halves.divided.moves.lines, lent_by=order.id)])
    return no_longer(next(iter(refused.values()))) if refused else None


async def _move(one: Asked[SplitOrder], halves: _Halves, work: Work) -> SplitTold | Refusal:
    """Under the row lock. The version is still the one that was divided, or somebody else was quicker."""
    kept = (await take_orders(work, [one.body.id]))[one.body.id]
    if kept.order.version != one.body.if_version:
        return stale(kept.order)
    prices = await _reprice(one, kept, halves, work)
    if isinstance(prices, Refusal):
        return prices
    stays, moves = prices
    new = _new_order(kept.order, halves.new_id, moves.quote, one.by, work)
    changes = {"lines": stays.quote.priced.lines, "discounts": stays.quote.priced.discounts}
    settling = Settling(
        kept, halves.till, stays.quote.settled, Who(one.by, traceparent=one.traceparent), changes, halves.divided.stays, stays.uses
    )
    saved = (await save_settled([settling], work))[0]
    if isinstance(saved, Refusal):
        return saved
    created = save_change(
        work, None, new, ORDER_CREATED, cart=halves.divided.moves, by=one.by, traceparent=one.traceparent, uses=moves.uses
    )
    return SplitTold(saved, created, [])


async def _reprice(one: Asked[SplitOrder], kept: Kept, halves: _Halves, work: Work) -> tuple[Repriced, Repriced] | Refusal:
    counters = Counters(work)
    stays = await reprice(halves.till, halves.divided.stays, kept.order.tenders, counters, work, had=kept.uses)
    if isinstance(stays, Refusal):
        return stays
    moves = await reprice(halves.till, halves.divided.moves, [], counters, work)
    if isinstance(moves, Refusal):
        return moves
    if not moves.quote.settled.totals.due.amount and kept.order.status == "open":
        return wrong_state("What would move costs nothing, so nobody could pay it. Move something else with it.", "/lines")
    unapproved = _unapproved(one, kept, stays.quote, moves.quote)
    if unapproved is not None:
        return unapproved
    await counters.save()
    return stays, moves


def _unapproved(one: Asked[SplitOrder], kept: Kept, stays: Quote, moves: Quote) -> Refusal | None:
    """Where an offer ends with the split, what is taken off by hand may become more of what is left than somebody may give."""
    assert kept.cart is not None
    before = as_moved(kept.cart, kept.order.lines, one.body.lines)
    return unapproved_split(one.rights, stays.priced.lines, kept.order.lines) or unapproved_split(one.rights, moves.priced.lines, before)


def _new_order(order: Order, new_id: UUID, quote: Quote, by: str, work: Work) -> Order:
    return replace(
        order, id=new_id, version=1, payment="unpaid", lines=quote.priced.lines, tenders=[], totals=quote.settled.totals,
        placed_by=by, created_at=work.now, updated_at=work.now, discounts=quote.priced.discounts, coupons=[], moves=[], flags=[],
        split_from=order.id, exchange_of=None,
    )  # fmt: skip
