"""Before a drawer is counted, all that was sold and paid must be in its books. What is on its way is waited for, however much it is."""

from __future__ import annotations

import asyncio

from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.shifts.contract import BEHIND


async def catch_up(work: Work) -> Refusal | None:
    """A drawer is closed without `customers` too: while they cannot be asked nobody pays a debt, and what was paid before is a correction."""
    orders, debts = await asyncio.gather(work.catch_up("orders"), work.catch_up("customers"))
    if isinstance(orders, Refusal):
        return orders
    behind = orders + (0 if isinstance(debts, Refusal) else debts)
    if not behind:
        return None
    return BEHIND.refuse(f"{behind} events are still to be booked. Wait a moment, and send it again.", retry_after_seconds=1)
