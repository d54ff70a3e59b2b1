"""Inventory follows orders: what an order has taken from stock, and what came back, is applied once, whatever comes twice or late.

An order's `stock` is cumulative. What is written down is its difference to what the ledger has for that order already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from actors.inventory.book import Book, Key
from actors.inventory.heard import HeardOrder, Told, newest
from actors.inventory.reservations import Kept, drop_reservations, exchange, make_lines, save_reservations, take_reservations
from actors.inventory.rules import read_milli
from actors.inventory.store import SQL, Wanted, save_book, take_book, to_json
from actors.runtime.actor import Happened
from actors.runtime.work import Work

ENDED = ("completed", "cancelled")


class Applied(NamedTuple):
    """What the ledger has of one order and one variant."""

    product_id: UUID
    sold: int = 0
    returned: int = 0


class Change(NamedTuple):
    """How much more of a variant an order has sold, or got back, than the ledger knows."""

    order: HeardOrder
    by: str
    variant_id: UUID
    product_id: UUID
    sold: int
    returned: int


async def follow_orders(happened: Sequence[Happened[Any]], work: Work) -> None:
    """Set-based: one transaction and a handful of statements, however many events there are."""
    told = newest(happened)
    rows = await work.fetch(SQL["hear_orders"], to_json([_heard(one.order) for one in told.values() if one.order])) if told else []
    if not rows:
        return
    applied = await _applied(work, [row["order_id"] for row in rows if row["again"]])
    changes = [change for row in rows for change in changes_of(told[row["order_id"]], applied.get(row["order_id"], {}))]
    before = await take_reservations(work, [row["order_id"] for row in rows])
    keeping = _keeping([order for row in rows if (order := told[row["order_id"]].order)], before, work.now)
    if not changes and not keeping:
        return
    book = await take_book(work, _wanted(changes, [*keeping.values(), *(before[id] for id in keeping if id in before)], told))
    for order_id, kept in keeping.items():
        exchange(book, before.get(order_id), kept)
    for change in changes:
        enter(book, change)
    drop_reservations(work, [order_id for order_id, kept in keeping.items() if not kept.lines and order_id in before])
    save_reservations(work, before, [kept for kept in keeping.values() if kept.lines])
    save_book(work, book)


def _keeping(orders: Iterable[HeardOrder], before: Mapping[UUID, Kept], now: datetime) -> dict[UUID, Kept]:
    """What is kept back for these orders from now on, as they say; for one whose next version is being asked for, nothing changes yet."""
    keeping = {}
    for order in orders:
        kept = before.get(order.id)
        if (kept is None and not order.reserved) or (kept is not None and kept.version > order.version and order.status not in ENDED):
            continue
        lines = make_lines((line.variant_id, line.product_id, read_milli(line.quantity)) for line in order.reserved)
        keeping[order.id] = Kept(order.id, order.store_id, lines, order.version, True, now)
    return keeping


def _heard(order: HeardOrder) -> dict[str, object]:
    return {"id": order.id, "store_id": order.store_id, "version": order.version}


async def _applied(work: Work, order_ids: list[UUID]) -> dict[UUID, dict[UUID, Applied]]:
    """By order and variant, for orders that have been heard of before."""
    applied: dict[UUID, dict[UUID, Applied]] = {}
    for row in await work.fetch(SQL["applied_uses"], order_ids) if order_ids else []:
        applied.setdefault(row["order_id"], {})[row["variant_id"]] = Applied(row["product_id"], row["sold"], row["returned"])
    return applied


def changes_of(told: Told, applied: Mapping[UUID, Applied]) -> Iterator[Change]:
    order = told.order
    assert order is not None
    for use in order.stock:
        sold, returned = read_milli(use.sold), read_milli(use.returned)
        before = applied.get(use.variant_id) if applied else None
        if before is not None:
            sold, returned = sold - before.sold, returned - before.returned
        if sold or returned:
            yield Change(order, told.by, use.variant_id, use.product_id, sold, returned)
    if applied:
        named = {use.variant_id for use in order.stock}
        for variant_id, gone in applied.items():
            if variant_id not in named and (gone.sold or gone.returned):
                yield Change(order, told.by, variant_id, gone.product_id, -gone.sold, -gone.returned)


def _wanted(changes: Iterable[Change], kept: Iterable[Kept], told: Mapping[UUID, Told]) -> Iterator[Wanted]:
    for reservation in kept:
        order = told[reservation.order_id].order
        assert order is not None
        for line in reservation.lines:
            yield Wanted(reservation.store_id, line.variant_id, line.product_id, order.totals.due.currency)
    for change in changes:
        yield Wanted(change.order.store_id, change.variant_id, change.product_id, change.order.totals.due.currency)


def enter(book: Book, change: Change) -> None:
    order = change.order
    key: Key = (order.store_id, change.variant_id)
    if change.sold:
        book.enter(key, "sale", -change.sold, at=order.left_at, reference_id=order.id, reference=order.receipt, by=change.by)
    if change.returned:
        book.enter(key, "return", change.returned, at=order.updated_at, reference_id=order.id, reference=order.receipt, by=change.by)
