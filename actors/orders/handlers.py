"""One function per command: a batch of questions in, an answer to each out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Raw

from actors.orders import contract
from actors.orders.contract import (
    GetOrder,
    ListOrders,
    Order,
    OrderOutcome,
    OrderOutcomes,
    OrderPage,
    PlaceOrder,
    PlaceOrders,
    Preview,
    PreviewOrder,
)
from actors.orders.rules import price_sale
from actors.orders.selling import Sale, find_till, sell
from actors.orders.store import find_orders
from actors.orders.store import list_orders as list_from_store
from actors.orders.views import PRICE_LIST, TILLS
from actors.runtime.actor import Asked
from actors.runtime.words import FieldError, Money, Refusal
from actors.runtime.work import Work


async def place_orders(asked: Sequence[Asked[PlaceOrder]], work: Work) -> list[Raw | Refusal | None]:
    sales = [Sale(one.body, one.by, one.traceparent) for one in asked]
    await sell(sales, work)
    return [sale.refusal or sale.order for sale in sales]


async def place_batches(asked: Sequence[Asked[PlaceOrders]], work: Work) -> list[OrderOutcomes]:
    batches = [[Sale(order, one.by, one.traceparent) for order in one.body.orders] for one in asked]
    await sell([sale for batch in batches for sale in batch], work)
    return [OrderOutcomes(items=[_outcome(sale) for sale in batch]) for batch in batches]


def _outcome(sale: Sale) -> OrderOutcome:
    order: Any = sale.order
    order_id = sale.ask.id
    assert order_id is not None
    if sale.refusal is not None:
        return OrderOutcome(outcome="refused", id=order_id, problem=sale.refusal)
    return OrderOutcome(outcome="existing" if sale.existing else "created", id=order_id, order=order)


async def preview_orders(asked: Sequence[Asked[PreviewOrder]], work: Work) -> list[Preview | Refusal]:
    answers = [_preview(one.body, work) for one in asked]
    if any(isinstance(answer, Refusal) for answer in answers):
        await work.refresh(TILLS)
        await work.refresh(PRICE_LIST)
        answers = [_preview(one.body, work) for one in asked]
    return answers


def _preview(ask: PreviewOrder, work: Work) -> Preview | Refusal:
    till = find_till(ask.register_id, work)
    if isinstance(till, Refusal):
        return till
    priced = price_sale(till, ask.lines, ask.tenders, work.view(PRICE_LIST).find, offline=False, paid=False)
    if isinstance(priced, Refusal):
        return priced
    return Preview(lines=priced.lines, totals=priced.totals, missing=Money(amount=priced.missing, currency=till.currency))


async def get_orders(asked: Sequence[Asked[GetOrder]], work: Work) -> list[Order | Refusal]:
    orders = await find_orders(work, [one.body.id for one in asked])
    return [orders.get(one.body.id) or contract.NOT_FOUND.refuse(f"There is no order {one.body.id}.") for one in asked]


async def list_orders(asked: Sequence[Asked[ListOrders]], work: Work) -> list[OrderPage | Refusal]:
    return [await _page(one.body, work) for one in asked]


async def _page(wish: ListOrders, work: Work) -> OrderPage | Refusal:
    try:
        orders, cursor = await list_from_store(work, wish)
    except ValueError:
        detail = "Use the next_cursor of the page before, unchanged."
        return contract.INVALID.refuse(detail, FieldError(pointer="?cursor", detail=detail))
    return OrderPage(items=orders, next_cursor=cursor)
