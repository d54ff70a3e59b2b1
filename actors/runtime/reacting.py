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
from actors.runtime.database import UNREACHABLE
from actors.runtime.dead_letters import keep_dead_letter
from actors.runtime.envelopes import KEY, MESSAGE_ID, POSITION, TRACE
from actors.runtime.metrics import REACTION_SECONDS, REACTIONS
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
    message: Msg
    event: Happened[Any]


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
            try:
                if taken := await self._ours(messages):
                    await self._react_to(taken)
            except JETSTREAM_ERRORS as error:
                # Not acknowledged: they come again, and the inbox knows those that were done.
                self._member.log.warning("acknowledging failed", reason=str(error) or type(error).__name__)
            except Exception as error:
                # The same: whatever goes wrong here, the next events must not suffer.
                self._member.log.error("reacting failed, the events come again", exc_info=error)
            self._count(messages, time.perf_counter() - started)

    def _count(self, messages: list[Msg], seconds: float) -> None:
        REACTION_SECONDS.labels(self._member.actor.name).observe(seconds)
        for subject, count in Counter(message.subject for message in messages).items():
            tally = self.tallies.setdefault(subject, Tally())
            tally.requests += count
            tally.processing_seconds += seconds * count / len(messages)

    async def _ours(self, messages: list[Msg]) -> list[Taken]:
        """Without what no relay can have published: it would never get better."""
        taken = []
        for message in messages:
            if message.subject not in self.events:
                # Another version of this actor reacts to it, on the same consumer.
                await message.nak(delay=1.0)
                continue
            try:
                taken.append(Taken(message, self._read(message)))
            except (KeyError, ValueError) as error:
                self._member.log.error("not an event of ours, dropped", subject=message.subject, reason=repr(error))
                await self._member.client.link.nc.publish(message.reply, b"+TERM")
        return taken

    async def _react_to(self, taken: list[Taken]) -> None:
        try:
            await self._together([one.event for one in taken])
        except UNREACHABLE as error:
            await self._later(taken, error)
        except Exception as error:
            if len(taken) == 1:
                return await self._failed(taken[0], error)
            for one in taken:
                await self._react_to([one])
        else:
            await self._acknowledge(taken)

    def _read(self, message: Msg) -> Happened[Any]:
        """KeyError or ValueError when its headers are not those of an event."""
        told = message.headers or {}
        return Happened(
            id=str(UUID(told[MESSAGE_ID])),
            name=message.subject,
            key=told.get(KEY, ""),
            position=int(told.get(POSITION, 0)),
            body=message.data,
            event=self.events[message.subject],
            traceparent=told.get(TRACE, ""),
        )

    async def _together(self, events: list[Happened[Any]]) -> None:
        work = Work(self._member)
        try:
            rows = await work.fetch(self._member.sql["enter_inbox"], [UUID(event.id) for event in events], work.now)
            new = {str(row["event_id"]) for row in rows}
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

    async def _acknowledge(self, taken: list[Taken]) -> None:
        publish = self._member.client.link.nc.publish
        for one in taken:
            await publish(one.message.reply, b"+ACK")

    async def _later(self, taken: list[Taken], error: BaseException) -> None:
        """The database is away: nobody's fault, so it does not count as a failure."""
        self._member.log.warning("events wait", count=len(taken), reason=str(error) or type(error).__name__)
        for one in taken:
            await one.message.nak(delay=1.0)

    async def _failed(self, taken: Taken, error: Exception) -> None:
        message, event = taken.message, taken.event
        tries, tally = message.metadata.num_delivered, self.tallies[event.name]
        tally.errors += 1
        tally.last_error = type(error).__name__
        if tries >= self._member.settings.reactions_tries:
            async with self._member.transaction() as work:
                await keep_dead_letter(self._member, work, event, error, tries)
            await self._acknowledge([taken])
            return
        self._member.log.warning("event failed, comes again", event_type=event.name, id=event.id, tries=tries, exc_info=error)
        REACTIONS.labels(self._member.actor.name, event.name, "failed").inc()
        await message.nak(delay=min(2.0 ** (tries - 1), _NAK_SECONDS_MAX))

    async def handle_again(self, event: Happened[Any], letter_id: UUID) -> None:
        """A dead letter, on an operator's wish. The inbox knows whether it was handled meanwhile."""
        await self._together([event])
        async with self._member.transaction() as work:
            await work.execute(self._member.sql["drop_dead_letter"], letter_id)
