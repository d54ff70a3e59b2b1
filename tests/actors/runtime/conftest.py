"""Members of the sample actors, on a database and a NATS account that no other test uses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio

from actors.runtime.actor import Actor
from actors.runtime.client import Client, Reply
from actors.runtime.ids import new_id
from actors.runtime.runtime import Runtime
from actors.runtime.settings import Settings
from tests.actors.runtime.sample.actors import ADD, AddNote, Stage, notes, readers, scribes
from tests.support import Servers


@dataclass
class Stages:
    """Any number of runtimes that share one database and one NATS account: so many members of the same actors."""

    settings: Settings
    runtimes: list[Runtime] = field(default_factory=list)

    async def run(self, *actors: Actor, **settings: Any) -> Runtime:
        runtime = Runtime(_changed(self.settings, settings), actors, [notes(), readers()])
        await runtime.start()
        self.runtimes.append(runtime)
        return runtime

    async def run_notes(self, name: str = "", **given: Any) -> tuple[Runtime, Stage]:
        stage = Stage(name)
        return await self.run(notes(stage, **given)), stage

    async def run_readers(self, name: str = "", **settings: Any) -> tuple[Runtime, Stage]:
        stage = Stage(name)
        return await self.run(readers(stage), **settings), stage

    async def run_scribes(self, name: str = "", **settings: Any) -> tuple[Runtime, Stage]:
        stage = Stage(name)
        return await self.run(scribes(stage), **settings), stage

    async def leave(self, runtime: Runtime) -> None:
        self.runtimes.remove(runtime)
        await runtime.stop()

    async def leave_all(self) -> None:
        while self.runtimes:
            await self.leave(self.runtimes[-1])

    @property
    def client(self) -> Client:
        return self.runtimes[0].client

    async def add(self, text: str, **context: Any) -> Reply:
        return await self.client.ask(ADD, AddNote(text=text), **{"key": str(new_id()), **context})

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        async with self.runtimes[0].database.connection() as connection:
            rows: list[Any] = await connection.fetch(sql, *args)
            return rows

    async def column(self, sql: str, *args: Any) -> list[Any]:
        return [row[0] for row in await self.fetch(sql, *args)]


def _changed(settings: Settings, changes: dict[str, Any]) -> Settings:
    return Settings(**{key: changes.get(key, getattr(settings, key)) for key in settings.__struct_fields__})


@pytest_asyncio.fixture
async def stages(servers: Servers) -> AsyncIterator[Stages]:
    stages = Stages(await servers.settings(empty=True, reactions_ack_wait_seconds=2.0))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(stages.leave_all)
        yield stages


def texts(replies: Sequence[Reply]) -> list[str]:
    """The codes of the refusals, "" for a yes."""
    return [reply.refusal.code if reply.refusal else "" for reply in replies]


@pytest_asyncio.fixture(scope="module")
async def notes_alone(servers: Servers) -> AsyncIterator[Stages]:
    """One member of notes for a whole module: for tests that leave nothing behind."""
    stages = Stages(await servers.settings(empty=True))
    await stages.run_notes()
    yield stages
    await stages.leave_all()
