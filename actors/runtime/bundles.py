"""Commands that are asked in the same moment travel in one message, and their answers, too.

Under load most of what a small message costs is the message itself: headers, inboxes, parsing, on both sides and in the
server. One that is asked alone travels alone, in plain JSON, as `nats request orders.get '{"id": ...}'` would send it.

A bundle has the header `Kasir-Bundle` and is a JSON array of parts. Its answers may come in several messages: each part
is answered when its own batch is committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import nats.errors
from msgspec import Raw, Struct

from actors.runtime.envelopes import APPROVED_BY, BY, KEY, REFUSED, REPLAYED, REQUEST_ID, RIGHTS, TRACE, decoder, encode, headers_of
from actors.runtime.nats_link import NoAnswer
from actors.runtime.words import Rights

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from actors.runtime.nats_link import Link

BUNDLE = "Kasir-Bundle"
PARTS_MAX = 64
PART_BYTES_MAX = 8 * 1024
ANSWER_BYTES_MAX = 512 * 1024


class Part(Struct, array_like=True):
    """One command in a bundle, with what its headers would be."""

    payload: Raw
    by: str = ""
    key: str | None = None
    request_id: str = ""
    traceparent: str = ""
    rights: Rights | None = None
    approved_by: str = ""

    def headers(self) -> dict[str, str] | None:
        """None when it needs none."""
        return headers_of(self.by, self.key, self.request_id, self.traceparent, self.rights, self.approved_by)


def part_of(payload: bytes, headers: Mapping[str, str]) -> Part:
    """A command that came alone. Raises msgspec's errors when its rights cannot be read: that must not mean that it has no bounds."""
    rights = decoder(Rights).decode(headers[RIGHTS]) if RIGHTS in headers else None
    named = (headers.get(BY, ""), headers.get(KEY), headers.get(REQUEST_ID, ""), headers.get(TRACE, ""))
    return Part(Raw(payload), *named, rights, headers.get(APPROVED_BY, ""))


class PartTold(Struct, array_like=True):
    """The answer to the part at `index`."""

    index: int
    body: Raw
    refused: bool = False
    replayed: bool = False


class Answered(NamedTuple):
    body: bytes
    refused: bool = False
    replayed: bool = False


decode_parts = msgspec.json.Decoder(list[Part]).decode
_decode_told = msgspec.json.Decoder(list[PartTold]).decode


class ExpectedParts:
    """The answers to the parts of a bundle that are still to come under one inbox token."""

    __slots__ = ("deadline", "futures")

    def __init__(self, futures: list[asyncio.Future[Answered]], deadline: float) -> None:
        self.futures = futures
        self.deadline = deadline

    def arrived(self, message: Msg) -> bool:
        """True when nothing more is expected."""
        told = message.headers
        if told is None:
            self._settle(0, Answered(message.data))
        elif told.get("Status") == "503":
            self.fail(NoAnswer(nobody=True))
        elif BUNDLE in told:
            for part in _decode_told(message.data):
                self._settle(part.index, Answered(bytes(part.body), part.refused, part.replayed))
        else:
            # One answer for all of it: a "no" to the bundle as a whole.
            for index in range(len(self.futures)):
                self._settle(index, Answered(message.data, REFUSED in told, REPLAYED in told))
        return all(future.done() for future in self.futures)

    def fail(self, error: NoAnswer) -> None:
        for future in self.futures:
            if not future.done():
                future.set_exception(error)

    def _settle(self, index: int, answered: Answered) -> None:
        future = self.futures[index]
        if not future.done():
            future.set_result(answered)


class Bundler:
    """Gathers what is asked within one turn of the event loop, by subject."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._gathered: dict[str, list[tuple[Part, asyncio.Future[Answered]]]] = {}
        self._sending: set[asyncio.Task[None]] = set()

    async def ask(self, subject: str, part: Part, timeout_seconds: float) -> Answered:
        """Raises NoAnswer, as `Link.request` does."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answered] = loop.create_future()
        if len(part.payload) > PART_BYTES_MAX:
            await self._send(subject, [(part, future)], loop.time() + timeout_seconds)
            return await future
        gathered = self._gathered.get(subject)
        if gathered is None:
            gathered = self._gathered[subject] = []
            # A later call of the same turn may have a shorter timeout: all of them wait as long as the first.
            loop.call_soon(self._flush, subject, loop.time() + timeout_seconds)
        gathered.append((part, future))
        return await future

    def _flush(self, subject: str, deadline: float) -> None:
        gathered = self._gathered.pop(subject)
        for start in range(0, len(gathered), PARTS_MAX):
            task = asyncio.create_task(self._send(subject, gathered[start : start + PARTS_MAX], deadline))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send(self, subject: str, gathered: list[tuple[Part, asyncio.Future[Answered]]], deadline: float) -> None:
        expected = ExpectedParts([future for _, future in gathered], deadline)
        try:
            if len(gathered) == 1:
                part = gathered[0][0]
                await self._link.send(subject, bytes(part.payload), part.headers(), expected)
            else:
                await self._link.send(subject, encode([part for part, _ in gathered]), {BUNDLE: str(len(gathered))}, expected)
        except (nats.errors.Error, OSError):
            # It did not even leave this process.
            expected.fail(NoAnswer(nobody=True))
