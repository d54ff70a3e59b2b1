"""`kasir listen`"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import click

from actors.webhooks.contract import CreateEndpoint
from deploy import api, options
from deploy.api import Api
from deploy.arrivals import Arrival, read_arrival
from deploy.ending import run_until_told
from deploy.trouble import Trouble
from http_edge.listener import Listener

GOODBYE_SECONDS = 2.0


@click.command()
@options.API
@click.option("--types", default="*", show_default=True, metavar="TYPE,...", help="Which events: order.created, product.*, or *.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on; 0 takes a free one.")
@click.option("--count", type=click.IntRange(min=1), help="End after so many events.")
@click.option("-v", "--verbose", is_flag=True, help="Show each event whole.")
def command(url: str, api_key: str, types: str, port: int, count: int | None, verbose: bool) -> int:
    """Receive webhooks in this terminal: one line for each event, its signature checked.

    Registers an endpoint on this machine, and removes it at the end.
    """
    ear = Ear(count, verbose)
    kinds = [kind.strip() for kind in types.split(",") if kind.strip()]
    return run_until_told(lambda ending: _listen(ear, url, api_key, kinds, port))


class Ear:
    """Prints what arrives; an event that is sent again is shown, and not counted."""

    def __init__(self, count: int | None, verbose: bool) -> None:
        self.secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self.enough = asyncio.Event()
        self._left, self._verbose = count, verbose
        self._seen: set[str] = set()

    def arrived(self, headers: Mapping[str, str], body: bytes) -> int:
        arrival = read_arrival(headers, body, self.secret, time.time())
        again = arrival.id in self._seen
        click.echo(f"{datetime.now().astimezone():%H:%M:%S}  {arrival.line}{'  (again)' if again else ''}")
        if self._verbose:
            click.echo(json.dumps(arrival.whole, indent=2, ensure_ascii=False))
        if not arrival.genuine:
            return 401
        if not again:
            self._count(arrival)
        return 204

    def _count(self, arrival: Arrival) -> None:
        self._seen.add(arrival.id)
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self.enough.set()


async def _listen(ear: Ear, url: str, key: str, types: list[str], port: int) -> None:
    listener = Listener(ear.arrived, port=port)
    try:
        await listener.start()
    except OSError as error:
        raise Trouble(f"cannot listen on port {port} ({os.strerror(error.errno or 0)}). Use another --port.") from None
    try:
        async with api.connect(url, key) as kasir, _endpoint(kasir, ear.secret, listener.url, types):
            click.echo(f"Listening for {', '.join(types)} at {listener.url}. Ctrl-C ends it.")
            await ear.enough.wait()
    finally:
        await listener.stop()


@asynccontextmanager
async def _endpoint(kasir: Api, secret: str, url: str, types: list[str]) -> AsyncIterator[None]:
    """Registered with a secret of ours, so that even the first event can be checked."""
    wanted = CreateEndpoint(url=url, event_types=types, secret=secret, description="kasir listen")
    made = await kasir.ask("POST", "/v1/webhook-endpoints", wanted, Idempotency_Key=f"listen-{uuid.uuid4().hex}")
    try:
        yield
    finally:
        await _remove(kasir, f"/v1/webhook-endpoints/{made['id']}")


async def _remove(kasir: Api, path: str) -> None:
    """Asks for the version first: Kasir may have changed the endpoint meanwhile."""
    try:
        now: Any = await kasir.ask("GET", path, patience_seconds=GOODBYE_SECONDS)
        await kasir.ask("DELETE", path, patience_seconds=GOODBYE_SECONDS, If_Match=f'"{now["version"]}"')
    except Trouble as trouble:
        click.echo(f"kasir: the endpoint {path} stays registered: {trouble}", err=True)
