"""Hints between members: small messages that may get lost, for what would be found out a moment later anyway.

They go by core NATS, on subjects below `_kasir.`. Nothing may depend on the arrival of one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import msgspec
import nats.errors

from actors.runtime.envelopes import decoder, encode
from actors.runtime.logs import get_logger
from actors.runtime.upkeep import LogItem
from actors.runtime.words import Value

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from actors.runtime.nats_link import Link

Hint = TypeVar("Hint", bound=msgspec.Struct)


CARRIED_MAX, CARRIED_BYTES_MAX = 8, 32 * 1024
"""Few events are told with the hint, which spares whoever follows the question. Of a crowd only where it ends: it is read in pages."""


class LogGrew(Value):
    """A log has come to `position`, at least. `items`: what stands there up to that position, without a gap; or nothing."""

    position: int
    items: list[LogItem] = msgspec.field(default_factory=list)

    @property
    def after(self) -> int:
        """What the items come after."""
        return self.position - len(self.items)


def log_grew(actor: str) -> str:
    """Where whoever has added to a log says so, once it is committed."""
    return f"_kasir.log.{actor}"


def grown(first: int, events: Sequence[tuple[UUID, str, str, str, bytes]]) -> LogGrew:
    """The hint about events (id, name, key, traceparent, body) that stand in the log from position `first` on."""
    few = len(events) <= CARRIED_MAX and sum(len(event[4]) for event in events) <= CARRIED_BYTES_MAX
    items = [LogItem(position, *event[:4], msgspec.Raw(event[4])) for position, event in enumerate(events, first)] if few else []
    return LogGrew(position=first + len(events) - 1, items=items)


class Hints:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._sending: set[asyncio.Task[None]] = set()
        self._heard: dict[str, list[Callable[[Any], None]]] = {}
        self._log = get_logger(part="hints")

    def send(self, subject: str, hint: msgspec.Struct) -> None:
        """Without waiting. Not at all while NATS is away: kept back until it returns, it would be stale."""
        if not self._link.connected:
            return
        task = asyncio.create_task(self._publish(subject, encode(hint)))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _publish(self, subject: str, payload: bytes) -> None:
        try:
            await self._link.nc.publish(subject, payload)
        except (nats.errors.Error, OSError):
            return

    async def listen(self, subject: str, kind: type[Hint], callback: Callable[[Hint], None]) -> Callable[[], None]:
        """Calls `callback` with each hint, until what this returns is called. All who listen to a subject share a subscription."""
        callbacks = self._heard.get(subject)
        if callbacks is None:
            callbacks = self._heard[subject] = []
            await self._link.nc.subscribe(subject, cb=self._pass_on(decoder(kind), callbacks, subject))
        callbacks.append(callback)
        return lambda: callbacks.remove(callback)

    def listeners(self, subject: str) -> int:
        return len(self._heard.get(subject, ()))

    def _pass_on(self, decode: msgspec.json.Decoder[Any], callbacks: list[Callable[[Any], None]], subject: str) -> Callable[[Msg], Awaitable[None]]:
        async def heard(message: Msg) -> None:
            try:
                hint = decode.decode(message.data)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                return
            for callback in tuple(callbacks):
                try:
                    callback(hint)
                except Exception as error:
                    self._log.error("hint failed", subject=subject, exc_info=error)

        return heard
