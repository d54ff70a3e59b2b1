"""Reacts to events: each of them once, in one transaction with the inbox, whichever member gets it and however often it comes."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from actors.runtime.actor import Happened, React, Reaction
from actors.runtime.database import WAIT_FOR_IT
from actors.runtime.dead_letters import keep_dead_letter
from actors.runtime.metrics import REACTION_SECONDS, REACTIONS
from actors.runtime.packing import unpack
from actors.runtime.pulling import JETSTREAM_ERRORS, Pull
from actors.runtime.tasks import end
from actors.runtime.work import Work

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from actors.runtime.member import Member

_NAK_SECONDS_MAX = 30


@dataclass(slots=True)
class Tally:
    """What one member has done about one kind of event, for NATS's service protocol."""

    requests: int = 0
    errors: int = 0
    last_error: str = ""
    processing_seconds: float = 0.0


class Taken(NamedTuple):
    """A message with what is in it: one event or several, that are acknowledged together."""

    message: Msg
    events: list[Happened[Any]]


class Reactor:
    """All reactions of one member to one stream."""

    def __init__(self, member: Member, reacts: list[React]) -> None:
        self._member = member
        self._handlers = {react.event.name: react.handler for react in reacts}
        self.events = {react.event.name: react.event for react in reacts}
        self._pull = Pull(member, [react.event.name for react in reacts])
        self._task: asyncio.Task[None] | None = None
        self.tallies = {name: Tally() for name in self.events}

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        await self._pull.stop()
        if self._task and self._pull.opened:
            await self._task
        else:
            await end(self._task)

    async def _run(self) -> None:
        await self._pull.open()
        while messages := await self._pull.batch():
            started = time.perf_counter()
            taken: list[Taken] = []
            try:
                if taken := await self._ours(messages):
                    await self._react_to(taken)
            except JETSTREAM_ERRORS as error:
                # Not acknowledged: they come again, and the inbox knows those that were done.
                self._member.log.warning("acknowledging failed", reason=str(error) or type(error).__name__)
            except Exception as error:
                # The same: whatever goes wrong here, the next events must not suffer.
                self._member.log.error("reacting failed, the events come again", exc_info=error)
            self._count(taken, time.perf_counter() - started)

    def _count(self, taken: list[Taken], seconds: float) -> None:
        REACTION_SECONDS.labels(self._member.actor.name).observe(seconds)
        events = sum(len(one.events) for one in taken)
        for one in taken:
            tally = self.tallies[one.message.subject]
            tally.requests += len(one.events)
            tally.processing_seconds += seconds * len(one.events) / events

    async def _ours(self, messages: list[Msg]) -> list[Taken]:
        """Without what no relay can have published: it would never get better."""
        taken = []
        for message in messages:
            event = self.events.get(message.subject)
            if event is None:
                # Another version of this actor reacts to it, on the same consumer.
                await message.nak(delay=1.0)
                continue
            try:
                taken.append(Taken(message, unpack(message, event)))
            except (KeyError, ValueError) as error:
                self._member.log.error("not an event of ours, dropped", subject=message.subject, reason=repr(error))
                await self._member.client.link.nc.publish(message.reply, b"+TERM")
        return taken

    async def _react_to(self, taken: list[Taken]) -> None:
        try:
            failed = await self._failing([event for one in taken for event in one.events])
        except WAIT_FOR_IT as error:
            await self._later(taken, error)
            return
        for one in taken:
            if failed and (bad := [event for event in one.events if event.id in failed]):
                await self._failed(one.message, [(event, failed[event.id]) for event in bad])
            else:
                await self._acknowledge(one.message)

    async def _failing(self, events: list[Happened[Any]]) -> dict[str, Exception]:
        """Handles them, and tells which of them could not be: id and error. A bad one is looked for by halves, so the others are done."""
        try:
            await self._together(events)
        except WAIT_FOR_IT:
            raise
        except Exception as error:
            if len(events) == 1:
                return {events[0].id: error}
            middle = len(events) // 2
            return await self._failing(events[:middle]) | await self._failing(events[middle:])
        return {}

    async def _together(self, events: list[Happened[Any]]) -> None:
        work = Work(self._member)
        try:
            entered = await work.fetch(self._member.sql["enter_inbox"], [event.id for event in events], work.now)
            new = {str(row["event_id"]) for row in entered}
            # One event may be there twice in one batch, too.
            once = {event.id: event for event in events if event.id in new}
            for handler, run in self._runs(list(once.values())):
                work.traceparent = run[0].traceparent
                await handler(run, work)
            await work.commit()
        except BaseException as error:
            await work.rollback(error)
            raise
        for (name, outcome), count in Counter((event.name, "done" if event.id in new else "seen") for event in events).items():
            REACTIONS.labels(self._member.actor.name, name, outcome).inc(count)

    def _runs(self, events: list[Happened[Any]]) -> Iterator[tuple[Reaction, list[Happened[Any]]]]:
        """Neighbours that go to the same handler, together; the order stays."""
        for handler, run in groupby(events, key=lambda event: self._handlers[event.name]):
            yield handler, list(run)

    async def _acknowledge(self, message: Msg) -> None:
        await self._member.client.link.nc.publish(message.reply, b"+ACK")

    async def _later(self, taken: list[Taken], error: BaseException) -> None:
        """The database is away: nobody's fault, so it does not count as a failure."""
        count = sum(len(one.events) for one in taken)
        self._member.log.warning("events wait", count=count, reason=str(error) or type(error).__name__)
        for one in taken:
            await one.message.nak(delay=1.0)

    async def _failed(self, message: Msg, failures: list[tuple[Happened[Any], Exception]]) -> None:
        """The others in the message are done: when it comes again, the inbox knows them."""
        tries = message.metadata.num_delivered
        last = tries >= self._member.settings.reactions_tries
        for event, error in failures:
            tally = self.tallies[event.name]
            tally.errors += 1
            tally.last_error = type(error).__name__
            if last:
                async with self._member.transaction() as work:
                    await keep_dead_letter(self._member, work, event, error, tries)
            else:
                self._member.log.warning("event failed, comes again", event_type=event.name, id=event.id, tries=tries, exc_info=error)
                REACTIONS.labels(self._member.actor.name, event.name, "failed").inc()
        if last:
            await self._acknowledge(message)
        else:
            await message.nak(delay=min(2.0 ** (tries - 1), _NAK_SECONDS_MAX))

    async def handle_again(self, event: Happened[Any], letter_id: UUID) -> None:
        """A dead letter, on an operator's wish. The inbox knows whether it was handled meanwhile."""
        await self._together([event])
        async with self._member.transaction() as work:
            await work.execute(self._member.sql["drop_dead_letter"], letter_id)
