"""The check, in pages: it works for as long as a request may take, and hands out where to go on.

What is compared, and how, is in `proof`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from actors.inventory import proof
from actors.inventory.contract import INVALID, UNKNOWN_STORE, CheckStock, StockCheck
from actors.inventory.proof import FIRST_PLACE, Part, Place
from actors.inventory.views import STORES
from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor, wrong_cursor
from actors.runtime.words import Refusal
from actors.runtime.work import Work

BUDGET_SECONDS = 2.0
"""Once it has passed, no further step begins."""
STEP_SECONDS = 0.3
"""What a step should take at most: levels may have ten movements, or a hundred thousand."""
FIRST_STEP, STEP_MAX = 16, 512
FINDINGS_MAX = 300
"""With so many a page ends, and a step that finds more is taken in smaller ones."""


async def check_stock(asked: Sequence[Asked[CheckStock]], work: Work) -> list[StockCheck | Refusal]:
    return [await _check(one.body, work) for one in asked]


async def _check(wish: CheckStock, work: Work) -> StockCheck | Refusal:
    store_id = wish.store_id
    if store_id is not None and work.view(STORES).currency(store_id) is None:
        await work.refresh(STORES)
        if work.view(STORES).currency(store_id) is None:
            detail = f"There is no store {store_id}. Take its id from the list of stores."
            return UNKNOWN_STORE.refuse_at("?store_id", detail)
    try:
        place = read_cursor(wish.cursor, Place) if wish.cursor else FIRST_PLACE
    except ValueError:
        return wrong_cursor(INVALID)
    return await _walk(place, store_id, work)


async def _walk(place: Place | None, store_id: UUID | None, work: Work) -> StockCheck | Refusal:
    """Step by step, each as long as the one before allows, and at least one."""
    time = asyncio.get_running_loop().time
    began, parts, size = time(), list[Part](), FIRST_STEP
    while place is not None and (not parts or (time() - began < BUDGET_SECONDS and _findings(parts) < FINDINGS_MAX)):
        step_began = time()
        part = await proof.STEPS[place.phase](place, size, store_id, work)
        if isinstance(part, Refusal):
            return part
        if len(part.findings) > FINDINGS_MAX and size > 1:
            size = max(1, size // 8)
            continue
        parts.append(part)
        place = part.next
        size = min(size * 2, STEP_MAX) if time() - step_began < STEP_SECONDS / 2 else max(1, size // 2)
    return _told(parts, place)


def _findings(parts: Sequence[Part]) -> int:
    return sum(len(part.findings) for part in parts)


def _told(parts: Sequence[Part], place: Place | None) -> StockCheck:
    return StockCheck(
        findings=[finding for part in parts for finding in part.findings],
        levels=sum(part.levels for part in parts),
        movements=sum(part.movements for part in parts),
        orders=sum(part.orders for part in parts),
        behind=sum(part.behind for part in parts),
        next_cursor=None if place is None else write_cursor(place.phase, str(place.after), str(place.variant_id)),
    )
