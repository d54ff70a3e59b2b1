"""Adds up days that are over, once: into the stretches, months, quarters and years that they are in (`spans`).

What happens today is written into its day alone, however many spans there are; what comes later for a day that is closed is added to its
spans with it. A day of a store is closed in one transaction, in which nobody else writes into these books.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from actors.reports.spans import ONE
from actors.reports.store import COST_BOOKS, SQL, name_of
from actors.reports.views import SHOPS, Shop
from actors.runtime.work import Work

if TYPE_CHECKING:
    from actors.runtime.member import Member

LOOK_SECONDS = 60.0
OPEN_DAYS = 3
"""Today, and those before for which offline registers hand in most of what is late."""
AT_ONCE = timedelta(days=31)
"""So many days of a store are added up in one transaction at most: whoever counts orders waits meanwhile."""
_BEGINNING = date(2000, 1, 1)


async def close_days(member: Member) -> None:
    """Runs until cancelled."""
    while True:
        await close_all(member)
        await asyncio.sleep(LOOK_SECONDS)


async def close_all(member: Member) -> None:
    for close, books in ((_close_figures, None), (_close_costs, COST_BOOKS)):
        for shop, until in await _to_close(member, books):
            done = False
            while not done:
                async with member.transaction() as work:
                    done = await close(work, shop.id, until)


async def _to_close(member: Member, books: str | None) -> list[tuple[Shop, date]]:
    """Stores, with the day up to which theirs are over. `books` None: the figures that are read now."""
    async with member.transaction() as work:
        shops = work.view(SHOPS).all()
        [state] = await work.read(SQL["rebuild_state"])
        rows = await work.read(SQL["closed"], books or name_of(state["generation"]), [shop.id for shop in shops])
        closed = {row["store_id"]: row["until"] for row in rows}
        over = [(shop, shop.day_of(work.now) - OPEN_DAYS * ONE) for shop in shops]
    return [(shop, until) for shop, until in over if closed.get(shop.id, _BEGINNING) < until]


async def _close_figures(work: Work, store_id: UUID, until: date) -> bool:
    """Some more days. Whether that was all."""
    if await work.fetchrow(SQL["lock_follower"]) is None:
        return True  # nobody has counted anything yet
    state = await work.fetchrow(SQL["rebuild_state"])
    assert state is not None
    return await close_figures(work, state["generation"], store_id, until)


async def close_figures(work: Work, generation: int, store_id: UUID, until: date) -> bool:
    """Of a generation that nobody else writes into before the commit."""

    async def first_open(closed: date) -> date | None:
        day: date | None = await work.fetchval(SQL["first_open_day"], generation, store_id, closed)
        return day

    async def add_up(first: date, last: date) -> None:
        days = [first + at * ONE for at in range((last - first).days + 1)]
        await work.execute(SQL["close_days"], generation, store_id, days)

    return await _close(work, name_of(generation), store_id, until, first_open, add_up)


async def _close_costs(work: Work, store_id: UUID, until: date) -> bool:
    await work.execute(SQL["lock_costs"], store_id)
    await work.execute(SQL["hold_cost_sums"])

    async def first_open(closed: date) -> date | None:
        day: date | None = await work.fetchval(SQL["first_open_cost_day"], store_id, closed)
        return day

    async def add_up(first: date, last: date) -> None:
        await work.execute(SQL["close_cost_days"], store_id, first, last)

    return await _close(work, COST_BOOKS, store_id, until, first_open, add_up)


async def _close(
    work: Work, books: str, store_id: UUID, until: date,
    first_open: Callable[[date], Awaitable[date | None]], add_up: Callable[[date, date], Awaitable[None]],
) -> bool:  # fmt: skip
    rows = await work.fetch(SQL["closed"], books, [store_id])
    closed = rows[0]["until"] if rows else _BEGINNING
    if closed >= until:
        return True
    first = await first_open(closed)
    last = until if first is None else min(until, first + AT_ONCE)
    if first is not None and first <= last:
        await add_up(first, last)
    await work.execute(SQL["save_closed"], books, store_id, last)
    return last == until
