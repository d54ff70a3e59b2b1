"""How an actor answers `upkeep.mend`: page by page, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor
from actors.runtime.upkeep import WRONG_CURSOR, Mend, Mended
from actors.runtime.words import Refusal
from actors.runtime.work import Work

Place = TypeVar("Place", bound=tuple[object, ...])
Page = Callable[[Place, Work], Awaitable[Mended | Refusal]]


async def mend_pages(asked: Sequence[Asked[Mend]], work: Work, first: Place, page: Page[Place]) -> list[Mended | Refusal]:
    """`first`: where the first page begins; a cursor says where another one does, in a place of the same type."""
    return [await _mend(one.body, work, first, page) for one in asked]


async def _mend(wish: Mend, work: Work, first: Place, page: Page[Place]) -> Mended | Refusal:
    try:
        place = read_cursor(wish.cursor, type(first)) if wish.cursor else first
    except ValueError:
        return WRONG_CURSOR.refuse("Give `next_cursor` of the page before, unchanged, or none.")
    work.changes()
    return await page(place, work)
