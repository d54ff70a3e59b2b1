"""Counts everything again from the log of orders, beside the figures of now, and takes their place in one moment.

Two generations of rows lie side by side. The follower writes into the one that is read. A rebuild empties the other one and fills it from
the first event on, page by page, each in one transaction with how far it is; any member goes on with it when the one that did it is gone.
Once it is at the log's end, one transaction makes it the generation that is read, and puts the follower's cursor to where it is: the
follower finds its cursor moved, and goes on from there. So no event is missing and none counts twice, whatever is sold meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from actors.orders.contract import ORDER_EVENTS
from actors.reports.contract import GetRebuild, Rebuild, RebuildState
from actors.reports.following import count
from actors.reports.heard import concerns, read
from actors.reports.store import SQL
from actors.runtime import upkeep
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work

if TYPE_CHECKING:
    from actors.runtime.member import Member

LOOK_SECONDS = 0.5
PAGE = 1000
CLOSE = 100
"""So few events behind the log's end, and not behind the follower, the rebuilt figures take over: the follower counts the rest. It could not go
back: where nothing is sold, it would not look at where it should be."""
_READ_LOG = upkeep.read_log("orders")
_NAMES = frozenset(event.name for event in ORDER_EVENTS)


async def start_rebuild(asked: Sequence[Asked[Rebuild]], work: Work) -> list[RebuildState]:
    """One that is under way goes on."""
    state = await work.fetchrow(SQL["lock_state"])
    assert state is not None
    if not state["building"]:
        other = 1 - state["generation"]
        for name in ("empty_days", "empty_months", "empty_refunds"):
            await work.execute(SQL[f"{name}_{other}"])
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
        await _count(work, page, 1 - locked["generation"])
        position = page.items[-1].position if page.items else state["position"]
        if page.head - position <= CLOSE and position >= (await work.fetchval(SQL["hold_cursor"]) or 0):
            await _take_over(work, member, position)
        else:
            await work.execute(SQL["go_on"], position, page.head)
    return True


async def _count(work: Work, page: Any, generation: int) -> None:
    told = [read(bytes(item.body)) for item in page.items if item.name in _NAMES and concerns(item.name, bytes(item.body))]
    if told:
        await count(told, generation, work, news=False)


async def _take_over(work: Work, member: Member, position: int) -> None:
    """The follower's cursor is locked, as it locks it itself: until the commit it cannot write into the old generation."""
    await work.execute(SQL["move_cursor"], position)
    await work.execute(SQL["end_rebuild"], position, work.now)
    # Costs are asked for again, day by day; until then those that are known stay.
    await work.execute(SQL["mark_all_days"], work.now)
    for name in ("hold_costs", "empty_sums_of_costs", "sum_costs_of_days", "sum_costs_of_months"):
        await work.execute(SQL[name])
    member.log.info("reports were counted again from the log", events=position)
