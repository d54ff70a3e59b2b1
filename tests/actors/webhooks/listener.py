"""A real listener, as somebody outside would run it: keeps what arrives, and answers as it is told."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web
from standardwebhooks import Webhook

from actors.webhooks.contract import CREATE_ENDPOINT, CreateEndpoint, NewEndpoint
from tests.support import House, unique

Answer = Callable[[web.Request, int], Awaitable[web.StreamResponse]]
"""The request, and how many have come before it."""


@dataclass
class Arrived:
    id: str
    timestamp: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def event(self) -> Any:
        return msgspec.json.decode(self.body)

    def verify(self, secret: str) -> Any:
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Listener:
    url: str = ""
    arrived: list[Arrived] = field(default_factory=list)

    def ids(self) -> list[str]:
        return [one.id for one in self.arrived]


def statuses(*numbers: int, **headers: str) -> Answer:
    """These in turn; the last one from then on. Header names with `_` for `-`."""

    async def answer(request: web.Request, before: int) -> web.StreamResponse:
        status = numbers[min(before, len(numbers) - 1)]
        extra = {name.replace("_", "-"): value for name, value in headers.items()} if status >= 300 else {}
        return web.Response(status=status, text=f"answer {before}", headers=extra)

    return answer


@asynccontextmanager
async def listen(answer: Answer | None = None) -> AsyncIterator[Listener]:
    listener = Listener()
    answer = answer or statuses(200)
    # Ports come again: whoever still tries to reach the listener that had this one before must not be heard.
    name = unique()

    async def take(request: web.Request) -> web.StreamResponse:
        if name not in request.path:
            return web.Response(status=404)
        before = len(listener.arrived)
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        listener.arrived.append(Arrived(headers["webhook-id"], headers["webhook-timestamp"], headers, body, time.monotonic()))
        return await answer(request, before)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    listener.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/{name}"  # type: ignore[attr-defined]
    try:
        yield listener
    finally:
        await runner.cleanup()


async def register(house: House, url: str, *event_types: str, **given: Any) -> NewEndpoint:
    return await house.call(CREATE_ENDPOINT, CreateEndpoint(url=url, event_types=list(event_types) or ["*"], **given))
