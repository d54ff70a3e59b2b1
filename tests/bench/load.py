"""A load generator that costs little: raw HTTP/1.1 on keep-alive connections, in a process of its own.

    python -m tests.bench.load < plan.json > result.json
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from typing import Any

import msgspec
import uvloop


class Plan(msgspec.Struct):
    """`requests` are whole HTTP requests with `{key}` where the Idempotency-Key goes; each client takes them in turn."""

    host: str
    port: int
    requests: list[str]
    clients: int
    seconds: float
    run: str
    pause_seconds: float = 0.0


class Result(msgspec.Struct):
    done: int
    failed: int
    seconds: float
    latencies_ms: list[float]
    first_failure: str = ""

    @property
    def per_second(self) -> float:
        return self.done / self.seconds

    def percentile(self, share: float) -> float:
        return self.latencies_ms[min(int(len(self.latencies_ms) * share), len(self.latencies_ms) - 1)]


class Connection(asyncio.Protocol):
    """One client: the next request goes out when the answer to the last one is whole."""

    def __init__(self, plan: Plan, number: int, deadline: float, result: Result, done: asyncio.Future[None]) -> None:
        self._parts = [request.encode().split(b"{key}") for request in plan.requests]
        self._order = itertools.cycle(range(number % len(self._parts), len(self._parts) + number % len(self._parts)))
        self._plan, self._number, self._deadline, self._result, self._done = plan, number, deadline, result, done
        self._count = itertools.count()
        self._buffer = b""
        self._length = -1
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        parts = self._parts[next(self._order) % len(self._parts)]
        key = f"{self._plan.run}-{self._number}-{next(self._count)}".encode()
        self._sent = time.perf_counter()
        self._transport.write(key.join(parts))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._length < 0:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._buffer[:end].lower()
            at = head.index(b"content-length:") + 15
            line_end = head.find(b"\r\n", at)
            self._length = end + 4 + int(head[at : line_end if line_end > 0 else None])
        if len(self._buffer) < self._length:
            return
        self._finish(self._buffer)
        self._buffer, self._length = b"", -1
        if time.perf_counter() >= self._deadline:
            self._transport.close()
        elif self._plan.pause_seconds:
            asyncio.get_running_loop().call_later(self._plan.pause_seconds, self._send)
        else:
            self._send()

    def _finish(self, answer: bytes) -> None:
        result = self._result
        if answer[9:11] == b"20":
            result.done += 1
            result.latencies_ms.append((time.perf_counter() - self._sent) * 1000)
        else:
            result.failed += 1
            result.first_failure = result.first_failure or answer.decode(errors="replace")

    def connection_lost(self, _: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


async def generate(plan: Plan) -> Result:
    loop = asyncio.get_running_loop()
    result = Result(0, 0, 0, [])
    started = time.perf_counter()
    finished = []
    for number in range(plan.clients):
        done: asyncio.Future[None] = loop.create_future()
        deadline = started + plan.seconds
        await loop.create_connection(lambda n=number, d=done, at=deadline: Connection(plan, n, at, result, d), plan.host, plan.port)
        finished.append(done)
    await asyncio.gather(*finished)
    result.seconds = time.perf_counter() - started
    result.latencies_ms.sort()
    return result


if __name__ == "__main__":
    result = uvloop.run(generate(msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)))
    sys.stdout.buffer.write(msgspec.json.encode(result))
