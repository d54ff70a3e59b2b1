"""Keeps goods back for orders before they are committed, all or nothing for each, and never more than there is."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from actors.inventory.book import Book
from actors.inventory.contract import Reservation, Reserve, ReservedMany, ReserveMany, Short
from actors.inventory.reservations import (
    Kept,
    exchange,
    make_lines,
    raised,
    save_reservations,
    shortages,
    take_reservations,
)
from actors.inventory.store import save_book, take_known_book
from actors.runtime.actor import Asked
from actors.runtime.quantities import read_milli, write_milli
from actors.runtime.work import Work


async def reserve(asked: Sequence[Asked[ReserveMany]], work: Work) -> list[ReservedMany]:
    """All levels of the batch are locked at once; then one order after the other is decided."""
    items = [item for one in asked for item in one.body.items]
    lenders = [item.lent_by for item in items if item.lent_by is not None]
    before = await take_reservations(work, [*(item.order_id for item in items), *lenders])
    wishes = [_wish(item, work) for item in items]
    keys = {key for kept in (*before.values(), *wishes) for key in kept.levels()}
    book = await take_known_book(work, keys)
    now = dict(before)
    outcomes = iter([_decide(book, now, wish, item.lent_by) for wish, item in zip(wishes, items, strict=True)])
    changed = [kept for order_id, kept in now.items() if kept is not before.get(order_id)]
    save_reservations(work, before, changed)
    save_book(work, book)
    return [ReservedMany(items=[next(outcomes) for _ in one.body.items]) for one in asked]


def _wish(item: Reserve, work: Work) -> Kept:
    lines = make_lines((line.variant_id, line.product_id, read_milli(line.quantity)) for line in item.lines)
    return Kept(item.order_id, item.store_id, lines, item.version, False, work.now)


def _decide(book: Book, now: dict[UUID, Kept], wish: Kept, lent_by: UUID | None) -> Reservation:
    """`now`: what is kept back for each order so far."""
    before = now.get(wish.order_id)
    if not wish.lines:
        _let_go(book, now, before, wish)
        return Reservation(order_id=wish.order_id, short=[])
    after = raised(before, wish)
    short = shortages(book, before, after, now.get(lent_by) if lent_by else None)
    if not short:
        exchange(book, before, after)
        # Not confirmed: whether the order is committed at all is asked later.
        now[wish.order_id] = after
    return Reservation(order_id=wish.order_id, short=[Short(variant_id=id, available=write_milli(milli)) for id, milli in short.items()])


def _let_go(book: Book, now: dict[UUID, Kept], before: Kept | None, wish: Kept) -> None:
    """An order that has told of itself says by itself what it needs no longer."""
    if before is not None and not before.confirmed and before.version == 1:
        exchange(book, before, wish)
        now[wish.order_id] = wish
