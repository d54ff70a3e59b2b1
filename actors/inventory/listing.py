"""Lists of levels and movements, in pages, by the statement whose index suits what was asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from actors.inventory.book import to_level, to_movement
from actors.inventory.contract import INVALID, LevelPage, ListLevels, ListMovements, MovementPage
from actors.inventory.store import FIRST, LAST, SQL, to_entry, to_standing
from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work

Item = TypeVar("Item", bound=Struct)

NOT_OURS = "Use the next_cursor of the page before, unchanged."


def wrong_cursor() -> Refusal:
    return INVALID.refuse(NOT_OURS, FieldError(pointer="?cursor", detail=NOT_OURS))


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


async def list_levels(asked: Sequence[Asked[ListLevels]], work: Work) -> list[LevelPage | Refusal]:
    return [await _levels(one.body, work) for one in asked]


async def _levels(wish: ListLevels, work: Work) -> LevelPage | Refusal:
    try:
        start = read_cursor(wish.cursor, tuple[UUID, UUID]) if wish.cursor else (wish.store_id or FIRST, FIRST)
    except ValueError:
        return wrong_cursor()
    given = (*start, wish.store_id or LAST, wish.limit + 1)
    if wish.store_id is not None and start[0] != wish.store_id:
        return wrong_cursor()
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
        return wrong_cursor()
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
