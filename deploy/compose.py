"""The composition root: which actors there are, and how some of them, and the edge, become running parts of this process.

The runtime takes a second to import, so it is imported where it is used: a mistake at the terminal is told sooner.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from msgspec.structs import replace

from actors.runtime.settings import Settings, SettingsError
from deploy.ports import held_port
from deploy.trouble import Trouble, WrongUse

if TYPE_CHECKING:
    from actors.runtime.actor import Actor
    from actors.runtime.client import Client
    from http_edge.app import Edge

ACTORS = ("stores", "catalog", "orders", "inventory", "payments", "customers", "shifts", "receipts", "reports", "webhooks", "staff")
EDGE = "edge"
PARTS = (*ACTORS, EDGE)
PIECES = ("actors.runtime.client", "actors.runtime.runtime", *(f"actors.{name}.actor" for name in ACTORS), "http_edge.app")
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104 - read, not listened on


def check_parts(names: Sequence[str]) -> None:
    """WrongUse names the parts that do not exist, and those that do."""
    strange = [name for name in names if name not in PARTS]
    if strange:
        raise WrongUse(f"there is no {', '.join(strange)}. There are: {', '.join(PARTS)}.")


def named_actors(names: Sequence[str]) -> Sequence[str]:
    """Those, or all when none is named. WrongUse for one that is no actor."""
    strange = [name for name in names if name not in ACTORS]
    if strange:
        raise WrongUse(f"there is no actor {', '.join(strange)}. There are: {', '.join(ACTORS)}.")
    return names or ACTORS


def load_actors(names: Sequence[str] = ACTORS) -> list[Actor]:
    return [import_module(f"actors.{name}.actor").ACTOR for name in names]


async def load_meanwhile() -> None:
    """All that members and the edge are made of, piece by piece, while others are waited for."""
    for name in PIECES:
        await asyncio.sleep(0)
        import_module(name)


@contextmanager
def troubles(*errors: type[Exception]) -> Iterator[None]:
    """What the runtime cannot use, or an actor's "no", becomes one line for the person at the terminal; so do `errors`."""
    from actors.runtime.client import Refused
    from actors.runtime.nats_link import NatsError

    unusable: tuple[type[Exception], ...] = (NatsError, SettingsError, *errors)
    try:
        yield
    except Refused as refused:
        raise Trouble(refused.refusal.detail) from None
    except unusable as error:
        raise Trouble(str(error)) from None


@asynccontextmanager
async def members(settings: Settings, names: Sequence[str]) -> AsyncIterator[Client]:
    """Members of the named actors, until the end; a client for whoever else is in this process. No name, no members."""
    async with _running(settings, names) if names else _connected(settings) as client:
        keep_what_is_loaded()
        yield client


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Client]:
    from actors.runtime.client import connect_client

    with troubles():
        connection = connect_client(settings)
        client = await connection.__aenter__()
    try:
        yield client
    finally:
        await connection.__aexit__(None, None, None)


@asynccontextmanager
async def _running(settings: Settings, names: Sequence[str]) -> AsyncIterator[Client]:
    from actors.runtime.database import DatabaseError
    from actors.runtime.runtime import Runtime

    runtime = Runtime(settings, load_actors(names), load_actors())
    with troubles(DatabaseError):
        await runtime.start()
    try:
        yield runtime.client
    finally:
        await runtime.stop()


def keep_what_is_loaded() -> None:
    """Code, views: they stay, so nobody looks through them for garbage any more."""
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def edge(settings: Settings, client: Client, *, share_port: bool = False) -> AsyncIterator[Edge]:
    """The REST API, until the end. With `share_port` several processes take requests from one port."""
    from http_edge.app import Edge

    served = Edge(settings, client)
    try:
        await served.start(reuse_port=share_port)
    except OSError as error:
        raise port_trouble(settings, error) from None
    try:
        yield served
    finally:
        await served.stop()


@contextmanager
def taken_port(settings: Settings) -> Iterator[Settings]:
    """With the port of the API, a free one for 0, which is ours until the end.

    Trouble when it is somebody's: better said before everything else starts.
    """
    with ExitStack() as stack:
        try:
            port = stack.enter_context(held_port(settings.http_host, settings.http_port))
        except OSError as error:
            raise port_trouble(settings, error) from None
        yield replace(settings, http_port=port)


def port_trouble(settings: Settings, error: OSError) -> Trouble:
    where = f"{settings.http_host}:{settings.http_port}"
    return Trouble(f"the API cannot listen on {where} ({os.strerror(error.errno or 0)}). Stop what uses it, or use --port or --host.")


def url_of(settings: Settings) -> str:
    """Where somebody on this machine finds the API."""
    host = EVERYWHERE.get(settings.http_host, settings.http_host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.http_port}"
