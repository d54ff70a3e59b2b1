"""One actor's stream in JetStream: made by its relay, read by durable consumers named after the reacting actors."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import nats.js.errors
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

from actors.runtime.envelopes import POSITION
from actors.runtime.settings import Settings

if TYPE_CHECKING:
    from actors.runtime.client import Client

DUPLICATE_WINDOW_SECONDS = 120


@dataclass(frozen=True, slots=True)
class StreamState:
    """`created` changes when the stream was made again. `last_position`: of the log, the last one in the newest message, if that is still there."""

    created: str
    last_position: int | None


class Stream:
    def __init__(self, client: Client, name: str, subjects: list[str], readers: frozenset[str], settings: Settings) -> None:
        """`readers`: the actors that react to what is in it; each has a durable consumer of its name."""
        self._client = client
        self._name = name
        self._subjects = subjects
        self._readers = readers
        self._settings = settings
        self._first = 0
        self._floor = 0
        self.disorder_until = 0
        """Up to this sequence the messages may be out of order: some were sent a second time, after later ones."""
        self.created = ""
        self.last_sequence = 0

    async def ensure(self) -> StreamState:
        """The stream with today's subjects and settings, made if it is not there."""
        jetstream = self._jetstream()
        try:
            info = await jetstream.update_stream(self._config())
        except nats.js.errors.NotFoundError:
            info = await jetstream.add_stream(self._config())
        self.created = str(info.created)
        self.last_sequence = self.disorder_until = info.state.last_seq
        await self._dismiss_former_readers()
        return StreamState(self.created, await self._position_of(info.state.last_seq) if info.state.messages else None)

    async def _dismiss_former_readers(self) -> None:
        """Whose actor reacts no longer acknowledges nothing: the stream would be kept for it for ever."""
        jetstream = self._jetstream()
        for info in await jetstream.consumers_info(self._name):
            name = info.config.durable_name
            if name and name not in self._readers:
                with suppress(nats.js.errors.NotFoundError):
                    await jetstream.delete_consumer(self._name, name)

    async def settled_position(self) -> int:
        """The log position up to which every durable consumer has acknowledged; 0 when that is not known.

        An acknowledgement comes after the reaction's commit, and the first publication is in the order of the log: so what
        lies up to the slowest consumer's floor need never be published again: all of a bundle is acknowledged at once. A reader
        whose consumer is not there, as after the loss of JetStream's store, has acknowledged nothing. Where nobody reacts, what is
        published is settled.
        """
        jetstream = self._jetstream()
        stream = await jetstream.stream_info(self._name)
        self.created, self._first = str(stream.created), stream.state.first_seq
        if not self._readers:
            self._floor = self.last_sequence
            return await self._position_of(self.last_sequence) or 0
        consumers = [info for info in await jetstream.consumers_info(self._name) if info.config.durable_name in self._readers]
        if self._readers - {info.config.durable_name for info in consumers}:
            return 0
        floor = min(info.ack_floor.stream_seq if info.ack_floor else 0 for info in consumers)
        self._floor = floor
        if floor < self.disorder_until or floor == 0:
            return 0
        return await self._position_of(floor) or 0

    async def forget_old(self, settled: int) -> None:
        """Keeps `stream_keep` events before `settled`, and up to a tenth more."""
        enough = settled - self._settings.stream_keep
        if enough <= 0 or (await self._position_of(self._first) or 0) + self._settings.stream_keep // 10 >= enough:
            return
        # How many events a message holds is different for each, so the one that is old enough is searched for.
        old, young = self._first, self._floor
        while young - old > 1:
            middle = (old + young) // 2
            if (await self._position_of(middle) or 0) <= enough:
                old = middle
            else:
                young = middle
        await self._jetstream().purge_stream(self._name, seq=old + 1)

    async def _position_of(self, sequence: int) -> int | None:
        if not sequence:
            return None
        try:
            message = await self._jetstream().get_msg(self._name, sequence)
        except nats.js.errors.NotFoundError:
            return None
        return int((message.headers or {}).get(POSITION, 0))

    def _jetstream(self) -> Any:
        return self._client.link.nc.jetstream(timeout=3)

    def _config(self) -> StreamConfig:
        return StreamConfig(
            name=self._name,
            description=f"What happened in {self._name}; rebuilt from its log in Postgres when it is lost",
            subjects=self._subjects,
            retention=RetentionPolicy.LIMITS,
            discard=DiscardPolicy.OLD,
            storage=StorageType.FILE,
            num_replicas=self._settings.nats_replicas,
            duplicate_window=DUPLICATE_WINDOW_SECONDS,
            max_msgs=-1,
        )
