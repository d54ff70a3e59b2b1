"""Somebody outside who keeps books of their own: checks each signature, and keeps every id and every body."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

SLOW_SECONDS = 0.01
"""Takes up to so long to answer, so that there is always something under way when somebody is killed."""


@dataclass
class Listener:
    url: str = ""
    secret: str = ""
    bodies: dict[str, bytes] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    arrived_at: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What must never happen, in words."""

    @property
    def doubles(self) -> int:
        return self.times.total() - len(self.times)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        id = request.headers["webhook-id"]
        try:
            Webhook(self.secret).verify(body, {name.lower(): value for name, value in request.headers.items()})
        except WebhookVerificationError as error:
            self.wrong.append(f"{id}: {error}")
            return web.Response(status=400)
        if self.bodies.setdefault(id, body) != body:
            self.wrong.append(f"{id} came again with another body")
        self.times[id] += 1
        self.arrived_at.append(time.monotonic())
        await asyncio.sleep(random.uniform(0, SLOW_SECONDS))
        return web.Response(status=204)

    def events(self) -> list[Any]:
        return [msgspec.json.decode(body) for body in self.bodies.values()]


@asynccontextmanager
async def listen() -> AsyncIterator[Listener]:
    listener = Listener()
    app = web.Application()
    app.router.add_post("/hook", listener.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield listener
    finally:
        await runner.cleanup()
