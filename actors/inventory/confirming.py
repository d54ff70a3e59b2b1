"""Looks after reservations: what was kept back for an order that has not come, or says otherwise, is put right.

A reservation is made before its order is committed. Whether it was is asked later: then no answer can be on its way any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from actors.inventory.book import Book
from actors.inventory.following import ENDED
from actors.inventory.reservations import (
    Kept,
    confirm,
    drop_reservations,
    exchange,
    make_lines,
    save_reservations,
    shortages,
    take_reservations,
)
from actors.inventory.store import SQL, save_book, take_known_book
from actors.orders.contract import LIST_STOCK_USES, ListStockUses, StockUses, StockUsesPage
from actors.runtime.ids import now
from actors.runtime.quantities import read_milli

if TYPE_CHECKING:
    from actors.runtime.member import Member
    from actors.runtime.work import Work

AT_ONCE = 500
LOOK_SECONDS_MAX = 5.0


async def confirm_reservations(member: Member) -> None:
    """Runs until cancelled."""
    seconds = member.settings.inventory_reserve_seconds
    while True:
        while await look_once(member, now() - timedelta(seconds=seconds)) == AT_ONCE:
            continue
        await asyncio.sleep(min(LOOK_SECONDS_MAX, seconds / 4))


async def look_once(member: Member, asked_before: datetime) -> int:
    """Compares up to AT_ONCE reservations that were last asked for before that moment. Returns how many it could settle."""
    async with member.transaction() as work:
        doubtful = {row["order_id"]: row["asked_at"] for row in await work.read(SQL["doubtful_reservations"], asked_before, AT_ONCE)}
    if not doubtful:
        return 0
    reply = await member.client.ask(LIST_STOCK_USES, ListStockUses(ids=list(doubtful)))
    if reply.refusal is not None:
        member.log.warning("reservations cannot be compared with orders yet", reason=reply.refusal.detail)
        return 0
    page = msgspec.json.decode(reply.body, type=StockUsesPage)
    async with member.transaction() as work:
        return await settle(work, doubtful, {uses.id: uses for uses in page.items})


async def settle(work: Work, doubtful: Mapping[UUID, datetime], told: Mapping[UUID, StockUses]) -> int:
    """Makes each reservation what its order says, if it has not been asked for anew meanwhile."""
    taken = await take_reservations(work, doubtful)
    kept = {id: one for id, one in taken.items() if not one.confirmed and one.asked_at == doubtful[id]}
    versions = {row["order_id"]: row["version"] for row in await work.read(SQL["heard_versions"], list(kept))}
    # An order that has ended is waited for: its sale and the release belong into one transaction.
    ready = {id: one for id, one in kept.items() if not _awaited(told.get(id), versions.get(id, 0))}
    wishes = {id: _wish(one, told.get(id)) for id, one in ready.items()}
    book = await take_known_book(work, {key for one in (*ready.values(), *wishes.values()) for key in one.levels()})
    saved = [put_right(book, one, wishes[id]) for id, one in ready.items()]
    done = [one.order_id for one in saved if one.confirmed and not one.lines]
    drop_reservations(work, done)
    save_reservations(work, ready, [one for one in saved if one.order_id not in done])
    save_book(work, book)
    return len(saved)


def put_right(book: Book, before: Kept, wish: Kept) -> Kept:
    """Where there is not enough any more for what the order says, it keeps what it has; it is looked at again."""
    if shortages(book, before, wish):
        return before
    exchange(book, before, wish)
    return confirm(wish)


def _awaited(uses: StockUses | None, heard: int) -> bool:
    return uses is not None and uses.status in ENDED and heard < uses.version


def _wish(kept: Kept, uses: StockUses | None) -> Kept:
    if uses is None or uses.status in ENDED:
        return Kept(kept.order_id, kept.store_id, (), kept.version, False, kept.asked_at)
    lines: Sequence[tuple[UUID, UUID, int]] = [(line.variant_id, line.product_id, read_milli(line.quantity)) for line in uses.reserved]
    return Kept(kept.order_id, uses.store_id, make_lines(lines), kept.version, False, kept.asked_at)
