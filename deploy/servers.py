"""The embedded servers of one `kasir up`: started side by side, started again when one dies, stopped in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from msgspec.structs import replace

from actors.runtime.logs import get_logger
from actors.runtime.settings import Settings
from deploy.embedded.child import Child
from deploy.embedded.data_dir import Servers, forget_servers, keep_secret_key, read_secret_key, read_servers, write_servers
from deploy.embedded.nats import start_nats
from deploy.embedded.postgres import start_postgres
from deploy.trouble import Trouble

LOOPBACK = "127.0.0.0/8,::1/128"
RESTART_SECONDS = 0.5


class Server(Protocol):
    @property
    def child(self) -> Child: ...
    @property
    def url(self) -> str: ...
    async def stop(self) -> None: ...


class Kept:
    """A server that is started again, at the same address, whenever it ends by itself."""

    def __init__(self, name: str, start: Callable[[], Awaitable[Server]], server: Server) -> None:
        self._name, self._start, self._server = name, start, server
        self._log = get_logger(part="servers")
        self._watch = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            code = await self._server.child.wait()
            self._log.error("a server ended by itself, it is started again", server=self._name, code=code)
            while not self._server.child.running:
                try:
                    self._server = await self._start()
                    self._log.info("a server runs again", server=self._name)
                except Trouble as trouble:
                    self._log.error("a server does not start", server=self._name, trouble=str(trouble))
                    await asyncio.sleep(RESTART_SECONDS)

    async def stop(self) -> None:
        self._watch.cancel()
        await asyncio.wait([self._watch])
        await self._server.stop()


@asynccontextmanager
async def embedded(settings: Settings, folder: Path, say: Callable[[str], None]) -> AsyncIterator[Settings]:
    """Starts what `settings` has no URL for; gives back settings that have both, and a secret key."""
    kept: list[Kept] = []

    async def nats(port: int = 0) -> Server:
        return await start_nats(folder, port=port, say=say)

    async def postgres() -> Server:
        return await start_postgres(folder, say=say)

    async def keep_nats() -> str:
        server = await start_nats(folder, say=say)
        kept.insert(0, Kept("NATS", lambda: nats(server.port), server))
        return server.url

    async def keep_postgres() -> str:
        server = await start_postgres(folder, say=say)
        kept.append(Kept("PostgreSQL", postgres, server))
        return server.url

    try:
        nats_url, database_url = await _both(
            _given(settings.nats_url) if settings.nats_url else keep_nats(),
            _given(settings.database_url) if settings.database_url else keep_postgres(),
        )
        alone = not settings.nats_url and not settings.database_url
        write_servers(folder, Servers(nats_url=nats_url, database_url=database_url, alone=alone))
        yield replace(
            settings,
            nats_url=nats_url,
            database_url=database_url,
            secret_key=settings.secret_key or keep_secret_key(folder),
            webhooks_allow=allowed(settings, alone),
        )
    finally:
        forget_servers(folder)
        for server in kept:  # NATS, then PostgreSQL: whoever still answers can still write
            await server.stop()


def found(settings: Settings) -> Settings:
    """For `kasir run`: what is not given is that of the `kasir up` that runs on the data directory."""
    folder = settings.data_path
    servers = read_servers(folder)
    if servers is None:
        if settings.nats_url:
            return settings
        raise Trouble(f"no servers are given, and no `kasir up` runs on {folder}. Use --nats URL and --database URL, or --data-dir.")
    return replace(
        settings,
        nats_url=settings.nats_url or servers.nats_url,
        database_url=settings.database_url or servers.database_url,
        secret_key=settings.secret_key or read_secret_key(folder),
        webhooks_allow=allowed(settings, servers.alone and not settings.nats_url),
    )


def allowed(settings: Settings, alone: bool) -> str:
    """With everything on one machine, listeners are on it too."""
    return settings.webhooks_allow or (LOOPBACK if alone else "")


async def _both(one: Coroutine[Any, Any, str], other: Coroutine[Any, Any, str]) -> tuple[str, str]:
    try:
        async with asyncio.TaskGroup() as group:
            tasks = group.create_task(one), group.create_task(other)
    except ExceptionGroup as both:
        raise both.exceptions[0] from None
    return tasks[0].result(), tasks[1].result()


async def _given(url: str) -> str:
    return url


