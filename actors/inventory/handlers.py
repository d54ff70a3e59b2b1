"""What is only read: lists in pages, by the statement whose index suits what was asked, and single counts and transfers.

What changes the stock has modules of its own: `receiving`, `counting` and `closing`, `transferring` and `arriving`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from actors.inventory import counts, transfers
from actors.inventory.book import to_level, to_movement
from actors.inventory.contract import (
    INVALID,
    Count,
    CountPage,
    GetCount,
    GetTransfer,
    LevelPage,
    ListCounts,
    ListLevels,
    ListMovements,
    ListTransfers,
    MovementPage,
    Transfer,
    TransferPage,
)
from actors.inventory.store import FIRST, LAST, SQL, to_entry, to_standing
from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor, wrong_cursor
from actors.runtime.words import Refusal
from actors.runtime.work import Work

Item = TypeVar("Item", bound=Struct)


def fitting(items: Iterable[Item], bytes_max: int) -> list[Item]:
    """As many as fit into one message, and at least one."""
    page: list[Item] = []
    size = 0
    for item in items:
        size += len(msgspec.json.encode(item))
        if page and size > bytes_max:
            break
        page.append(item)
    return page


# --- levels and movements


async def list_levels(asked: Sequence[Asked[ListLevels]], work: Work) -> list[LevelPage | Refusal]:
    return [await _levels(one.body, work) for one in asked]


async def _levels(wish: ListLevels, work: Work) -> LevelPage | Refusal:
    try:
        start = read_cursor(wish.cursor, tuple[UUID, UUID]) if wish.cursor else (wish.store_id or FIRST, FIRST)
    except ValueError:
        return wrong_cursor(INVALID)
    given = (*start, wish.store_id or LAST, wish.limit + 1)
    if wish.store_id is not None and start[0] != wish.store_id:
        return wrong_cursor(INVALID)
    if wish.product_id is not None:
        rows = await work.read(SQL["list_levels_of_product"], *given, wish.product_id, wish.variant_id, wish.below_reorder)
    elif wish.variant_id is not None:
        rows = await work.read(SQL["list_levels_of_variant"], *given, wish.variant_id, wish.below_reorder)
    else:
        rows = await work.read(SQL["list_levels_to_reorder" if wish.below_reorder else "list_levels"], *given)
    page = fitting((to_level(to_standing(row)) for row in rows[: wish.limit]), work.page_bytes_max)
    more = len(rows) > len(page)
    return LevelPage(items=page, next_cursor=write_cursor(str(page[-1].store_id), str(page[-1].variant_id)) if more else None)


async def list_movements(asked: Sequence[Asked[ListMovements]], work: Work) -> list[MovementPage | Refusal]:
    return [await _movements(one.body, work) for one in asked]


async def _movements(wish: ListMovements, work: Work) -> MovementPage | Refusal:
    try:
        before = read_cursor(wish.cursor, tuple[UUID])[0] if wish.cursor else LAST
    except ValueError:
        return wrong_cursor(INVALID)
    given = (before, wish.kind, wish.limit + 1)
    if wish.reference_id is not None:
        rows = await work.read(SQL["list_movements_by_reference"], *given, wish.reference_id, wish.store_id, wish.variant_id)
    elif wish.variant_id is not None:
        rows = await work.read(SQL["list_movements_of_variant"], *given, wish.variant_id, wish.store_id)
    elif wish.store_id is not None:
        rows = await work.read(SQL["list_movements_of_store"], *given, wish.store_id)
    elif wish.kind is not None and wish.kind != "sale":
        rows = await work.read(SQL["list_movements_by_kind"], *given)
    else:
        rows = await work.read(SQL["list_movements"], *given)
    page = fitting((to_movement(to_entry(row)) for row in rows[: wish.limit]), work.page_bytes_max)
    more = len(rows) > len(page)
    return MovementPage(items=page, next_cursor=write_cursor(str(page[-1].id)) if more else None)


# --- counts


async def get_counts(asked: Sequence[Asked[GetCount]], work: Work) -> list[Count | Refusal]:
    found = await counts.find_counts(work, [one.body.id for one in asked])
    return [counts.to_count(found[one.body.id]) if one.body.id in found else counts.not_found(one.body.id) for one in asked]


async def list_counts(asked: Sequence[Asked[ListCounts]], work: Work) -> list[CountPage | Refusal]:
    return [await _counts(one.body, work) for one in asked]


async def _counts(wish: ListCounts, work: Work) -> CountPage | Refusal:
    try:
        page, cursor = await counts.list_page(work, wish)
    except ValueError:
        return wrong_cursor(INVALID)
    return CountPage(items=page, next_cursor=cursor)


# --- transfers


async def get_transfers(asked: Sequence[Asked[GetTransfer]], work: Work) -> list[Transfer | Refusal]:
    found = await transfers.find_transfers(work, [one.body.id for one in asked])
    return [found.get(one.body.id) or transfers.not_found(one.body.id) for one in asked]


async def list_transfers(asked: Sequence[Asked[ListTransfers]], work: Work) -> list[TransferPage | Refusal]:
    return [await _transfers(one.body, work) for one in asked]


async def _transfers(wish: ListTransfers, work: Work) -> TransferPage | Refusal:
    try:
        page, cursor = await transfers.list_page(work, wish)
    except ValueError:
        return wrong_cursor(INVALID)
    return TransferPage(items=page, next_cursor=cursor)
