"""One log that is followed: page after page, each in one transaction with how far that is."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from actors.runtime import upkeep
from actors.runtime.actor import Follow, Happened
from actors.runtime.database import COLLIDED, WAIT_FOR_IT
from actors.runtime.dead_letters import keep_dead_letter
from actors.runtime.envelopes import decoder
from actors.runtime.hints import LogGrew
from actors.runtime.metrics import FOLLOW_LAG, REACTION_SECONDS, REACTIONS
from actors.runtime.reacting import Tally
from actors.runtime.tasks import end
from actors.runtime.turns import Overtaken, Turn

if TYPE_CHECKING:
    from actors.runtime.member import Member

LOOK_SECONDS = 5.0
"""Without a hint so long, it is asked whether one was lost. They get lost with the connection, and then it is asked at once."""
_AGAIN_SECONDS = 0.5
_CROWD = 32
"""Events on a page after which it pays to wait a moment for more. At a few hundred a second pages have fewer, and each goes on at once."""
_QUIET_SECONDS = 0.1
"""Without a hint for so long, the crowd is over."""
_PORTION = 4
_HAPPENED = "happened"
_PAUSE_SECONDS = 0.25
"""Before an event is tried a second time; twice as long each time after."""


class FollowedLog:
    def __init__(self, member: Member, follow: Follow) -> None:
        self._member = member
        self._handler = follow.handler
        self._every = follow.every_seconds
        self._command = upkeep.read_log(follow.log)
        # What is taken from time to time is taken in large portions: it is added up in memory.
        self._limit = min(member.settings.reactions_batch * (_PORTION if follow.every_seconds else 1), 1000)
        self._grown = asyncio.Event()
        self._head = 0
        self._missed = False
        """Hints may have been lost."""
        self.position: int | None = None
        """How far it has been followed here; None while somebody else does it."""
        self._moved = asyncio.Event()
        """Set once `position` is another one; then there is a new one."""
        self._wanted = asyncio.Event()
        """Somebody waits for it to move on: no pauses."""
        self._silent = False
        self._lag = FOLLOW_LAG.labels(member.actor.name, follow.log)
        self.name = follow.log
        self.events = {event.name: event for event in follow.events}
        self.tallies = {name: Tally() for name in self.events}
        self.handling = asyncio.Lock()
        """Held while a page is being handled."""

    def grew(self, hint: LogGrew) -> None:
        self._head = max(self._head, hint.position)
        self._member.client.log_pages.hear(self.name, hint.after, hint.items)
        if self.position is None or hint.position > self.position:
            self._grown.set()

    def look(self) -> None:
        """At the next opportunity, hint or none."""
        self._missed = True
        self._grown.set()

    async def moves(self, head: int, within_seconds: float) -> bool:
        """Waits until it has moved on, or the time is over; `head`: at least so far the log has come. False: it is not followed here."""
        if self.position is None:
            return False
        self._wanted.set()
        self.grew(LogGrew(position=head))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._moved.wait(), within_seconds)
        return True

    def _move(self, position: int | None) -> None:
        self.position = position
        self._moved.set()
        self._moved = asyncio.Event()

    async def follow(self) -> None:
        """Until cancelled, or the database is away."""
        async with self._member.database.connection() as connection:
            await connection.execute(self._member.sql["begin_following"], self.name)
        while True:
            async with self._member.database.connection() as connection:
                position = await connection.fetchval(self._member.sql["followed"], self.name)
            await self._follow_from(position)

    async def _follow_from(self, position: int) -> None:
        """Until somebody else has moved on. While a page is handled, the next one is fetched."""
        ahead: asyncio.Task[upkeep.LogPage] | None = None
        try:
            while True:
                self._move(position)
                page = await ahead if ahead else await self._read(position)
                ahead = asyncio.create_task(self._read(page.items[-1].position)) if page.more else None
                if page.items:
                    async with self.handling:
                        if not await self._handle(position, page.items):
                            return
                    position = page.items[-1].position
                    self._move(position)
                self._lag.set(max(page.head - position, 0))
                if not page.more:
                    await self._wait_for_more(position, len(page.items))
        finally:
            self._move(None)
            await end(ahead)

    async def _wait_for_more(self, position: int, came: int) -> None:
        if self._every and came:
            await self._pause_in_crowd(self._every)
        elif came >= _CROWD:
            await self._pause(self._member.actor.gather_seconds)
        self._wanted.clear()
        self._grown.clear()
        if self._head <= position and not self._missed:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._grown.wait(), LOOK_SECONDS)

    async def _pause_in_crowd(self, seconds: float) -> None:
        """So long, or until nothing comes any more: the last of a crowd need not wait."""
        head, left = -1, seconds
        while left > 0 and head != self._head and not self._wanted.is_set():
            head = self._head
            await self._pause(min(left, _QUIET_SECONDS))
            left -= _QUIET_SECONDS

    async def _pause(self, seconds: float) -> None:
        """Unless somebody waits for what comes next."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), seconds)

    async def _read(self, after: int) -> upkeep.LogPage:
        """The next page, as soon as the log's owner can be reached."""
        while True:
            head, self._missed = self._head, False
            page = await self._member.client.log_pages.get(self.name, after, self._limit, partial(self._ask, after))
            if page is not None:
                self._silent = False
                if not page.items and self._head == head:
                    # A database that was set back has forgotten what hints told of: it is not asked for without end.
                    self._head = after
                return page
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _ask(self, after: int) -> upkeep.LogPage | None:
        reply = await self._member.client.ask(self._command, upkeep.ReadLog(after=after, limit=self._limit))
        if reply.refusal is None:
            page: upkeep.LogPage = decoder(upkeep.LogPage).decode(reply.body)
            return page
        if not self._silent:
            self._member.log.warning("log cannot be read", log=self.name, reason=reply.refusal.detail)
        self._silent = True
        return None

    # --- what is done about a page

    async def _handle(self, position: int, items: Sequence[upkeep.LogItem]) -> bool:
        """All of it, from `position` on. False when somebody else was there: then nothing is done."""
        events = [self._happened(item) for item in items if item.name in self.events]
        until = items[-1].position
        started = time.perf_counter()
        try:
            try:
                return await self._together(position, until, events)
            except COLLIDED:
                return await self._together(position, until, events)
        except WAIT_FOR_IT:
            raise
        except Exception as error:
            self._member.log.warning("events failed together, tried one by one", log=self.name, count=len(events), exc_info=error)
            return await self._one_by_one(position, until, events)
        finally:
            self._count(events, time.perf_counter() - started)

    async def _one_by_one(self, position: int, until: int, events: Sequence[Happened[Any]]) -> bool:
        for event in events:
            if not await self._patiently(position, event):
                return False
            position = event.position
        return position == until or await self._together(position, until, [])

    async def _patiently(self, position: int, event: Happened[Any]) -> bool:
        """What cannot be handled becomes a dead letter: the log goes on."""
        for tries in range(1, self._member.settings.reactions_tries + 1):
            try:
                return await self._together(position, event.position, [event])
            except WAIT_FOR_IT:
                raise
            except Exception as error:
                failed = error
                self._failed(event, error, tries)
                await asyncio.sleep(_PAUSE_SECONDS * 2 ** (tries - 1) if tries < self._member.settings.reactions_tries else 0)
        async with self._member.transaction() as work:
            if await work.fetchval(self._member.sql["move_on"], self.name, position, event.position) is None:
                return False
            await keep_dead_letter(self._member, work, event, failed, tries)
        return True

    async def _together(self, position: int, until: int, events: Sequence[Happened[Any]]) -> bool:
        try:
            async with self._member.transaction() as work:
                work.take_turn(Turn(self.name, position, until))
                if events:
                    work.traceparent = events[0].traceparent
                    await self._handler(events, work)
        except Overtaken:
            return False
        for name, count in Counter(event.name for event in events).items():
            REACTIONS.labels(self._member.actor.name, name, "done").inc(count)
        return True

    async def handle_again(self, event: Happened[Any], letter_id: UUID) -> None:
        """A dead letter, on an operator's wish: late, and out of the log's order. Once, as it goes together with the letter."""
        async with self._member.transaction() as work:
            if await work.fetchval(self._member.sql["drop_dead_letter"], letter_id) is not None:
                await self._handler([event], work)

    def _happened(self, item: upkeep.LogItem) -> Happened[Any]:
        """The same one for all who share its page: what one of them has decoded, none of the others decodes."""
        known: Happened[Any] | None = item.__dict__.get(_HAPPENED)
        if known is None:
            known = item.__dict__[_HAPPENED] = Happened(
                id=str(item.id), name=item.name, key=item.key, position=item.position, body=bytes(item.body), event=self.events[item.name],
                traceparent=item.traceparent,
            )
        return known

    def _failed(self, event: Happened[Any], error: Exception, tries: int) -> None:
        tally = self.tallies[event.name]
        tally.errors += 1
        tally.last_error = type(error).__name__
        REACTIONS.labels(self._member.actor.name, event.name, "failed").inc()
        self._member.log.warning("event failed, comes again", event_type=event.name, id=event.id, tries=tries, exc_info=error)

    def _count(self, events: Sequence[Happened[Any]], seconds: float) -> None:
        REACTION_SECONDS.labels(self._member.actor.name).observe(seconds)
        for name, count in Counter(event.name for event in events).items():
            tally = self.tallies[name]
            tally.requests += count
            tally.processing_seconds += seconds * count / len(events)
