"""Follows the logs of others: each event once, in the order of the log, by one member of the actor at a time.

The right to follow is a Postgres session lock, as a relay's is. How far a log has been followed stands in the follower's own
schema, and is moved in the transaction of what is done about it: there is no inbox, and a member that wrongly believes to
have the right finds that somebody else has moved it. Rows come from the log's owner, on request; hints only say when to ask.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from actors.runtime.database import UNREACHABLE, connect_alone
from actors.runtime.following_log import FollowedLog
from actors.runtime.hints import LogGrew, log_grew
from actors.runtime.tasks import end

if TYPE_CHECKING:
    from actors.runtime.member import Member

LOCK_RETRY_SECONDS = 0.5
WATCH_SECONDS = 1.0
_TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"


class Follower:
    """All that one member follows: one lock and one connection, a task for each log."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self.logs = [FollowedLog(member, follow) for follow in member.actor.follows]
        self._task: asyncio.Task[None] | None = None
        self.active = False

    async def start(self) -> None:
        for log in self.logs:
            await self._member.client.on_hint(log_grew(log.name), LogGrew, log.grew)
        if self.logs:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finishes the pages that are being handled; another member goes on from there at once."""
        try:
            for log in self.logs:
                await log.handling.acquire()
        finally:
            await end(self._task)

    async def _run(self) -> None:
        away = False
        while True:
            connection = None
            try:
                connection = await connect_alone(self._member.database.url, "kasir follower")
                away = False
                await self._take_turn(connection)
            except UNREACHABLE as error:
                if not away:
                    self._member.log.warning("following waits for the database", reason=str(error) or type(error).__name__)
                away = True
            except Exception as error:
                self._member.log.error("following failed, starts again", exc_info=error)
            finally:
                self.active = False
                if connection is not None:
                    connection.terminate()
            await asyncio.sleep(LOCK_RETRY_SECONDS)

    async def _take_turn(self, connection: Any) -> None:
        """Leads as long as NATS can be reached from here: without, another member may be able to."""
        link = self._member.client.link
        while not (link.connected and await connection.fetchval(_TRY_LOCK, f"kasir follow {self._member.actor.name}")):  # noqa: ASYNC110 - it is in Postgres
            await asyncio.sleep(LOCK_RETRY_SECONDS)
        self.active = True
        self._member.log.debug("follows", logs=[log.name for log in self.logs])
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
