from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from actors.runtime.settings import Settings
from http_edge.app import Edge
from tests.http_edge.scripted import OWNER, ScriptedActors


@dataclass
class Counter:
    """A caller at a shop's counter: the owner's key, JSON, and a fresh Idempotency-Key unless a test says otherwise."""

    edge: Edge
    actors: ScriptedActors
    session: aiohttp.ClientSession

    async def call(self, method: str, path: str, *, key: str | None = OWNER, headers: dict[str, str] | None = None, **more: Any) -> Answer:
        sent = {"Idempotency-Key": "a-key", "If-Match": '"1"', **({"Authorization": f"Bearer {key}"} if key else {}), **(headers or {})}
        sent = {name: text for name, text in sent.items() if text != "-"}
        async with self.session.request(method, self.edge.address + path, headers=sent, allow_redirects=False, **more) as response:
            body = await response.read()
            return Answer(response.status, response.headers, body)


@dataclass
class Answer:
    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture
def settings() -> Settings:
    return Settings(http_port=0, rate_limit_per_second=0, drain_seconds=0.2)


@pytest_asyncio.fixture
async def counter(settings: Settings) -> AsyncIterator[Counter]:
    actors = ScriptedActors()
    edge = Edge(settings, actors)  # type: ignore[arg-type]
    await edge.start()
    async with aiohttp.ClientSession() as session:
        yield Counter(edge, actors, session)
    await edge.stop()
