"""`kasir dead-letters`"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import click

from actors.runtime.client import connect_client
from actors.runtime.settings import Settings
from actors.runtime.upkeep import LETTER_UNKNOWN, ListDeadLetters, ResendDeadLetter, list_dead_letters, resend_dead_letter
from deploy import compose, options, servers
from deploy.trouble import Trouble


@click.group()
def command() -> None:
    """Events that an actor could not handle: look at them, send them again."""


@command.command("list")
@click.argument("actors", nargs=-1, metavar="[ACTOR...]")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="How many of each actor.")
@options.SERVERS
def listed(actors: tuple[str, ...], limit: int, **given: Any) -> None:
    """List them, oldest first."""
    settings = servers.found(options.settings_from(**given))
    asyncio.run(_list(settings, compose.named_actors(actors), limit))


@command.command()
@click.argument("id", type=click.UUID)
@options.SERVERS
def resend(id: UUID, **given: Any) -> None:
    """Handle one again, now."""
    asyncio.run(_resend(servers.found(options.settings_from(**given)), id))


async def _list(settings: Settings, actors: Sequence[str], limit: int) -> None:
    count = 0
    with compose.troubles():
        async with connect_client(settings) as client:
            for actor in actors:
                found = await client.call(list_dead_letters(actor), ListDeadLetters(limit=limit))
                for letter in found.items:
                    count += 1
                    click.echo(f"{letter.id}  {letter.failed_at:%Y-%m-%d %H:%M:%S}  {actor}  {letter.event}  {letter.tries} tries  {letter.error}")
    if not count:
        click.echo(f"No dead letters in {', '.join(actors)}.")


async def _resend(settings: Settings, id: UUID) -> None:
    """Which actor keeps it is found by asking each."""
    with compose.troubles():
        async with connect_client(settings) as client:
            for actor in compose.ACTORS:
                reply = await client.ask(resend_dead_letter(actor), ResendDeadLetter(id=id))
                if reply.refusal is None:
                    click.echo(f"{actor} has handled it.")
                    return
                if reply.refusal.code != LETTER_UNKNOWN.code:
                    raise Trouble(f"{actor}: {reply.refusal.detail}")
    raise Trouble(f"there is no dead letter {id}. `kasir dead-letters list` shows those that there are.")
