"""What is over is forgotten after a while: sessions, tries, approvals."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from actors.runtime.ids import now
from actors.staff import store

if TYPE_CHECKING:
    from actors.runtime.member import Member

PAUSE_SECONDS = 600.0
SESSIONS, TRIES, APPROVALS = timedelta(hours=1), timedelta(days=2), timedelta(hours=1)


async def sweep(member: Member) -> None:
    while True:
        async with member.transaction() as work:
            await store.forget(work, sessions=now() - SESSIONS, tries=now() - TRIES, approvals=now() - APPROVALS)
        await asyncio.sleep(PAUSE_SECONDS)
