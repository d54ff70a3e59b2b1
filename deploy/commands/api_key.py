"""`kasir api-key`"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import click
import msgspec

from actors.runtime.client import connect_client
from actors.runtime.settings import Settings
from actors.staff.contract import CREATE_API_KEY, CreateApiKey, NewApiKey
from deploy import compose, options, servers
from deploy.trouble import WrongUse


@click.command()
@click.argument("name")
@click.option("--scopes", default="*", show_default=True, metavar="SCOPE,...", help="What it may do: orders:write,catalog:read, or * for everything.")
@options.SERVERS
def command(name: str, scopes: str, **given: Any) -> None:
    """Make an API key without having one: for whoever may speak to NATS, when the owner's key is lost or was never made."""
    wish = {"name": name, "scopes": [scope.strip() for scope in scopes.split(",")]}
    try:
        request = msgspec.convert(wish, CreateApiKey)
    except msgspec.ValidationError as error:
        raise WrongUse(f"that is not a key that can be made: {error}. docs/permissions.md lists the scopes.") from None
    made = asyncio.run(_make(servers.found(options.settings_from(**given)), request))
    click.echo(f"{made.key}   shown only this once")


async def _make(settings: Settings, request: CreateApiKey) -> NewApiKey:
    with compose.troubles():
        async with connect_client(settings) as client:
            return await client.call(CREATE_API_KEY, request, key=str(uuid4()))
