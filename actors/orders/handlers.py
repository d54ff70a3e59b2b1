"""One function per command: a batch of questions in, an answer to each out. Those that change an order have modules of their own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Raw
from msgspec.structs import replace

from actors.orders import contract
from actors.orders.contract import (
    GetOrder,
    ListOrders,
    ListStockUses,
    OrderOutcome,
    PlaceOrder,
    PlaceOrders,
    Preview,
    PreviewOrder,
    StockUsesPage,
)
from actors.orders.knowing import as_known, know, records_of
from actors.orders.quoting import Basket, attempt, find_till, quote, quote_plain, tenders_of
from actors.orders.sale import Sale
from actors.orders.saving import not_found
from actors.orders.selling import sell
from actors.orders.store import Page, find_orders
from actors.orders.store import list_orders as list_from_store
from actors.orders.store import list_stock_uses as list_uses
from actors.runtime.actor import Asked
from actors.runtime.cursors import wrong_cursor
from actors.runtime.words import Refusal, Value
from actors.runtime.work import Work


async def place_orders(asked: Sequence[Asked[PlaceOrder]], work: Work) -> list[Raw | Refusal | None]:
    sales = [Sale(one.body, one.by, one.traceparent, rights=one.rights) for one in asked]
    await sell(sales, work)
    return [sale.refusal or sale.order for sale in sales]


class EncodedOutcome(Value, omit_defaults=True):
    """An `OrderOutcome` whose order is encoded already."""

    outcome: str
    id: object
    order: Raw


class EncodedOutcomes(Value):
    items: list[EncodedOutcome | OrderOutcome]


async def place_batches(asked: Sequence[Asked[PlaceOrders]], work: Work) -> list[EncodedOutcomes]:
    batches = [[Sale(order, one.by, one.traceparent, rights=one.rights) for order in one.body.orders] for one in asked]
    await sell([sale for batch in batches for sale in batch], work)
    return [EncodedOutcomes(items=[_outcome(sale) for sale in batch]) for batch in batches]


def _outcome(sale: Sale) -> EncodedOutcome | OrderOutcome:
    order_id = sale.ask.id
    assert order_id is not None
    if sale.refusal is not None:
        return OrderOutcome(outcome="refused", id=order_id, problem=sale.refusal)
    assert sale.order is not None
    return EncodedOutcome(outcome="existing" if sale.existing else "created", id=order_id, order=sale.order)


async def preview_orders(asked: Sequence[Asked[PreviewOrder]], work: Work) -> list[Preview | Refusal]:
    known = await know([one.body.customer for one in asked], work)
    asks = [replace(one.body, customer=as_known(one.body.customer, known)) if known else one.body for one in asked]
    return await attempt([partial(_preview, ask, work) for ask in asks], work)


def _preview(ask: PreviewOrder, work: Work) -> Preview | Refusal:
    till = find_till(ask.register_id, work)
    if isinstance(till, Refusal):
        return till
    tenders = tenders_of(ask.tenders, work.now, till)
    if isinstance(tenders, Refusal):
        return tenders
    quoted = quote_plain(till, ask, tenders, work)
    if quoted is None:
        quoted = quote(till, Basket(ask.lines, ask.customer, ask.discounts, ask.coupons, work.now), tenders, work)
    if isinstance(quoted, Refusal):
        return quoted
    totals = quoted.settled.totals
    return Preview(lines=quoted.priced.lines, totals=totals, missing=totals.missing)


async def get_orders(asked: Sequence[Asked[GetOrder]], work: Work) -> list[Raw | Refusal]:
    orders = await find_orders(work, [one.body.id for one in asked])
    return [orders.get(one.body.id) or not_found(one.body.id) for one in asked]


async def list_orders(asked: Sequence[Asked[ListOrders]], work: Work) -> list[Page | Refusal]:
    return [await _page(one.body, work) for one in asked]


async def _page(wish: ListOrders, work: Work) -> Page | Refusal:
    customers = await records_of(wish.customer_id, work) if wish.customer_id is not None else []
    try:
        return await list_from_store(work, wish, customers)
    except ValueError:
        return wrong_cursor(contract.INVALID)


async def list_stock_uses(asked: Sequence[Asked[ListStockUses]], work: Work) -> list[StockUsesPage]:
    answers = []
    for one in asked:
        found, more = await list_uses(work, one.body)
        answers.append(StockUsesPage(items=found, more=more))
    return answers
