"""A house with an edge before it: for whatever speaks HTTP to Kasir."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec

from actors.runtime.ids import new_id
from actors.runtime.settings import Settings
from actors.staff.contract import CREATE_API_KEY, CreateApiKey
from deploy import api
from deploy.api import Api
from http_edge.app import Edge
from tests.support import House, eventually


@dataclass
class Served:
    """`restart` ends the edge and starts another one on the same port, with whatever is done between."""

    house: House
    settings: Settings
    kasir: Api
    key: str
    edge: Edge

    @property
    def url(self) -> str:
        return self.kasir.url

    @property
    def account(self) -> dict[str, str]:
        """For `kasir`, and for the examples."""
        return {"KASIR_URL": self.url, "KASIR_API_KEY": self.key}

    async def get(self, path: str) -> Any:
        return await self.kasir.ask("GET", path)

    async def post(self, path: str, body: Any = None) -> Any:
        return await self.kasir.ask("POST", path, body, Idempotency_Key=f"test-{uuid4().hex}")

    async def endpoint(self, **wanted: Any) -> dict[str, Any]:
        made: dict[str, Any] = await self.post("/v1/webhook-endpoints", wanted)
        return made

    async def restart(self, between: Callable[[], Awaitable[Any]] | None = None) -> None:
        await self.edge.stop()
        if between is not None:
            await between()
        self.edge = Edge(self.settings, self.house.client)
        await self.edge.start()


@asynccontextmanager
async def served(house: House) -> AsyncIterator[Served]:
    made = await house.call(CREATE_API_KEY, CreateApiKey(name=f"Test {new_id()}", scopes=["*"]))
    edge = Edge(house.settings, house.client)
    await edge.start()
    await eventually(lambda: edge.gate.loaded)
    port = int(edge.address.rpartition(":")[2])
    settings = msgspec.structs.replace(house.settings, http_port=port)
    async with api.connect(edge.address, made.key) as kasir:
        here = Served(house, settings, kasir, made.key, edge)
        try:
            yield here
        finally:
            await here.edge.stop()
