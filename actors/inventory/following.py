"""Inventory follows orders: what an order has taken from stock, and what came back, is applied once, whatever comes twice or late.

An order's `stock` is cumulative. What is written down is its difference to what the ledger has for that order already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import Struct

from actors.inventory.book import Book, Standing
from actors.inventory.heard import Applied, Change, HeardOrder, Told, changes_of, newest
from actors.inventory.reservations import Kept, drop_reservations, exchange, make_lines, save_reservations, take_reservations
from actors.inventory.sold import Head
from actors.inventory.store import SQL, save_book, take_levels, to_json
from actors.runtime.actor import Happened
from actors.runtime.quantities import read_milli
from actors.runtime.work import Work

ENDED = ("completed", "cancelled")


class Needed(Struct, gc=False):
    """A level that is needed, as `Wanted`, with the ids as they were heard."""

    store_id: UUID
    variant_id: str
    product_id: str
    currency: str


class News(NamedTuple):
    """What the newest version of an order changes."""

    order: HeardOrder
    by: str
    changes: list[Change]


async def follow_orders(happened: Sequence[Happened[Any]], work: Work) -> None:
    """Set-based: one transaction and a handful of statements, however many events there are."""
    await apply_orders(newest(happened), work)


async def apply_orders(told: Mapping[UUID, Told], work: Work) -> None:
    """The newest version of each; what is known of it already changes nothing."""
    rows = await work.fetch(SQL["hear_orders"], to_json([_heard(one.order) for one in told.values() if one.order])) if told else []
    if not rows:
        return
    applied = await _applied(work, [row["order_id"] for row in rows if row["again"]])
    news = [_news(told[row["order_id"]], applied) for row in rows]
    before = await take_reservations(work, [row["order_id"] for row in rows])
    keeping = _keeping([one.order for one in news], before, work.now)
    needed = _needed(news, [*keeping.values(), *(before[id] for id in keeping if id in before)])
    if not needed and not keeping:
        return
    book = await take_levels(work, needed)
    for order_id, kept in keeping.items():
        exchange(book, before.get(order_id), kept)
    enter(book, news)
    drop_reservations(work, [order_id for order_id, kept in keeping.items() if not kept.lines and order_id in before])
    save_reservations(work, before, [kept for kept in keeping.values() if kept.lines])
    save_book(work, book)


def _news(told: Told, applied: Mapping[UUID, Mapping[str, Applied]]) -> News:
    assert told.order is not None
    return News(told.order, told.by, changes_of(told.order, applied.get(told.order.id) if applied else None))


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


async def _applied(work: Work, order_ids: list[UUID]) -> dict[UUID, dict[str, Applied]]:
    """By order and variant, for orders that have been heard of before."""
    applied: dict[UUID, dict[str, Applied]] = {}
    for row in await work.fetch(SQL["applied_uses"], order_ids) if order_ids else []:
        applied.setdefault(row["order_id"], {})[str(row["variant_id"])] = Applied(str(row["product_id"]), row["sold"], row["returned"])
    return applied


def _needed(news: Iterable[News], kept: Iterable[Kept]) -> list[Needed]:
    """Each level once."""
    needed: dict[UUID, dict[str, Needed]] = {}
    currencies = {}
    for order, _, changes in news:
        store_id, currency = order.store_id, order.totals.due.currency
        currencies[order.id] = currency
        of_store = needed.setdefault(store_id, {})
        for change in changes:
            if change.variant_id not in of_store:
                of_store[change.variant_id] = Needed(store_id, change.variant_id, change.product_id, currency)
    for reservation in kept:
        of_store = needed.setdefault(reservation.store_id, {})
        for line in reservation.lines:
            id = str(line.variant_id)
            of_store.setdefault(id, Needed(reservation.store_id, id, str(line.product_id), currencies[reservation.order_id]))
    return [level for of_store in needed.values() for level in of_store.values()]


def enter(book: Book, news: Iterable[News]) -> None:
    levels: dict[UUID, dict[str, Standing]] = {}
    for level in book.levels.values():
        levels.setdefault(level.store_id, {})[str(level.variant_id)] = level
    for order, by, changes in news:
        if not changes:
            continue
        of_store = levels[order.store_id]
        sold = [(of_store[change.variant_id], -change.sold) for change in changes if change.sold]
        back = [(of_store[change.variant_id], change.returned) for change in changes if change.returned]
        if sold:
            book.follow(Head("sale", order.left_at, order.id, order.receipt, by), sold)
        if back:
            book.follow(Head("return", order.back_at, order.id, order.receipt, by), back)
