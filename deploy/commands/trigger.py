"""`kasir trigger`"""

from __future__ import annotations

import asyncio
from uuid import UUID

import click

from deploy import api, options
from deploy.trouble import WrongUse


@click.command()
@click.argument("type", metavar="[TYPE]", required=False)
@options.API
@click.option("--count", type=click.IntRange(min=1), default=1, show_default=True, help="How often.")
@click.option("--endpoint", type=click.UUID, metavar="ID", help="Whom webhook.test is sent to.")
def command(type: str | None, url: str, api_key: str, count: int, endpoint: UUID | None) -> int:
    """Make an event happen, such as order.created, by doing what it tells of in a demo store.

    The store "Toko Contoh", its register D1 and the product KASIR-DEMO are made where they are missing. Nothing is pretended: what
    leads up to the event happens too, and is told too. Without a TYPE it lists what it can.
    """
    from deploy.triggers.table import TRIGGERS

    if type is None:
        click.echo("\n".join(TRIGGERS))
        return 0
    if type not in TRIGGERS:
        raise WrongUse(f"no trigger for {type}. There are: {', '.join(TRIGGERS)}.")
    asyncio.run(_trigger(type, url, api_key, count, str(endpoint) if endpoint else None))
    return 0


async def _trigger(type: str, url: str, key: str, count: int, endpoint: str | None) -> None:
    from deploy.triggers.shop import Shop
    from deploy.triggers.table import TRIGGERS

    async with api.connect(url, key) as kasir:
        shop = Shop(kasir, endpoint)
        for _ in range(count):
            click.echo(f"{type}  {await TRIGGERS[type](shop)}")
