"""Counts everything again from the log of orders, beside the figures of now, and takes their place in one moment.

Two generations of rows lie side by side. The follower writes into the one that is read. A rebuild empties the other one and fills it from
the first event on, page by page, each in one transaction with how far it is; any member goes on with it when the one that did it is gone.
Days that are over are added up once it is close to the log's end. Then one transaction, in which the follower waits, counts up to exactly
where the follower is, and makes it the generation that is read. So no event is missing and none counts twice, whatever is sold meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from actors.orders.contract import ORDER_EVENTS
from actors.reports import store
from actors.reports.closing import OPEN_DAYS, close_figures
from actors.reports.contract import GetRebuild, Rebuild, RebuildState
from actors.reports.following import count, stores_of
from actors.reports.heard import concerns, read
from actors.reports.spans import ONE
from actors.reports.store import SQL
from actors.reports.views import SHOPS
from actors.runtime import upkeep
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work

if TYPE_CHECKING:
    from actors.runtime.member import Member

LOOK_SECONDS = 0.5
PAGE = 1000
CLOSE = 100
"""So few events behind the log's end, the rebuilt figures take over."""
_READ_LOG = upkeep.read_log("orders")
_NAMES = frozenset(event.name for event in ORDER_EVENTS)


async def start_rebuild(asked: Sequence[Asked[Rebuild]], work: Work) -> list[RebuildState]:
    """One that is under way goes on."""
    state = await work.fetchrow(SQL["lock_state"])
    assert state is not None
    if not state["building"]:
        other = 1 - state["generation"]
        for name in ("empty_days", "empty_sums", "empty_refunds"):
            await work.execute(SQL[f"{name}_{other}"])
        await work.execute(SQL["open_all"], store.name_of(other))
        await work.execute(SQL["begin_rebuild"])
    return [await _state(work)] * len(asked)


async def get_rebuild(asked: Sequence[Asked[GetRebuild]], work: Work) -> list[RebuildState]:
    return [await _state(work)] * len(asked)


async def _state(work: Work) -> RebuildState:
    [row] = await work.read(SQL["rebuild_state"])
    return RebuildState(running=row["building"], position=row["position"], head=row["head"], built_at=row["built_at"])


async def rebuild(member: Member) -> None:
    """Runs until cancelled."""
    while True:
        if not await rebuild_page(member):
            await asyncio.sleep(LOOK_SECONDS)


async def rebuild_page(member: Member) -> bool:
    """Counts the next page, if there is a rebuild. False: there is nothing to do just now."""
    async with member.transaction() as work:
        [state] = await work.read(SQL["rebuild_state"])
        if not state["building"]:
            return False
        page = await work.ask(_READ_LOG, upkeep.ReadLog(after=state["position"], limit=PAGE))
        if isinstance(page, Refusal):
            return False
        locked = await work.fetchrow(SQL["lock_state"])
        if locked is None or not locked["building"] or locked["position"] != state["position"]:
            return True  # another member was quicker
        other = 1 - locked["generation"]
        if page.more and page.head - page.items[-1].position > CLOSE:
            await _go_on(work, page, other)
            return True
        return await _close_a_store(work, other) or await _take_over(work, page, state["position"], other, member)


async def _go_on(work: Work, page: upkeep.LogPage, generation: int) -> None:
    await _count(work, page.items, generation)
    await work.execute(SQL["go_on"], page.items[-1].position, page.head)


async def _take_over(work: Work, page: upkeep.LogPage, position: int, generation: int, member: Member) -> bool:
    """The follower waits until the commit. It must be where this page is; where it is not yet, it comes there."""
    followed = await work.fetchrow(SQL["lock_follower"])
    if followed is None or followed["position"] < position:
        return False
    if page.items and followed["position"] > page.items[-1].position:
        await _go_on(work, page, generation)
    else:
        await _count(work, [item for item in page.items if item.position <= followed["position"]], generation)
        await work.execute(SQL["end_rebuild"], followed["position"], work.now)
        await _sum_costs_again(work)
        member.log.info("reports were counted again from the log", events=followed["position"])
    return True


async def _sum_costs_again(work: Work) -> None:
    """They are asked for again, day by day; until then those that are known stay, and no day of them is closed."""
    await work.execute(SQL["mark_all_days"], work.now)
    for name in ("hold_costs", "reopen_costs", "sum_costs_of_days"):
        await work.execute(SQL[name])


async def _count(work: Work, items: Sequence[upkeep.LogItem], generation: int) -> None:
    told = [read(bytes(item.body)) for item in items if item.name in _NAMES and concerns(item.name, bytes(item.body))]
    if told:
        await count(told, await store.books_of(work, generation, stores_of(told)), work, news=False)


async def _close_a_store(work: Work, generation: int) -> bool:
    """What has been counted of a store up to days that are over is added up. False: there is none left."""
    row = await work.fetchrow(SQL["store_never_closed"], generation)
    shop = work.view(SHOPS).by_id.get(row["store_id"]) if row is not None else None
    if row is None or shop is None:
        return False
    until = shop.day_of(work.now) - OPEN_DAYS * ONE
    while not await close_figures(work, generation, row["store_id"], until):
        continue
    return True
