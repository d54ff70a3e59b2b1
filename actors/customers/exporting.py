"""All that is known of a person, for the person: profiles, ledgers, store credit, orders; page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from actors.customers import store
from actors.customers.books import read_holders, to_credit, to_credit_entry, to_points_entry
from actors.customers.contract import INVALID, CustomerExport, ExportCustomer, OrderSummary, Profile
from actors.customers.handlers import no_customer
from actors.customers.merging import ids_of
from actors.customers.owning import DONE, owned_page
from actors.orders.contract import LIST_ORDERS, ListOrders, Order, OrderPage
from actors.payments.contract import OwnedPage
from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor, wrong_cursor
from actors.runtime.words import Refusal
from actors.runtime.work import Work

ORDERS_MAX = 50
"""Of a page: orders are large."""


class Place(msgspec.Struct, array_like=True):
    """How far the pages before have come: the record, the last numbers of its two ledgers, the cursors of orders and store credit; "-": no more."""

    record: int = 0
    credit: int = 0
    points: int = 0
    orders: str = ""
    owned: str = ""


async def export_customers(asked: Sequence[Asked[ExportCustomer]], work: Work) -> list[CustomerExport | Refusal]:
    return [await _export(one.body, work) for one in asked]


async def _export(asked: ExportCustomer, work: Work) -> CustomerExport | Refusal:
    try:
        place = Place(*read_cursor(asked.cursor, tuple[int, int, int, str, str])) if asked.cursor else Place()
    except ValueError:
        return wrong_cursor(INVALID)
    profile = (await store.find_profiles(work, [asked.id])).get(asked.id)
    if profile is None:
        return no_customer(asked.id)
    merged = [store.to_profile(row) for row in await work.read(store.SQL["find_merged"], [asked.id])]
    ids = ids_of(profile, merged)
    if not 0 <= place.record < len(ids):
        return wrong_cursor(INVALID)
    return await _page([profile, *merged], ids, place, asked, work)


async def _page(records: list[Profile], ids: list[UUID], place: Place, asked: ExportCustomer, work: Work) -> CustomerExport | Refusal:
    """Of one record after the other; orders and store credit, which are found by all of them, from the first on."""
    id = ids[place.record]
    credit = await work.read(store.SQL["credit_entries"], id, place.credit, None, None, asked.limit, 2**62)
    points = await work.read(store.SQL["points_entries_up"], id, place.points, asked.limit)
    holder = (await read_holders(work, [asked.id]))[asked.id]
    # The last of all: no connection is held while others are asked.
    owned = await owned_page(ids, asked.limit, place.owned, work)
    if isinstance(owned, Refusal):
        return wrong_cursor(INVALID) if owned.kind == "invalid" else owned
    orders = await _orders(place, asked, work)
    if isinstance(orders, Refusal):
        return wrong_cursor(INVALID) if orders.kind == "invalid" else orders
    first = asked.cursor is None
    return CustomerExport(
        records=records if first else [], credit=to_credit(holder) if first and holder.currency is not None else None, points=holder.points,
        credit_entries=[to_credit_entry(row) for row in credit], points_entries=[to_points_entry(row) for row in points],
        orders=[_summary(order) for order in orders.items], next_cursor=_next(place, credit, points, orders, owned, asked.limit, len(records)),
        store_credits=owned.accounts, store_credit_entries=owned.entries,
    )  # fmt: skip


async def _orders(place: Place, asked: ExportCustomer, work: Work) -> OrderPage | Refusal:
    """Those of all the person's records: they are found by each."""
    if place.orders == DONE:
        return OrderPage(items=[])
    page = ListOrders(customer_id=asked.id, limit=min(asked.limit, ORDERS_MAX), cursor=place.orders or None)
    return await work.ask(LIST_ORDERS, page)


def _next(
    place: Place, credit: Sequence[Any], points: Sequence[Any], orders: OrderPage, owned: OwnedPage, limit: int, records: int
) -> str | None:
    if len(credit) < limit and len(points) < limit and orders.next_cursor is None and owned.next_cursor is None:
        return write_cursor(place.record + 1, 0, 0, DONE, DONE) if place.record + 1 < records else None
    return write_cursor(
        place.record, credit[-1]["number"] if credit else place.credit, points[-1]["number"] if points else place.points,
        orders.next_cursor or DONE, owned.next_cursor or DONE,
    )  # fmt: skip


def _summary(order: Order) -> OrderSummary:
    return OrderSummary(
        id=order.id, store_id=order.store_id, receipt=order.receipt, sold_at=order.sold_at, status=order.status, total=order.totals.total
    )
