"""Before a drawer is counted, all that has been sold must be in its books. What is on its way is waited for, however much it is."""

from __future__ import annotations

from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.shifts.contract import BEHIND


async def catch_up(work: Work) -> Refusal | None:
    behind = await work.catch_up("orders")
    if isinstance(behind, Refusal) or not behind:
        return behind or None
    detail = f"{behind} events about orders are still to be booked. Wait a moment, and send it again."
    return BEHIND.refuse(detail, retry_after_seconds=1)
