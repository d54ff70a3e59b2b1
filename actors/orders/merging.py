"""Merges another waiting order into one: its lines and tenders move, and it is called off with nothing to give back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from msgspec import Raw
from msgspec.structs import replace

from actors.orders import contract
from actors.orders.approving import unapproved_sale
from actors.orders.cart import Cart
from actors.orders.contract import Customer, Line, MergeOrders, Tender
from actors.orders.dividing import join
from actors.orders.repricing import no_longer, own_till, reprice, waiting_only
from actors.orders.reserving import Wanted, needs_reserving, reserve
from actors.orders.rows import Kept
from actors.orders.rules import wrong_state
from actors.orders.saving import Settling, Who, not_found, save_next, save_settled, stale
from actors.orders.settling import resettle
from actors.orders.store import peek_orders, take_orders
from actors.orders.tills import Till
from actors.orders.using import Counters
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work

LINES_MAX = 500


class _Pair(NamedTuple):
    into: Kept
    other: Kept
    cart: Cart


async def merge_orders(asked: Sequence[Asked[MergeOrders]], work: Work) -> list[Raw | Refusal]:
    """One a batch: inventory is asked before the orders are locked."""
    return [await _merge(one, work) for one in asked]


async def _merge(one: Asked[MergeOrders], work: Work) -> Raw | Refusal:
    wish = one.body
    if wish.id == wish.other_id:
        return _wrong("An order cannot be merged into itself. Name another one.", "/other_id")
    pair = _pair(await peek_orders(work, [wish.id, wish.other_id]), wish)
    if isinstance(pair, Refusal):
        return pair
    till = await own_till(pair.into.order, work)
    if isinstance(till, Refusal):
        return no_longer(till)
    refused = await _reserve(pair, work)
    if refused is not None:
        return refused
    locked = _pair(await take_orders(work, [wish.id, wish.other_id]), wish)
    if isinstance(locked, Refusal):
        return locked
    return await _move(one, locked, till, work)


def _pair(kept: Mapping[UUID, Kept], wish: MergeOrders) -> _Pair | Refusal:
    for order_id, version in ((wish.id, wish.if_version), (wish.other_id, wish.other_version)):
        if order_id not in kept:
            return not_found(order_id)
        if kept[order_id].order.version != version:
            return stale(kept[order_id].order)
    into, other = kept[wish.id], kept[wish.other_id]
    wrong = waiting_only(into) or waiting_only(other)
    if wrong is not None:
        return wrong
    if into.order.status != other.order.status:
        return wrong_state(f"One is {into.order.status}, the other {other.order.status}. Move one of them first.")
    if into.order.store_id != other.order.store_id:
        return _wrong("The orders are of different stores. Name one of the same store.", "/other_id")
    if _are_two(into.order.customer, other.order.customer):
        return _wrong("The orders are of two customers, and one would lose what is theirs. Change the customer of one of them first.", "/other_id")
    assert into.cart is not None
    assert other.cart is not None
    cart = join(into.cart, other.cart)
    if len(cart.lines) > LINES_MAX:
        return _wrong(f"An order has at most {LINES_MAX} lines; these would have {len(cart.lines)}.", "/other_id")
    return _Pair(into, other, cart)


def _are_two(one: Customer | None, other: Customer | None) -> bool:
    """Whether it matters whose the order is: for points, prices or taxes. Names alone are labels, and the first one stays."""
    if one is None or other is None:
        return False
    return (one.id, one.group, one.tax_exempt) != (other.id, other.group, other.tax_exempt)


def _wrong(detail: str, pointer: str) -> Refusal:
    return contract.INVALID.refuse_at(pointer, detail)


async def _reserve(pair: _Pair, work: Work) -> Refusal | None:
    """What is kept back for the other one is there for this one."""
    if pair.into.order.status != "open" or not needs_reserving(pair.cart.lines):
        return None
    into, other = pair.into.order, pair.other.order
    refused = await reserve(work, [Wanted(into.id, into.store_id, pair.cart.lines, into.version + 1, other.id)])
    return no_longer(next(iter(refused.values()))) if refused else None


async def _move(one: Asked[MergeOrders], pair: _Pair, till: Till, work: Work) -> Raw | Refusal:
    into, other = pair.into, pair.other
    tenders = [*into.order.tenders, *_numbered_on(other.order.tenders, into.order.tenders)]
    counters = Counters(work)
    await counters.take([*into.uses, *other.uses])
    counters.give_back(other.uses)
    merged = await reprice(till, pair.cart, tenders, counters, work, had=into.uses)
    if isinstance(merged, Refusal):
        return merged
    # A percent off either of them is now off both.
    unapproved = unapproved_sale(one.rights, merged.quote.priced.lines, _lines_of(pair))
    if unapproved is not None:
        return unapproved
    await counters.save()
    changes = {
        "lines": merged.quote.priced.lines, "discounts": merged.quote.priced.discounts, "coupons": pair.cart.coupons, "tenders": tenders,
        "customer": pair.cart.customer, "note": into.order.note or other.order.note,
    }
    who = Who(one.by, traceparent=one.traceparent)
    saved = (await save_settled([Settling(into, till, merged.quote.settled, who, changes, pair.cart, merged.uses)], work))[0]
    gone = saved if isinstance(saved, Refusal) else _call_off(other, into.order.id, till, who, work)
    return gone if isinstance(gone, Refusal) else saved


def _lines_of(pair: _Pair) -> list[Line]:
    """As they are now, by the numbers that they will have."""
    assert pair.other.cart is not None
    numbers = {line.number: number for line, number in zip(pair.other.cart.lines, _numbers(pair), strict=True)}
    return [*pair.into.order.lines, *(replace(line, number=numbers[line.number]) for line in pair.other.order.lines)]


def _numbers(pair: _Pair) -> list[int]:
    assert pair.into.cart is not None
    return [line.number for line in pair.cart.lines[len(pair.into.cart.lines):]]


def _numbered_on(tenders: Sequence[Tender], after: Sequence[Tender]) -> list[Tender]:
    first = max((tender.number for tender in after), default=0) + 1
    return [replace(tender, number=number) for number, tender in enumerate(tenders, first)]


def _call_off(other: Kept, into_id: UUID, till: Till, who: Who, work: Work) -> Raw | Refusal:
    """It keeps its lines, to be looked up; nothing was given for them here."""
    settled = resettle(other.order, [], till)
    if isinstance(settled, Refusal):
        return settled
    return save_next(
        other, who._replace(reason="Merged"), work, status="cancelled", tenders=[], totals=settled.totals, merged_into=into_id,
        cancel_reason="Merged", expires_at=None, uses=(),
    )
