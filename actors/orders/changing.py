"""A draft or an open order is changed, and priced anew: lines that it keeps cost what they cost, and hold what they held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw

from actors.orders import contract
from actors.orders.approving import unapproved_buyer, unapproved_change, unapproved_sale
from actors.orders.contract import ChangeOrder, Customer
from actors.orders.knowing import as_known, know
from actors.orders.quoting import Basket, Quote, attempt, quote, quote_cart
from actors.orders.reserving import Wanted, needs_reserving, reserve
from actors.orders.rows import Kept
from actors.orders.rules import wrong_state
from actors.orders.saving import Settling, Who, as_it_is, not_found, rounds, save_next, save_settled, stale, till_for
from actors.orders.store import peek_orders, take_orders
from actors.orders.tills import Till
from actors.orders.using import Counters, limits_of
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work


@dataclass(slots=True)
class Change:
    """One change on its way. `known`: customers, as they are known. `quote`: what the order comes to then; None when nothing of its price changes."""

    asked: Asked[ChangeOrder]
    known: dict[UUID, Customer]
    till: Till | None = None
    quote: Quote | None = None
    outcome: Raw | Refusal | None = None

    @property
    def order_id(self) -> UUID:
        return self.asked.body.id


async def change_orders(asked: Sequence[Asked[ChangeOrder]], work: Work) -> list[Raw | Refusal | None]:
    wishes = [one.body.changes.customer for one in asked]
    known = await know([customer for customer in wishes if customer is not UNSET], work)
    changes = [Change(one, known) for one in asked]
    await _price(changes, work)
    await _reserve([change for change in changes if change.outcome is None], work)
    orders = await take_orders(work, [change.order_id for change in changes if change.outcome is None])
    for change in changes:
        # Only the first of those that were made for one version can be right.
        if change.outcome is None:
            _check_again(change, orders.pop(change.order_id, None))
    await _save([change for change in changes if change.outcome is None], work)
    return [change.outcome for change in changes]


# --- before anything is locked


async def _price(changes: Sequence[Change], work: Work) -> None:
    orders = await peek_orders(work, [change.order_id for change in changes])
    for change in changes:
        change.outcome = _refusal(orders.get(change.order_id), change.asked.body)
    good = [change for change in changes if change.outcome is None]
    outcomes = await attempt([partial(_price_one, orders[change.order_id], change, work) for change in good], work)
    for change, outcome in zip(good, outcomes, strict=True):
        if isinstance(outcome, Refusal):
            change.outcome = outcome


def _refusal(kept: Kept | None, ask: ChangeOrder) -> Refusal | None:
    if kept is None:
        return not_found(ask.id)
    if kept.order.version != ask.if_version:
        return stale(kept.order)
    if kept.order.status in ("draft", "open"):
        return None
    return wrong_state(f"Only a draft or an open order can be changed; this one is {kept.order.status}. Refund it, or place a new one.")


def _price_one(kept: Kept, change: Change, work: Work) -> bool | Refusal:
    wish = change.asked.body.changes
    till = till_for(kept.order, None if wish.register_id is UNSET else wish.register_id, work)
    if isinstance(till, Refusal):
        return till
    change.till = till
    if wish.lines is UNSET and wish.customer is UNSET and wish.discounts is UNSET and wish.coupons is UNSET:
        return True
    quoted = _quote(kept, change, till, work)
    if isinstance(quoted, Refusal):
        return quoted
    if quoted.settled.paid and kept.order.status == "open" and wish.register_id is UNSET:
        here = till_for(kept.order, change.asked.body.register_id, work)
        if isinstance(here, Refusal):
            return here
        quoted = quoted._replace(till=here)
    change.quote = quoted
    rights = change.asked.rights
    unapproved = unapproved_buyer(rights, _stranger(change, kept)) or unapproved_sale(rights, quoted.priced.lines, kept.order.lines)
    return unapproved or unapproved_change(rights, kept.order, quoted.settled.totals.change) or True


def _stranger(change: Change, kept: Kept) -> Customer | None:
    """Whom the order is to be for from now on, when only the one who asks speaks for him."""
    customer = change.asked.body.changes.customer
    if customer is UNSET or customer is None or customer.id in change.known or customer == kept.order.customer:
        return None
    return customer


def _quote(kept: Kept, change: Change, till: Till, work: Work) -> Quote | Refusal:
    order, cart, wish = kept.order, kept.cart, change.asked.body.changes
    assert cart is not None
    customer = cart.customer if wish.customer is UNSET else as_known(wish.customer, change.known)
    discounts = cart.discounts if wish.discounts is UNSET else wish.discounts
    coupons = cart.coupons if wish.coupons is UNSET else wish.coupons
    if wish.lines is UNSET:
        cart = msgspec.structs.replace(cart, customer=customer, discounts=discounts, coupons=coupons)
        return quote_cart(till, cart, order.tenders, work)
    basket = Basket(wish.lines, customer, discounts, coupons, work.now, False, cart.lines, cart.next_number, cart.offers_at)
    return quote(till, basket, order.tenders, work)


async def _reserve(changes: Sequence[Change], work: Work) -> None:
    """Of open orders whose lines change: each change by itself, for any of those to one order may be the one that is committed."""
    orders = await peek_orders(work, [change.order_id for change in changes])
    wanted = [change for change in changes if _takes_more(change, orders.get(change.order_id))]
    for turn in rounds(wanted, [change.order_id for change in wanted]):
        asks = [
            Wanted(change.order_id, change.quote.till.store_id, change.quote.cart.lines, change.asked.body.if_version + 1)
            for _, change in turn if change.quote is not None
        ]  # fmt: skip
        refused = await reserve(work, asks)
        for _, change in turn:
            change.outcome = refused.get(change.order_id)


def _takes_more(change: Change, kept: Kept | None) -> bool:
    if kept is None or kept.order.status != "open" or change.quote is None or change.asked.body.changes.lines is UNSET:
        return False
    return needs_reserving(change.quote.cart.lines)


# --- when they are locked


def _check_again(change: Change, kept: Kept | None) -> None:
    if kept is None:
        change.outcome = contract.STALE.refuse("Somebody else changed it at the same moment. Read it again, and make your change to that.")
        return
    change.outcome = _refusal(kept, change.asked.body)


async def _save(changes: Sequence[Change], work: Work) -> None:
    orders = await take_orders(work, [change.order_id for change in changes])
    uses = await _count_uses(changes, orders, work)
    settlings: list[tuple[Change, Settling]] = []
    for one in changes:
        kept = orders[one.order_id]
        if one.outcome is None and one.quote is not None:
            settlings.append((one, _settling(one, kept, one.quote, uses.get(one.order_id))))
        elif one.outcome is None:
            one.outcome = _save_plain(one, kept, work)
    for (one, _), saved in zip(settlings, await save_settled([settling for _, settling in settlings], work), strict=True):
        one.outcome = saved


def _settling(change: Change, kept: Kept, quoted: Quote, uses: Sequence[str] | None) -> Settling:
    changes: dict[str, Any] = {
        **_plain_fields(change), "lines": quoted.priced.lines, "discounts": quoted.priced.discounts, "customer": quoted.cart.customer,
        "coupons": quoted.cart.coupons,
    }
    return Settling(kept, quoted.till, quoted.settled, _who(change), changes, quoted.cart, uses)


def _save_plain(one: Change, kept: Kept, work: Work) -> Raw | Refusal:
    fields = _plain_fields(one)
    if all(getattr(kept.order, name) == value for name, value in fields.items()):
        return as_it_is(kept.order)
    return save_next(kept, _who(one), work, **fields)


def _plain_fields(change: Change) -> dict[str, Any]:
    wish = change.asked.body.changes
    fields: dict[str, Any] = {} if wish.note is UNSET else {"note": wish.note}
    if wish.register_id is not UNSET:
        fields["register_id"] = wish.register_id
    return fields


def _who(change: Change) -> Who:
    return Who(change.asked.by, traceparent=change.asked.traceparent)


async def _count_uses(changes: Sequence[Change], orders: dict[UUID, Kept], work: Work) -> dict[UUID, tuple[str, ...]]:
    """Which limited promotions each counts for from now on; those that are used up change the quote, or refuse it."""
    needed = {
        change.order_id: [*orders[change.order_id].uses, *(limit.key for limit in limits_of(change.quote.priced.used, change.quote.cart.customer))]
        for change in changes if change.quote is not None
    }
    if not any(needed.values()):
        return {}
    counters = Counters(work)
    await counters.take(key for keys in needed.values() for key in keys)
    counted = {}
    for change in changes:
        if change.quote is not None:
            counted[change.order_id] = await _count(change, change.quote, orders[change.order_id], counters, work)
    await counters.save()
    return counted


async def _count(change: Change, was: Quote, kept: Kept, counters: Counters, work: Work) -> tuple[str, ...]:
    def again(exhausted: set[UUID]) -> Quote | Refusal:
        return quote_cart(was.till, was.cart, kept.order.tenders, work, exhausted=exhausted)

    counted = await counters.count(was, again, kept.uses)
    if isinstance(counted.quote, Refusal):
        change.outcome = counted.quote
    else:
        change.quote = counted.quote
    return counted.keys
