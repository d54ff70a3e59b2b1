"""The connection to NATS: in which order things leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

from actors.runtime.nats_link import connect_link
from actors.runtime.settings import Settings
from tests.support import Servers


async def test_a_drain_is_over_only_after_the_server_has_read_the_unsubscribe(servers: Servers) -> None:
    settings = await servers.settings(empty=True)
    async with _overheard(settings.nats_url) as (url, sent):
        link = await connect_link(Settings(nats_url=url), "drained")
        subscription = await link.nc.subscribe("somewhere", queue="some", cb=_nothing)
        await link.nc.flush()

        await subscription.drain()

        _, unsubscribed, after = bytes(sent).partition(f"UNSUB {subscription._id}".encode())
        assert unsubscribed
        assert b"PING" in after
        await link.close()


async def test_a_flush_ends_after_what_was_published_before_it(servers: Servers) -> None:
    settings = await servers.settings(empty=True)
    async with _overheard(settings.nats_url) as (url, sent):
        link = await connect_link(Settings(nats_url=url), "flushed")
        await link.nc.publish("somewhere", b"first")
        await link.nc.flush()
        assert bytes(sent).index(b"first") < bytes(sent).rindex(b"PING")
        await link.close()


async def _nothing(message: object) -> None: ...


@asynccontextmanager
async def _overheard(url: str) -> AsyncIterator[tuple[str, bytearray]]:
    """A way to the server at `url` that keeps what a client sends."""
    parts = urlsplit(url)
    sent = bytearray()

    async def carry(source: asyncio.StreamReader, into: asyncio.StreamWriter, kept: bytearray | None = None) -> None:
        while data := await source.read(65536):
            if kept is not None:
                kept.extend(data)
            into.write(data)
        into.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(carry(reader, back, sent), carry(there, writer), return_exceptions=True)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    login = parts.netloc.rpartition("@")[0]
    try:
        yield urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}" if login else f"127.0.0.1:{port}")), sent
    finally:
        server.close()
