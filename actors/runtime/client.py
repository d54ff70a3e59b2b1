"""Asking actors, and keeping views of what they know: all that an edge, or anybody else outside an actor, needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from actors.runtime import upkeep
from actors.runtime.actor import Projection
from actors.runtime.bundles import Bundler, Part
from actors.runtime.envelopes import decoder, encode
from actors.runtime.hints import Hint, Hints
from actors.runtime.log_pages import LogPages
from actors.runtime.nats_link import Link, NoAnswer, connect_link
from actors.runtime.projections import Keeper
from actors.runtime.settings import Settings
from actors.runtime.words import Command, Refusal, Rights

PATIENCE_SECONDS = 2.0
"""How long a command waits for somebody to be there at all: a member that restarts, a connection that comes back."""
_RETRY_SECONDS = 0.05
HEADERS_MAX = 4096
"""Bytes of a message that its headers may take."""

Told = TypeVar("Told")
View = TypeVar("View")


class Refused(Exception):
    """`Client.call` was told no."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code}: {refusal.detail}")
        self.refusal = refusal


@dataclass(slots=True)
class Reply:
    """`body` is the result as JSON, unless there is a `refusal`. `replayed`: the first answer to this key, again."""

    body: bytes = b""
    refusal: Refusal | None = None
    replayed: bool = False


class Client:
    def __init__(self, settings: Settings, link: Link) -> None:
        self.settings = settings
        self.link = link
        self._bundler = Bundler(link)
        self._hints = Hints(link)
        self.log_pages = LogPages()
        self._keepers: dict[str, Keeper[Any]] = {}

    @property
    def connected(self) -> bool:
        return self.link.connected

    @property
    def max_payload(self) -> int:
        """Bytes that one message may hold; set in the NATS server."""
        return int(self.link.nc.max_payload)

    @property
    def message_max(self) -> int:
        """Bytes that the body of one message may hold: its headers count, too."""
        return self.max_payload - HEADERS_MAX

    async def ask(
        self,
        command: Command[Any, Any],
        request: msgspec.Struct,
        *,
        by: str = "",
        key: str | None = None,
        request_id: str = "",
        traceparent: str = "",
        rights: Rights | None = None,
        approved_by: str = "",
        timeout_seconds: float | None = None,
    ) -> Reply:
        """The answer of one member; `rights` None: without bounds.

        Never raises for a "no"; nobody there, or no answer in time, is a refusal of kind `busy`.
        """
        payload = encode(request)
        if len(payload) > self.message_max:
            detail = f"NATS takes {self.max_payload} bytes a message. Send less at once, or raise max_payload there."
            return Reply(refusal=upkeep.TOO_BIG.refuse(detail))
        part = Part(msgspec.Raw(payload), by, key, request_id, traceparent, rights, approved_by)
        loop = asyncio.get_running_loop()
        timeout = self.settings.request_timeout_seconds if timeout_seconds is None else timeout_seconds
        started = loop.time()
        while True:
            waited = loop.time() - started
            if not self.link.connected:
                if waited > PATIENCE_SECONDS or not await self._connection_within(PATIENCE_SECONDS - waited):
                    return Reply(refusal=upkeep.UNAVAILABLE.refuse("The message bus is away. Nothing was done; try again.", retry_after_seconds=1))
                # `up` may be a moment behind `connected`: let others run.
                await asyncio.sleep(0)
                continue
            try:
                answered = await self._bundler.ask(command.subject, part, timeout - waited)
            except NoAnswer as none:
                if not none.nobody:
                    return Reply(refusal=upkeep.TIMEOUT.refuse(_too_late(key), retry_after_seconds=1))
                if loop.time() - started + _RETRY_SECONDS > min(PATIENCE_SECONDS, timeout):
                    detail = f"No member of {command.actor} is running. Nothing was done; try again."
                    return Reply(refusal=upkeep.UNAVAILABLE.refuse(detail, retry_after_seconds=1))
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            if answered.refused:
                return Reply(refusal=decoder(Refusal).decode(answered.body))
            return Reply(answered.body, replayed=answered.replayed)

    async def call(self, command: Command[Any, Told], request: msgspec.Struct, **context: Any) -> Told:
        """The result itself; raises Refused for a "no"."""
        reply = await self.ask(command, request, **context)
        if reply.refusal is not None:
            raise Refused(reply.refusal)
        result: Told = decoder(command.result).decode(reply.body)
        return result

    async def _connection_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.link.up.wait(), max(seconds, 0))
        except TimeoutError:
            return False
        return True

    # --- hints

    def hint(self, subject: str, hint: msgspec.Struct) -> None:
        """Best effort, without waiting: nothing may depend on its arrival. `subject` begins with `_kasir.`."""
        self._hints.send(subject, hint)

    async def on_hint(self, subject: str, kind: type[Hint], callback: Callable[[Hint], None]) -> Callable[[], None]:
        """Calls `callback` with each hint that can be read, until what this returns is called, or the client is closed."""
        return await self._hints.listen(subject, kind, callback)

    def listeners(self, subject: str) -> int:
        """How many wait for these hints here."""
        return self._hints.listeners(subject)

    # --- views

    async def keep(self, projection: Projection[View, Any]) -> View:
        """Loads the view and follows it from now on. Waits until its owner is there."""
        keeper: Keeper[View] | None = self._keepers.get(projection.name)
        if keeper is None:
            keeper = self._keepers[projection.name] = Keeper(self, projection)
            await keeper.open()
        await keeper.loaded.wait()
        return keeper.view

    def view(self, projection: Projection[View, Any]) -> View:
        keeper: Keeper[View] = self._keepers[projection.name]
        return keeper.view

    async def refresh(self, projection: Projection[Any, Any]) -> bool:
        """Whether its owner has told all that it had committed by now."""
        return await self._keepers[projection.name].refresh()

    def staleness_seconds(self, projection: Projection[Any, Any]) -> float:
        """Since when the owner has not been heard; infinite before the first time."""
        keeper = self._keepers.get(projection.name)
        return keeper.staleness_seconds if keeper else float("inf")

    async def close(self) -> None:
        for keeper in self._keepers.values():
            await keeper.close()
        await self.link.close()


def _too_late(key: str | None) -> str:
    if key is None:
        return "No answer came in time. Look whether it was done before you try again."
    return f"No answer came in time. Try again with the same Idempotency-Key ({key}): it will not be done twice."


@asynccontextmanager
async def connect_client(settings: Settings, name: str = "kasir client") -> AsyncIterator[Client]:
    client = Client(settings, await connect_link(settings, name))
    try:
        yield client
    finally:
        await client.close()
