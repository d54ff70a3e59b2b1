"""Follows the logs of others: each event once, in the order of the log, by one member of the actor at a time.

The right to follow is a Postgres session lock, as a relay's is. How far a log has been followed stands in the follower's own
schema, and is moved in the transaction of what is done about it: there is no inbox, and a member that wrongly believes to
have the right finds that somebody else has moved it. Rows come from the log's owner, on request, or with a hint when they are few.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from actors.runtime.following_log import FollowedLog
from actors.runtime.hints import LogGrew, log_grew
from actors.runtime.leading import Leading
from actors.runtime.tasks import end

if TYPE_CHECKING:
    from actors.runtime.member import Member

WATCH_SECONDS = 1.0


class Follower:
    """All that one member follows: one lock and one connection, a task for each log."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self.logs = [FollowedLog(member, follow) for follow in member.actor.follows]
        self._leading = Leading(member, "follower", f"kasir follow {member.actor.name}", self._follow_on)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        for log in self.logs:
            await self._member.client.on_hint(log_grew(log.name), LogGrew, log.grew)
            self._member.client.link.on_reconnect(log.look)
        if self.logs:
            self._task = asyncio.create_task(self._leading.run())

    async def stop(self) -> None:
        """Finishes the pages that are being handled; another member goes on from there at once."""
        try:
            for log in self.logs:
                await log.handling.acquire()
        finally:
            await end(self._task)

    async def _follow_on(self, connection: Any) -> None:
        """As long as it leads. A connection that is lost does not say so by itself: it is asked."""
        link = self._member.client.link
        following = [asyncio.create_task(log.follow()) for log in self.logs]
        try:
            while link.connected and not any(task.done() for task in following):
                await connection.fetchval("SELECT 1")
                await asyncio.wait(following, timeout=WATCH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            for task in following:
                if task.done():
                    task.result()
        finally:
            await end(*following)
