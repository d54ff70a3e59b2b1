"""What one member does at a time: a relay publishes, a follower follows. Whoever holds its lock in Postgres leads.

It is a session lock on a connection of its own: when the process that holds it dies, Postgres gives it to the next one that asks. It is
asked for, and held, as long as NATS can be reached from here: without, another member may be able to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from actors.runtime.database import WAIT_FOR_IT, connect_alone

if TYPE_CHECKING:
    from actors.runtime.member import Member

LOCK_RETRY_SECONDS = 0.5
_TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"


def _ignore(_: bool) -> None:
    """Nobody needs to know."""


class Leading:
    """Takes its turn again and again, until cancelled.

    `what` ("relay", "follower") is done by `lead`, with the connection that holds the lock; it returns once NATS is away, or raises.
    `changed` is told when this member begins to lead, and when it has ended.
    """

    def __init__(
        self, member: Member, what: str, lock: str, lead: Callable[[Any], Awaitable[None]], changed: Callable[[bool], None] = _ignore
    ) -> None:
        self._member = member
        self._what = what
        self._lock = lock
        self._lead = lead
        self._changed = changed
        self.active = False

    async def run(self) -> None:
        """When the database is away, that is said once, not at each try."""
        away = False
        while True:
            connection = None
            try:
                connection = await connect_alone(self._member.database.url, f"kasir {self._what}")
                away = False
                await self._take_turn(connection)
            except WAIT_FOR_IT as error:
                if not away:
                    self._member.log.warning(f"{self._what} waits for the database", reason=str(error) or type(error).__name__)
                away = True
            except Exception as error:
                self._member.log.error(f"{self._what} failed, starts again", exc_info=error)
            finally:
                self._set(False)
                if connection is not None:
                    connection.terminate()
            await asyncio.sleep(LOCK_RETRY_SECONDS)

    async def _take_turn(self, connection: Any) -> None:
        link = self._member.client.link
        while not (link.connected and await connection.fetchval(_TRY_LOCK, self._lock)):  # noqa: ASYNC110 - it is in Postgres
            await asyncio.sleep(LOCK_RETRY_SECONDS)
        self._set(True)
        self._member.log.debug(f"{self._what} leads", lock=self._lock)
        await self._lead(connection)

    def _set(self, active: bool) -> None:
        self.active = active
        self._changed(active)
