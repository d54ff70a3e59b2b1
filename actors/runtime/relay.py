"""Publishes an actor's log to JetStream, in commit order, exactly as it stands. One relay per log is active at a time.

The right to publish is a Postgres session lock: when the process that holds it dies, Postgres gives it to the next one
that asks. Positions are gap-free in commit order (see `take_positions`), so "everything after N" never skips a row.
JetStream may forget all of it: the relay notices, makes the stream again, and publishes what not everybody has reacted to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import json

from actors.runtime.hints import LogGrew, log_grew
from actors.runtime.leading import LOCK_RETRY_SECONDS, Leading
from actors.runtime.log_fresh import items_of
from actors.runtime.metrics import RELAY_ACTIVE, RELAY_LAG, RELAYED
from actors.runtime.nats_link import NoAnswer
from actors.runtime.packing import BYTES_MAX, Packed, pack
from actors.runtime.pulling import JETSTREAM_ERRORS
from actors.runtime.streams import Stream
from actors.runtime.tasks import end
from actors.runtime.upkeep import LogItem

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from actors.runtime.member import Member

CHUNK = 256
POLL_SECONDS = 0.5
GATHER_SECONDS = 0.025
"""Rows that come sooner after the last than this wait so long for others, to go out with them."""
UPKEEP_SECONDS = 2.0
QUIET_UPKEEP_SECONDS = 10.0
"""Where all is published, and everybody has reacted."""
ACK_SECONDS = 5.0


class Progress(NamedTuple):
    """Log positions: `published` is acknowledged by JetStream, `settled` by everybody who reacts."""

    published: int
    settled: int
    stream_created: str


class Relay:
    def __init__(self, member: Member) -> None:
        self._member = member
        self._sql = member.sql
        self._name = member.actor.name
        subjects = [event.name for event in member.actor.tells]
        self._stream = Stream(member.client, self._name, subjects, member.house.readers(self._name), member.settings)
        self._woken = asyncio.Event()
        self._reconnected = False
        self._upkeep_at = 0.0
        self._published = 0
        self._created = ""
        self._saved = Progress(0, 0, "")
        self._leading = Leading(member, "relay", f"kasir relay {self._name}", self._publish_on, self._set_active)
        self._task: asyncio.Task[None] | None = None

    @property
    def active(self) -> bool:
        return self._leading.active

    async def start(self) -> None:
        nc = self._member.client.link.nc
        await nc.subscribe(wake_subject(self._name), cb=self._on_wake)
        self._member.client.link.on_reconnect(self._look_afresh)
        self._task = asyncio.create_task(self._leading.run())

    async def stop(self) -> None:
        """Another member's relay takes over at once: closing the connection gives the lock back."""
        await end(self._task)

    def wake(self) -> None:
        self._woken.set()

    async def _on_wake(self, message: Msg) -> None:
        if message.data:  # an operator has wound the log back
            self._upkeep_at = 0.0
        self._woken.set()

    def _look_afresh(self) -> None:
        """A server that was away may have come back with less than it had acknowledged."""
        self._reconnected = True
        self._woken.set()

    def _set_active(self, active: bool) -> None:
        RELAY_ACTIVE.labels(self._name).set(active)

    async def _publish_on(self, connection: Any) -> None:
        """As long as it leads."""
        link = self._member.client.link
        try:
            while link.connected:
                try:
                    await self._publish_log(connection)
                except JETSTREAM_ERRORS as error:
                    if link.connected:
                        self._member.log.warning("jetstream refuses the relay", log=self._name, reason=str(error) or type(error).__name__)
                    await asyncio.sleep(LOCK_RETRY_SECONDS)
        finally:
            # Only spares work: what is not saved is published again, and known by its ids.
            with suppress(Exception):
                await self._save(connection)

    async def _publish_log(self, connection: Any) -> None:
        """Publishes until JetStream fails, or the connection to it was another one meanwhile; then it is looked at afresh.

        What nobody has told of, as its writer died between commit and hint, is found by the relay alone: it tells those who follow. At once
        where it came upon it by itself; where somebody else's word had it look just then, as soon as there is nothing more to do.
        """
        self._reconnected = False
        await self._reconcile(connection)
        loop = asyncio.get_running_loop()
        self._upkeep_at = loop.time() + UPKEEP_SECONDS
        told, told_to = False, 0
        while self._member.client.connected and not self._reconnected:
            self._woken.clear()
            rows = self._member.fresh.after(self._published, CHUNK) or await self._read(connection)
            if rows:
                if not told:
                    self._member.client.hint(log_grew(self._name), LogGrew(position=rows[-1].position))
                await self._publish(rows)
                self._upkeep_at = min(self._upkeep_at, loop.time() + UPKEEP_SECONDS)
            told = True
            if loop.time() >= self._upkeep_at:
                if not await self._upkeep(connection):
                    return
                quiet = self._saved.settled == self._published and not rows
                self._upkeep_at = loop.time() + (QUIET_UPKEEP_SECONDS if quiet else UPKEEP_SECONDS)
            if len(rows) < CHUNK:
                quiet_at = loop.time() + GATHER_SECONDS
                try:
                    await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
                except TimeoutError:
                    told, told_to = False, self._tell(told_to)
                    continue
                if loop.time() < quiet_at:
                    await asyncio.sleep(GATHER_SECONDS)

    def _tell(self, told_to: int) -> int:
        """How far the log has come, to those who follow, if that is more than they were told so; how far they are told of."""
        if self._published > told_to:
            self._member.client.hint(log_grew(self._name), LogGrew(position=self._published))
        return self._published

    async def _read(self, connection: Any) -> list[LogItem]:
        items = items_of(await connection.fetch(self._sql["read_log"], self._published, CHUNK))
        self._member.fresh.join(items)
        return items

    async def _reconcile(self, connection: Any) -> None:
        """Where to go on: what the database remembers, corrected by what the stream really holds."""
        state = await self._stream.ensure()
        known = Progress(*await connection.fetchrow(self._sql["relay_state"]))
        published = known.published
        if known.stream_created and state.created != known.stream_created:
            self._member.log.warning("stream is new: publishing again", log=self._name, after=known.settled)
            published = known.settled
        elif known.stream_created:
            # What is missing was published, but lost by the server before it was safe on its disk.
            published = min(published, known.settled if state.last_position is None else state.last_position)
        self._published = published
        self._created = state.created
        self._saved = known
        await self._save(connection)

    async def _upkeep(self, connection: Any) -> bool:
        """Saves how far we are. False when the stream is another one than before, or an operator wound the log back."""
        settled = min(await self._stream.settled_position(), self._published)
        if self._stream.created != self._created or Progress(*await connection.fetchrow(self._sql["relay_state"])) != self._saved:
            return False
        await self._save(connection, settled)
        await self._stream.forget_old(settled)
        RELAY_LAG.labels(self._name).set(await connection.fetchval(self._sql["log_position"]) - self._published)
        return True

    async def _save(self, connection: Any, settled: int = 0) -> None:
        """Does nothing when an operator has wound the log back meanwhile: the next upkeep sees that."""
        now = Progress(self._published, max(settled, self._saved.settled), self._created)
        if now != self._saved and await connection.fetchval(self._sql["save_relay"], *now, *self._saved) is not None:
            self._saved = now

    async def _publish(self, rows: Sequence[LogItem]) -> None:
        """Only the last message of a chunk asks for an acknowledgement; its sequence number tells whether all the others are there."""
        client = self._member.client
        messages = list(pack(rows, min(BYTES_MAX, client.message_max // 2)))
        for message in messages[:-1]:
            await client.link.nc.publish(message.subject, message.payload, headers=message.headers)
        sequence = await self._publish_one(messages[-1])
        if sequence != self._stream.last_sequence + len(messages):
            # Some were duplicates, or some are missing: the ids make it harmless to send all of them again, one by one.
            for message in messages:
                sequence = max(sequence, await self._publish_one(message))
            self._stream.disorder_until = sequence
        self._stream.last_sequence = sequence
        self._published = rows[-1].position
        RELAYED.labels(self._name).inc(len(rows))

    async def _publish_one(self, message: Packed) -> int:
        answer = await self._member.client.link.request(message.subject, message.payload, message.headers, ACK_SECONDS)
        told = json.decode(answer.data)
        if "error" in told:
            raise NoAnswer(nobody=True)
        return int(told["seq"])


def wake_subject(actor: str) -> str:
    """Whoever commits events says so here, so that the active relay need not wait for its next look; with a body: to look at all of it afresh."""
    return f"_kasir.wake.{actor}"
