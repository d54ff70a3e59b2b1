"""The town's process: plain HTTP/1.1 by hand, since much of what it does no server would let it do.

    python -m tests.faults.town.server      # prints its ports; POST /{name} is a listener, POST /_{command} is for the test
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import uvloop

from tests.certificates import wrong_certificate
from tests.faults.town import tempers
from tests.faults.town.books import Books
from tests.faults.town.tempers import Act, Temper

ENDLESS_PIECE, ENDLESS_SECONDS = b"400\r\n" + b"x" * 1024 + b"\r\n", 0.001


class Opens(msgspec.Struct):
    """A listener moves in."""

    name: str
    temper: str
    secrets: list[str]
    public_key: str = ""
    whole: bool = False


class Listener:
    def __init__(self, opens: Opens) -> None:
        self.books = Books(opens.secrets, opens.public_key, whole=opens.whole)
        self.temper: Temper = getattr(tempers, opens.temper)
        self.since = time.monotonic()
        self.die = Random(opens.name)

    def act(self, headers: dict[str, str], body: bytes) -> Act:
        if not self.books.genuine(headers, body):
            return tempers.FAILS
        act = self.temper(time.monotonic() - self.since, self.die)
        if act.takes:
            self.books.take(headers, body)
        return act


class Town:
    def __init__(self) -> None:
        self.listeners: dict[str, Listener] = {}

    def command(self, name: str, body: bytes) -> bytes:
        if name == "open":
            opens = msgspec.json.decode(body, type=Opens)
            self.listeners[opens.name] = Listener(opens)
        elif name == "rotate":
            told = msgspec.json.decode(body)
            self.listeners[told["name"]].books.add_secret(told["secret"])
        elif name == "report":
            return msgspec.msgpack.encode({name: listener.books.report() for name, listener in self.listeners.items()})
        elif name == "counts":
            return msgspec.json.encode({name: listener.books.count for name, listener in self.listeners.items()})
        return b""


class Connection(asyncio.Protocol):
    """Answers in the order in which it was asked; whoever posts to us keeps one request under way on a connection."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._pieces: list[bytes] = []
        self._size = self._wanted = 0
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        if self._size < self._wanted:
            return
        buffer = b"".join(self._pieces)
        end = buffer.find(b"\r\n\r\n")
        headers = _headers(buffer[:end]) if end >= 0 else {}
        whole = end + 4 + int(headers.get("content-length", 0)) if end >= 0 else 0
        self._pieces, self._size, self._wanted = [buffer], len(buffer), whole
        if end < 0 or len(buffer) < whole:
            return
        self._pieces, self._size, self._wanted = [], 0, 0
        self._ask(buffer[:end].split(b" ", 2)[1].decode()[1:], headers, buffer[end + 4 : whole])

    def _ask(self, path: str, headers: dict[str, str], body: bytes) -> None:
        if path.startswith("_"):
            told = self._town.command(path[1:], body)
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(told) + told)
            return
        act = self._town.listeners[path].act(headers, body)
        if act.seconds:
            asyncio.get_running_loop().call_later(act.seconds, self._do, act)
        else:
            self._do(act)

    def _do(self, act: Act) -> None:
        if self._transport is None:
            return
        if act.answer:
            self._transport.write(act.answer)
        if act.then == "close":
            self._transport.close()
        elif act.then == "endless":
            self._talk_on()

    def _talk_on(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(ENDLESS_PIECE)
            asyncio.get_running_loop().call_later(ENDLESS_SECONDS, self._talk_on)


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


async def main() -> None:
    town, loop = Town(), asyncio.get_running_loop()
    with tempfile.TemporaryDirectory() as folder:
        plain = await loop.create_server(lambda: Connection(town), "127.0.0.1", 0)
        tls = await loop.create_server(lambda: Connection(town), "127.0.0.1", 0, ssl=wrong_certificate(Path(folder)))
    print(plain.sockets[0].getsockname()[1], tls.sockets[0].getsockname()[1], flush=True)
    # Ends with whoever started it.
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(main())
