"""Takes events from a durable consumer that all members of an actor share: JetStream pull, watched.

A pull can go silent after a server restart (nats.py#504, #986), so silence has a limit: then the consumer is looked for,
made again when it is gone, and asked again. nats-py's own `fetch` waits for each message in turn; this takes what has come.

A message holds one event or a bundle (`packing.py`): what is asked for are messages, what is bounded are events.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import nats.errors
import nats.js.errors
from msgspec import json
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from actors.runtime.nats_link import NoAnswer
from actors.runtime.packing import events_in

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from actors.runtime.member import Member

EXPIRES_SECONDS = 4.0
_SILENCE_SECONDS = EXPIRES_SECONDS + 2.0
_RETRY_SECONDS = 0.3
_ASKED_MAX = 16
"""Messages in one pull: few, because each may be a bundle; not one, because each may be a single event."""
_CROWD = 8
"""Events taken at once after which it pays to wait a moment for the next ones: they come in several small messages, not on one page."""
_NOTHING_YET = ("404", "408")
"""Statuses that end a pull in peace; any other says that something is wrong with the consumer."""
JETSTREAM_ERRORS = (nats.errors.Error, nats.js.errors.Error, NoAnswer, OSError, TimeoutError)


class Pull:
    """One member's share of the durable consumer `actor` on the stream that carries `subjects`."""

    def __init__(self, member: Member, subjects: list[str]) -> None:
        self._member = member
        self._subjects = subjects
        self._most = member.settings.reactions_batch
        self._asked = min(self._most, _ASKED_MAX)
        self._nc = member.client.link.nc
        self._arrived: deque[Msg] = deque()
        self._waiting = 0
        self._news = asyncio.Event()
        self._gather_seconds = member.actor.gather_seconds
        self._busy = False
        self._outstanding = 0
        self._asked_at = 0.0
        self._inbox = ""
        self._stream = ""
        self._refused = False
        self._stopping = False
        self._subscription: Any = None
        self.opened = False

    async def open(self) -> None:
        """Waits until the stream is there: its owner's relay makes it."""
        while not await self._ensure_consumer():
            await asyncio.sleep(_RETRY_SECONDS)
        self._inbox = self._nc.new_inbox()
        self._subscription = await self._nc.subscribe(self._inbox, cb=self._take)
        self._member.client.link.on_reconnect(self._forget_outstanding)
        self.opened = True

    async def batch(self) -> list[Msg]:
        """Messages with `reactions_batch` events at most, or a single one; in the order in which they came. Empty once it is stopping.

        An event that comes alone is handed out at once. In a crowd each transaction is shared by as many as come in a moment:
        where several come together, or one comes sooner after the last than that moment takes.
        """
        if self._busy and self._waiting < self._most and not self._stopping:
            await asyncio.sleep(self._gather_seconds)
        loop = asyncio.get_running_loop()
        quiet_at = loop.time() + self._gather_seconds
        while not self._arrived:
            if self._stopping:
                return []
            self._news.clear()
            if self._refused:
                await self._find_out_why()
            await self._ask_for_more()
            try:
                await asyncio.wait_for(self._news.wait(), 1.0)
            except TimeoutError:
                await self._mind_silence()
        if self._stopping:
            return []
        taken = self._next()
        self._busy = self._busy or loop.time() < quiet_at
        await self._ask_for_more()
        return taken

    def _next(self) -> list[Msg]:
        taken: list[Msg] = []
        events = 0
        while self._arrived and (not taken or events + events_in(self._arrived[0]) <= self._most):
            taken.append(self._arrived.popleft())
            events += events_in(taken[-1])
        self._waiting -= events
        self._busy = events >= _CROWD
        return taken

    async def stop(self) -> None:
        """Asks for nothing more; what had come but was not begun goes to another member at once."""
        self._stopping = True
        self._news.set()
        if self.opened and self._member.client.connected:
            # Drained: the server forgets what we asked for, or it would send us again what we give back.
            with suppress(*JETSTREAM_ERRORS):
                await self._subscription.drain()
        while self._arrived:
            await self._nc.publish(self._arrived.popleft().reply, b"-NAK")

    async def _take(self, message: Msg) -> None:
        status = message.headers.get("Status") if message.headers and not message.reply else None
        if status is None:
            self._outstanding -= 1
            if self._stopping:
                await self._nc.publish(message.reply, b"-NAK")
                return
            self._arrived.append(message)
            self._waiting += events_in(message)
            await self._ask_for_more()
        elif status != "100":
            self._outstanding = 0
            self._refused = status not in _NOTHING_YET
        self._news.set()

    async def _ask_for_more(self) -> None:
        """One pull at a time, the next when it is used up, so that a batch is at hand while another is worked on."""
        enough = self._outstanding > 0 or self._waiting >= self._most
        if enough or self._refused or self._stopping or not self._member.client.connected:
            return
        self._outstanding = self._asked
        self._asked_at = asyncio.get_running_loop().time()
        ask = json.encode({"batch": self._asked, "expires": int(EXPIRES_SECONDS * 1e9)})
        await self._nc.publish(f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._member.actor.name}", ask, reply=self._inbox)

    async def _find_out_why(self) -> None:
        """Nobody takes our pulls: the consumer is gone, or its server is about to be. Not asked again in a loop without a pause."""
        await asyncio.sleep(_RETRY_SECONDS)
        if self._member.client.connected:
            self._refused = not await self._ensure_consumer()

    async def _mind_silence(self) -> None:
        silent = asyncio.get_running_loop().time() - self._asked_at > _SILENCE_SECONDS
        if silent and self._member.client.connected and await self._ensure_consumer():
            self._outstanding = 0

    def _forget_outstanding(self) -> None:
        """After a reconnect the server has forgotten what we asked for."""
        self._outstanding = 0
        self._asked_at = 0.0
        self._news.set()

    async def _ensure_consumer(self) -> bool:
        jetstream = self._nc.jetstream(timeout=2)
        try:
            self._stream = await jetstream.find_stream_name_by_subject(self._subjects[0])
            await jetstream.add_consumer(self._stream, self._config())
        except JETSTREAM_ERRORS as error:
            self._member.log.debug("stream not there yet", subjects=self._subjects, reason=str(error) or type(error).__name__)
            return False
        return True

    def _config(self) -> ConsumerConfig:
        return ConsumerConfig(
            durable_name=self._member.actor.name,
            description=f"{self._member.actor.name} reacts to these; every member pulls from here",
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=self._member.settings.reactions_ack_wait_seconds,
            max_ack_pending=20_000,
            max_deliver=-1,
            max_waiting=1024,
            filter_subjects=self._subjects,
        )
