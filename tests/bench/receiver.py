"""A listener in a process of its own, as cheap as can be: counts posts, remembers when each webhook-id came first.

    python -m tests.bench.receiver      # prints its port; GET /seen tells; POST /hang never answers
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import uvloop

if TYPE_CHECKING:
    from tests.bench.world import World

NOBODY = "http://127.0.0.1:9"
"""Nobody listens there: refused at once."""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Books:
    def __init__(self) -> None:
        self.first: dict[str, dict[str, float]] = {}
        self.posts = 0


class Listener(asyncio.Protocol):
    def __init__(self, books: Books) -> None:
        self._books = books
        self._buffer = b""
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            lower = head.lower()
            at = lower.find(b"content-length:")
            length = int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(head, lower)

    def _answer(self, head: bytes, lower: bytes) -> None:
        method, path, _ = head.split(b" ", 2)
        if method == b"GET":
            return self._tell(path)
        self._books.posts += 1
        if path.startswith(b"/hang"):
            return
        at = lower.find(b"webhook-id:")
        if at >= 0 and path != b"/bare":
            message_id = head[at + 11 :].split(b"\r\n", 1)[0].strip().decode()
            self._books.first.setdefault(path.decode(), {}).setdefault(message_id, time.time())
        self._transport.write(OK)

    def _tell(self, path: bytes) -> None:
        books = self._books
        counts = {name: len(seen) for name, seen in books.first.items()}
        body = msgspec.json.encode(books.first if path == b"/seen" else counts)
        if path == b"/forget":
            books.first.clear()
            books.posts = 0
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


class Receiver:
    def __init__(self, url: str) -> None:
        self.url = url

    async def seen(self) -> dict[str, dict[str, float]]:
        """By path: when each webhook-id came first, in Unix seconds."""
        told: dict[str, dict[str, float]] = await self._get("/seen")
        return told

    async def counts(self) -> dict[str, int]:
        told: dict[str, int] = await self._get("/counts")
        return told

    async def forget(self) -> None:
        await self._get("/forget")

    async def _get(self, path: str) -> Any:
        async with aiohttp.ClientSession() as session, session.get(self.url + path) as answer:
            return await answer.json()


@asynccontextmanager
async def open_receiver() -> AsyncIterator[Receiver]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench.receiver", stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    try:
        yield Receiver(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def endpoints(world: World, urls: list[str], **wishes: Any) -> AsyncIterator[list[str]]:
    """Ids of endpoints for order.created, as long as they are needed."""
    ids = []
    for url in urls:
        ids.append((await world.post("/v1/webhook-endpoints", {"url": url, "event_types": ["order.created"], **wishes}))["id"])
    try:
        yield ids
    finally:
        for id in ids:
            await world.remove(f"/v1/webhook-endpoints/{id}")


async def wait_for(receiver: Receiver, wanted: dict[str, int], within_seconds: float = 60) -> None:
    deadline = time.perf_counter() + within_seconds
    while True:
        counts = await receiver.counts()
        if all(counts.get(path, 0) >= count for path, count in wanted.items()):
            return
        if time.perf_counter() > deadline:
            raise RuntimeError(f"wanted {wanted}, got {counts}")
        await asyncio.sleep(0.05)


async def main() -> None:
    books = Books()
    server = await asyncio.get_running_loop().create_server(lambda: Listener(books), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
