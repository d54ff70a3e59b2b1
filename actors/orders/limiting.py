"""What there is only so much of, looked at before a sale is stored: goods that may not be oversold, promotions, printed receipts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from actors.orders.contract import OfflineOrder
from actors.orders.quoting import Quote, quote_cart
from actors.orders.reserving import Wanted, let_go, needs_reserving, reserve
from actors.orders.sale import Sale
from actors.orders.store import repeated_receipts
from actors.orders.using import Counters, is_limited, limits_of
from actors.runtime.words import Refusal
from actors.runtime.work import Work

# --- goods


async def reserve_sales(sales: Sequence[Sale], work: Work) -> None:
    """Of those that are priced. Before the transaction."""
    wanted = {
        sale.id: sale
        for sale in sales
        if not sale.held and sale.quote is not None and sale.quote.filled is not None and needs_reserving(sale.quote.filled.lines)
    }
    if not wanted:
        return
    asks = [Wanted(sale.id, sale.quote.till.store_id, sale.quote.cart.lines) for sale in wanted.values() if sale.quote is not None]
    refused = await reserve(work, asks)
    for order_id, refusal in refused.items():
        _short(wanted[order_id], refusal)
    _let_go_when_undone([sale for order_id, sale in wanted.items() if order_id not in refused], work)


def _short(sale: Sale, refusal: Refusal) -> None:
    """The goods of an offline sale are in the customer's hands already."""
    if sale.offline and sale.quote is not None:
        sale.quote = sale.quote._replace(flags=[*sale.quote.flags, "short_stock"])
    else:
        sale.refusal = refusal


def _let_go_when_undone(sales: Sequence[Sale], work: Work) -> None:
    """An id of our own never comes again. One of the client's may, at once: there inventory finds out by itself."""
    ours = [(sale.id, sale.quote.till.store_id) for sale in sales if sale.ask.id is None and sale.quote is not None]
    if ours:
        # Unless it is known that it was undone, it may have been done.
        work.after_rollback(lambda collided: let_go(work, ours) if collided else None)


# --- promotions


async def count_uses(sales: Sequence[Sale], work: Work) -> None:
    """Under row locks: where a promotion has been used up meanwhile, the sale is priced without it."""
    limited = [sale for sale in sales if sale.quote is not None and is_limited(sale.quote)]
    if not limited:
        return
    counters = Counters(work)
    await counters.take(
        limit.key for sale in limited if sale.quote is not None for limit in limits_of(sale.quote.priced.used, sale.quote.cart.customer)
    )
    for sale in limited:
        await _count(sale, counters, work)
    await counters.save()


async def _count(sale: Sale, counters: Counters, work: Work) -> None:
    was = sale.quote
    assert was is not None

    def again(exhausted: set[UUID]) -> Quote | Refusal:
        if sale.offline:
            # It was given already.
            return was._replace(flags=[*was.flags, "coupon_overused"])
        return quote_cart(was.till, was.cart, sale.tenders, work, exhausted=exhausted)

    counted = await counters.count(was, again)
    if not isinstance(counted.quote, Refusal):
        sale.quote, sale.uses = counted.quote, counted.keys
        return
    sale.refusal = counted.quote
    if sale.ask.id is None and needs_reserving(was.cart.lines):
        work.after_commit(lambda: let_go(work, [(sale.id, was.till.store_id)]))


# --- printed receipts


async def flag_repeated_receipts(sales: Sequence[Sale], work: Work) -> None:
    printed = {sale.id: (sale.ask.register_id, sale.ask.receipt) for sale in sales if type(sale.ask) is OfflineOrder and sale.ask.receipt}
    if not printed:
        return
    seen = await repeated_receipts(work, printed.values())
    for sale in sales:
        receipt = printed.get(sale.id)
        if receipt is None or sale.quote is None:
            continue
        if receipt in seen:
            sale.quote = sale.quote._replace(flags=[*sale.quote.flags, "receipt_repeated"])
        seen.add(receipt)
