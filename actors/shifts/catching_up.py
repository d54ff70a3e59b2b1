"""Before a drawer is counted, all that has been sold must be in its books: waits until the log of orders has been followed to its end."""

from __future__ import annotations

import asyncio

from actors.runtime import upkeep
from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.shifts.contract import BEHIND
from actors.shifts.store import SQL

PATIENCE_SECONDS = 3.0
"""Less than a request waits for its answer."""
LOOK_SECONDS = 0.01
ORDERS_LOG = upkeep.read_log("orders")


async def catch_up(work: Work) -> Refusal | None:
    """Until what the log of orders has by now is booked. It does not matter how much that is: only what is on its way is waited for."""
    head = await _head(work)
    if isinstance(head, Refusal):
        return head
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE_SECONDS
    while (position := await followed(work)) < head:
        if loop.time() > until:
            detail = f"{head - position} events about orders are still to be booked. Wait a moment, and send it again."
            return BEHIND.refuse(detail, retry_after_seconds=1)
        await asyncio.sleep(LOOK_SECONDS)
    return None


async def followed(work: Work) -> int:
    rows = await work.read(SQL["followed"])
    position: int = rows[0][0]
    return position


async def _head(work: Work) -> int | Refusal:
    """Where the log of orders ends: asked after where we are, for an answer without rows tells no more."""
    page = await work.ask(ORDERS_LOG, upkeep.ReadLog(after=await followed(work), limit=1))
    return page if isinstance(page, Refusal) else page.head
