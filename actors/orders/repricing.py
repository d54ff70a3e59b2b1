"""Prices a cart again that was made of others: each line at the price of its moment, limited promotions counted anew."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple
from uuid import UUID

from actors.orders.cart import Cart
from actors.orders.contract import Order, Tender
from actors.orders.quoting import Quote, attempt, quote_cart
from actors.orders.rows import WAITING, Kept
from actors.orders.rules import wrong_state
from actors.orders.saving import till_for
from actors.orders.tills import Till
from actors.orders.using import Counters, is_limited
from actors.runtime.words import Refusal
from actors.runtime.work import Work


class Repriced(NamedTuple):
    """`uses`: the limited promotions that it counts for now."""

    quote: Quote
    uses: tuple[str, ...]


def waiting_only(kept: Kept) -> Refusal | None:
    if kept.order.status in WAITING:
        return None
    return wrong_state(f"Only an order that is held or open can be split or merged; this one is {kept.order.status}.")


async def own_till(order: Order, work: Work) -> Till | Refusal:
    """Of the register that the order is at. Before the transaction: where it is not known yet, its owner is asked."""
    return (await attempt([partial(till_for, order, None, work)], work))[0]


async def reprice(
    till: Till, cart: Cart, tenders: Sequence[Tender], counters: Counters, work: Work, *, had: Sequence[str] = ()
) -> Repriced | Refusal:
    """With these tenders, which must not come to more than what is due. `had`: what it counts for already."""
    quote = quote_cart(till, cart, tenders, work)
    uses: tuple[str, ...] = ()
    if not isinstance(quote, Refusal) and (had or is_limited(quote)):
        await counters.take(had)

        def again(exhausted: set[UUID]) -> Quote | Refusal:
            return quote_cart(till, cart, tenders, work, exhausted=exhausted)

        quote, uses = await counters.count(quote, again, had)
    if isinstance(quote, Refusal):
        return no_longer(quote)
    if quote.settled.totals.change.amount:
        return wrong_state("More has been paid on it than would be due then.")
    return Repriced(quote, uses)


def no_longer(refusal: Refusal) -> Refusal:
    """What stood in the way of a sale stands in the way of this: the order is in no state for it."""
    return refusal if refusal.kind == "busy" else wrong_state(refusal.detail)
