"""From what was asked to what is stored: the one way in which an order is placed, alone or in a batch, paid or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from msgspec import Raw

from actors.orders import contract
from actors.orders.approving import unapproved_buyer, unapproved_offline, unapproved_sale
from actors.orders.contract import Customer, OfflineOrder, PlaceOrder
from actors.orders.knowing import know_buyers
from actors.orders.limiting import count_uses, flag_repeated_receipts, reserve_sales
from actors.orders.making import store_orders
from actors.orders.quoting import Basket, Quote, attempt, find_till, quote, quote_plain, tenders_of
from actors.orders.rules import content_of
from actors.orders.sale import Sale
from actors.orders.store import existing_contents, find_orders
from actors.runtime.words import Refusal
from actors.runtime.work import Work

CLOCK_SKEW = timedelta(minutes=5)
"""How far a register's clock may be ahead of ours."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


async def sell(sales: Sequence[Sale], work: Work) -> None:
    """Settles each of them. Those with one id are settled as if they had come one after another."""
    await recognize(sales, work)
    await know_buyers(sales, work)
    winners: dict[UUID, Sale] = {}
    twins: list[Sale] = []
    left = [sale for sale in sales if not sale.settled]
    while left:
        first, left = _first_of_each_id(left)
        twins += [sale for sale in first if sale.ask.id in winners]
        fresh = [sale for sale in first if sale.ask.id not in winners]
        await price(fresh, work)
        await reserve_sales([sale for sale in fresh if sale.quote is not None], work)
        for sale in fresh:
            if not sale.settled:
                winners[sale.id] = sale
    await count_uses(list(winners.values()), work)
    await flag_repeated_receipts(list(winners.values()), work)
    await store_orders([sale for sale in winners.values() if not sale.settled], work)
    for twin in twins:
        winner = winners[twin.ask.id or twin.id]
        settle_known(twin, winner.order, content_of(twin.ask) == content_of(winner.ask), winner.refusal)


def _first_of_each_id(sales: list[Sale]) -> tuple[list[Sale], list[Sale]]:
    seen: set[UUID] = set()
    first: list[Sale] = []
    rest: list[Sale] = []
    for sale in sales:
        (rest if sale.ask.id in seen else first).append(sale)
        if sale.ask.id is not None:
            seen.add(sale.ask.id)
    return first, rest


# --- what has landed before


async def recognize(sales: Sequence[Sale], work: Work) -> None:
    """Sales with an id of the client's own may have landed before: the same again is answered, another one refused."""
    named = {sale.ask.id for sale in sales if sale.ask.id is not None}
    known = await existing_contents(work, list(named)) if named else {}
    if not known:
        return
    stored = await find_orders(work, list(known))
    for sale in sales:
        if sale.ask.id in known:
            settle_known(sale, stored[sale.ask.id], content_of(sale.ask) == known[sale.ask.id])


def settle_known(sale: Sale, order: Raw | None, same: bool, refusal: Refusal | None = None) -> None:
    if same:
        sale.order, sale.existing, sale.refusal = order, order is not None, refusal
        return
    detail = f"The id {sale.ask.id} belongs to another sale. Give each sale an id of its own."
    sale.refusal = contract.ID_TAKEN.refuse_at("/id", detail)


# --- what it costs


async def price(sales: Sequence[Sale], work: Work) -> None:
    """Gives each a `quote` or a `refusal`."""
    outcomes = await attempt([partial(_approved, sale, work) for sale in sales], work)
    for sale, outcome in zip(sales, outcomes, strict=True):
        if isinstance(outcome, Refusal):
            sale.refusal = outcome
        else:
            sale.quote = outcome
            sale.id = sale.ask.id or work.new_id()


def _approved(sale: Sale, work: Work) -> Quote | Refusal:
    """What was sold offline is sold: what nobody had approved is flagged."""
    quoted = _price_one(sale, work)
    if sale.rights is None or type(quoted) is Refusal:
        return quoted
    stranger = unapproved_buyer(sale.rights, _stranger(sale))
    if not sale.offline:
        return stranger or unapproved_sale(sale.rights, quoted.priced.lines) or quoted
    if stranger is None and unapproved_offline(sale.rights, quoted.priced.lines, quoted.settled.totals, quoted.listed) is None:
        return quoted
    return quoted._replace(flags=[*quoted.flags, "unapproved"])


def _stranger(sale: Sale) -> Customer | None:
    """The customer, when only the seller speaks for him. An offline register knows those with an id from before."""
    customer = sale.ask.customer
    return None if sale.known or customer is None or (sale.offline and customer.id is not None) else customer


def _price_one(sale: Sale, work: Work) -> Quote | Refusal:
    ask = sale.ask
    till = find_till(ask.register_id, work, offline=sale.offline)
    if isinstance(till, Refusal):
        return till
    wrong = _wrong_time(ask, work) if type(ask) is OfflineOrder else _wrong_hold(ask)
    if wrong is not None:
        return wrong
    at = ask.sold_at.astimezone(UTC) if type(ask) is OfflineOrder else work.now
    given = tenders_of(ask.tenders, at, till, after=sale.credits, offline=sale.offline)
    if isinstance(given, Refusal):
        return given
    sale.tenders = [*sale.credits, *given]
    charged = ask.total if type(ask) is OfflineOrder else None
    if charged is not None and charged.currency != till.currency:
        detail = f"The store sells in {till.currency}. Give the total in that."
        return contract.WRONG_CURRENCY.refuse_at("/total/currency", detail)
    if type(ask) is PlaceOrder and sale.exchange_of is None:
        plain = quote_plain(till, ask, sale.tenders, work)
        if plain is not None:
            return plain
    basket = Basket(ask.lines, ask.customer, ask.discounts, ask.coupons, at, sale.offline)
    quoted = quote(till, basket, sale.tenders, work, charged=charged)
    return _unpaid(ask, quoted) or quoted if type(ask) is OfflineOrder else quoted


def _wrong_time(ask: OfflineOrder, work: Work) -> Refusal | None:
    if EARLIEST <= ask.sold_at <= work.now + CLOCK_SKEW:
        return None
    detail = "It was sold after now, or before there were such registers. Set the register's clock, and send the time of the sale."
    return contract.WRONG_TIME.refuse_at("/sold_at", detail)


def _unpaid(ask: OfflineOrder, quoted: Quote | Refusal) -> Refusal | None:
    """A sale that took place was paid, unless it cost nothing."""
    if ask.tenders or isinstance(quoted, Refusal) or not (quoted.priced.total if ask.total is None else ask.total.amount):
        return None
    detail = "Say what it was paid with: a sale that was made offline has its tenders with it."
    return contract.INVALID.refuse_at("/tenders", detail)


def _wrong_hold(ask: PlaceOrder | OfflineOrder) -> Refusal | None:
    if type(ask) is not PlaceOrder or not ask.hold:
        return None
    if ask.tenders:
        detail = "Nothing is paid on an order that is held. Leave the tenders out; or place it open, without `hold`."
        return contract.INVALID.refuse_at("/tenders", detail)
    if ask.pay_within_seconds is not None:
        detail = "An order that is held does not expire. Leave it out; or place the order open, without `hold`."
        return contract.INVALID.refuse_at("/pay_within_seconds", detail)
    return None
