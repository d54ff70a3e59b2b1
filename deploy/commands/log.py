"""`kasir log`"""

from __future__ import annotations

import asyncio
from typing import Any

import click

from actors.runtime.client import connect_client
from actors.runtime.settings import Settings
from actors.runtime.upkeep import Republish, Republished
from actors.runtime.upkeep import republish as republish_of
from deploy import compose, options, servers


@click.group()
def command() -> None:
    """The actors' logs: every event that was ever committed."""


@command.command()
@click.argument("actor")
@click.option("--from", "first", type=click.IntRange(min=1), required=True, metavar="POSITION", help="The first event to publish again.")
@options.SERVERS
def republish(actor: str, first: int, **given: Any) -> None:
    """Publish an actor's log again. Whoever has seen an event skips it."""
    names = compose.named_actors((actor,))
    done = asyncio.run(_republish(servers.found(options.settings_from(**given)), names[0], first))
    # Not by `done.after`: the relay saves how far it is only every other second.
    if first > done.until:
        click.echo(f"Nothing to publish: the log of {actor} ends at {done.until}.")
    else:
        click.echo(f"{actor} publishes positions {first} to {done.until} again.")


async def _republish(settings: Settings, actor: str, first: int) -> Republished:
    with compose.troubles():
        async with connect_client(settings) as client:
            return await client.call(republish_of(actor), Republish(after=first - 1))
