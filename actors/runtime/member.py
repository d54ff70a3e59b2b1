"""A member: one running copy of an actor, in the queue group of its name.

It answers commands, reacts to events, keeps its views, does its own work, and takes its turn as the relay of the log.
Told to stop, it stops taking, finishes what it has, answers, and leaves.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from msgspec import Raw, Struct

from actors.runtime.actor import Actor, Projection, Worker
from actors.runtime.answering import Lane
from actors.runtime.client import Client
from actors.runtime.database import WAIT_FOR_IT, Database
from actors.runtime.everybodys import everybodys
from actors.runtime.following import Follower
from actors.runtime.following_log import FollowedLog
from actors.runtime.hints import grown, log_grew
from actors.runtime.house import House
from actors.runtime.ids import new_id, now
from actors.runtime.log_fresh import FreshLog
from actors.runtime.logs import get_logger
from actors.runtime.queries import load_queries
from actors.runtime.reacting import Reactor, Tally
from actors.runtime.relay import Relay, wake_subject
from actors.runtime.sealing import Seal
from actors.runtime.services import Service
from actors.runtime.settings import Settings
from actors.runtime.tasks import end
from actors.runtime.upkeep import LogItem
from actors.runtime.words import Command, FeedAfter
from actors.runtime.work import Work

View = TypeVar("View")

_SQL = load_queries(__file__)
_WORK_AGAIN_SECONDS = 1.0
_SWEEP_SECONDS = 3600.0
REMEMBERED = timedelta(days=30)


class Member:
    def __init__(self, actor: Actor, settings: Settings, client: Client, database: Database, house: House) -> None:
        self.actor = actor
        self.house = house
        self.settings = settings
        self.client = client
        self.database = database
        self.seal = Seal(settings.secret_key)
        self.name = str(new_id())
        self.host = socket.gethostname()
        self.log = get_logger(actor=actor.name)
        self.sql = {name: sql.replace("{s}", f'"{actor.name}"') for name, sql in _SQL.items()}
        self.resource: Any = None
        self.stopping = asyncio.Event()
        self.full_at = float("-inf")
        """When the database last refused to write, by the monotonic clock."""
        self.fresh = FreshLog()
        self.lanes = [Lane(self, answer) for answer in (*actor.answers, *everybodys(self))]
        self._reactors = [Reactor(self, reacts) for reacts in house.by_stream(actor.reacts)]
        self._follower = Follower(self)
        self.followed_logs = self._follower.logs
        self._readers: list[Reactor | FollowedLog] = [*self._reactors, *self.followed_logs]
        self._relay = Relay(self) if actor.tells else None
        self._service = Service(self)
        self._stack = AsyncExitStack()
        self._subscriptions: list[Any] = []
        self._works: list[asyncio.Task[None]] = []

    # --- what work and workers use

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Work]:
        work = Work(self)
        try:
            yield work
            await work.commit()
        except BaseException as error:
            await work.rollback(error)
            raise

    def view(self, projection: Projection[View, Any]) -> View:
        return self.client.view(projection)

    async def refresh(self, projection: Projection[Any, Any]) -> None:
        await self.client.refresh(projection)

    def tell_of_log(self, first: int, events: Sequence[tuple[UUID, str, str, str, bytes]]) -> None:
        """They stand in the log from `first` on, committed: whoever follows it hears of them, and the relay is woken."""
        self.fresh.join([LogItem(position, *event[:4], Raw(event[4])) for position, event in enumerate(events, first)])
        self.client.hint(log_grew(self.actor.name), grown(first, events))
        if self._relay is None:
            return
        if self._relay.active:
            self._relay.wake()
        elif self.client.connected:
            self._do_beside(self.client.link.nc.publish(wake_subject(self.actor.name), b""))

    def ask_in_background(self, command: Command[Any, Any], request: Struct, traceparent: str) -> None:
        self._do_beside(self._ask_once(command, request, traceparent))

    def _do_beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Until it is done, or the member stops."""
        self._works = [one for one in self._works if not one.done()]
        self._works.append(asyncio.create_task(work))

    async def _ask_once(self, command: Command[Any, Any], request: Struct, traceparent: str) -> None:
        reply = await self.client.ask(command, request, traceparent=traceparent)
        if reply.refusal is not None:
            self.log.info("asked in vain", command=command.subject, reason=reply.refusal.detail)

    def reader_of(self, event_name: str) -> Reactor | FollowedLog | None:
        """What handles events of this name here."""
        return next((reader for reader in self._readers if event_name in reader.events), None)

    def tallies(self) -> Iterator[tuple[str, Tally]]:
        """What it has reacted to, by event."""
        for reader in self._readers:
            yield from reader.tallies.items()

    # --- its life

    async def start(self) -> None:
        """Feeds are answered at once, for others load their views from them; the rest once our own views are loaded."""
        if self.actor.opens:
            self.resource = await self._stack.enter_async_context(self.actor.opens(self.settings))
        if self._relay:
            self.client.log_pages.own(self.actor.name, self.fresh)
            await self._relay.start()
        for lane in self.lanes:
            if lane.command.request is FeedAfter:
                await self._open(lane)
        for projection in self.actor.keeps:
            await self.client.keep(projection)
        for lane in self.lanes:
            if lane.command.request is not FeedAfter:
                await self._open(lane)
        for reactor in self._reactors:
            reactor.start()
        await self._follower.start()
        for worker in (*self.actor.works, _sweep):
            self._do_beside(self._keep_working(worker))
        await self._service.start()
        await self.client.link.nc.flush()
        self.log.debug("member is ready", member=self.name)

    async def stop(self) -> None:
        self.stopping.set()
        await self._service.stop()
        # Drained: the server sends no more, and what it had sent is in the lanes.
        await asyncio.gather(*(subscription.drain() for subscription in self._subscriptions), return_exceptions=True)
        finishing = [*(lane.stop() for lane in self.lanes), *(reactor.stop() for reactor in self._reactors), self._follower.stop()]
        try:
            await asyncio.wait_for(asyncio.gather(*finishing), self.settings.drain_seconds)
        except TimeoutError:
            self.log.warning("stopped before everything was finished; it will be done again elsewhere")
        await end(*self._works, again_seconds=self.settings.drain_seconds)
        if self._relay:
            await self._relay.stop()
        await self._stack.aclose()
        self.log.debug("member has left", member=self.name)

    async def _open(self, lane: Lane) -> None:
        lane.start()
        nc = self.client.link.nc
        self._subscriptions.append(await nc.subscribe(lane.command.subject, queue=self.actor.name, cb=lane.take))

    async def _keep_working(self, worker: Worker) -> None:
        while True:
            try:
                await worker(self)
            except WAIT_FOR_IT as error:
                self.log.warning("work waits for the database", reason=str(error) or type(error).__name__)
            except Exception as error:
                self.log.error("work failed, starts again", exc_info=error)
            await asyncio.sleep(_WORK_AGAIN_SECONDS)


async def _sweep(member: Member) -> None:
    """Forgets keys that are older than anybody may rely on."""
    while True:
        async with member.transaction() as work:
            await work.execute(member.sql["forget_keys"], now() - REMEMBERED)
        await asyncio.sleep(_SWEEP_SECONDS)
