"""Whoever must not miss anything waits until its own follower has been where a log ends by now.

Where the follower runs in this member, its progress is what is waited for, and it takes no pause meanwhile. Where another member
follows, the cursor in the database is all that can be seen.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actors.runtime.following_log import FollowedLog
    from actors.runtime.member import Member

PATIENCE_SECONDS = 3.0
"""Less than a request waits for its answer."""
LOOK_SECONDS = 0.02
"""How often a cursor is looked at that another member moves."""


async def catch_up(member: Member, log: str, head: int, patience_seconds: float) -> int:
    """How many events are still to come after so long: 0 as soon as `log` has been followed up to `head`."""
    [followed] = [one for one in member.followed_logs if one.name == log]
    time = asyncio.get_running_loop().time
    until = time() + patience_seconds
    while (position := await _position(member, followed)) < head and (left := until - time()) > 0:
        if not await followed.moves(head, left):
            await asyncio.sleep(min(left, LOOK_SECONDS))
    return max(head - position, 0)


async def _position(member: Member, followed: FollowedLog) -> int:
    if followed.position is not None:
        return followed.position
    async with member.database.connection() as connection:
        position: int | None = await connection.fetchval(member.sql["followed"], followed.name)
    return position or 0
