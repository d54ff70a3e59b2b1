"""An endpoint's feed, followed by long polling: needs no address that could be reached from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import click
import msgspec

from actors.webhooks.contract import CreateEndpoint, PulledEvent, PulledEvents
from deploy.api import Api, NotThere
from deploy.trouble import Trouble

WAIT_SECONDS = 25
GOODBYE_SECONDS = 2.0
FOR_EVER = float("inf")


def headers_of(event: PulledEvent) -> dict[str, str]:
    """Those of the post that would have brought it."""
    return {
        "webhook-id": str(event.id),
        "webhook-timestamp": str(event.timestamp),
        "webhook-signature": event.signature,
        "webhook-seq": str(event.seq),
        "content-type": "application/json",
    }


class Feed:
    """`after`: the last seq that is done with. Whoever asks again after a failure gets new signatures, for the time of today."""

    def __init__(self, kasir: Api, endpoint_id: str) -> None:
        self._kasir, self._path = kasir, f"/v1/webhook-endpoints/{endpoint_id}/events"
        self.after = 0

    async def more(self) -> list[PulledEvent]:
        """What comes next, in order; nothing when nothing came for a while. Waits as long as Kasir is away."""
        query = urlencode({"after": self.after, "wait_seconds": WAIT_SECONDS})
        page = await self._kasir.ask("GET", f"{self._path}?{query}", patience_seconds=FOR_EVER)
        return msgspec.convert(page, PulledEvents).items


@asynccontextmanager
async def own_endpoint(kasir: Api, wanted: CreateEndpoint) -> AsyncIterator[dict[str, Any]]:
    """An endpoint of ours, registered until the end."""
    made = await kasir.ask("POST", "/v1/webhook-endpoints", wanted, Idempotency_Key=f"listen-{uuid4().hex}")
    try:
        yield made
    finally:
        await _remove(kasir, f"/v1/webhook-endpoints/{made['id']}")


async def _remove(kasir: Api, path: str) -> None:
    """Asks for the version first: somebody may have changed the endpoint meanwhile."""
    try:
        now: Any = await kasir.ask("GET", path, patience_seconds=GOODBYE_SECONDS)
        await kasir.ask("DELETE", path, patience_seconds=GOODBYE_SECONDS, If_Match=f'"{now["version"]}"')
    except NotThere:
        click.echo("Goodbye: somebody else has removed the endpoint.")
    except Trouble as trouble:
        click.echo(f"kasir: the endpoint {path} stays registered: {trouble}", err=True)
    else:
        click.echo("Goodbye: the endpoint is removed.")
