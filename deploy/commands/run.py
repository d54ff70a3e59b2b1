"""`kasir run orders webhooks ...`"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import click

from actors.runtime.logs import configure_logs, get_logger
from actors.runtime.settings import Settings
from deploy import compose, options, servers
from deploy.crew import tell_ready
from deploy.ending import Ending, run_until_told
from deploy.metrics_port import serve_metrics
from deploy.trouble import Trouble


@click.command()
@click.argument("parts", nargs=-1, required=True, metavar="PART...")
@options.SERVERS
@options.HTTP
@click.option("--share-port", is_flag=True, help="Several edges take requests from one port.")
@options.LOGS
def command(parts: tuple[str, ...], share_port: bool, **given: Any) -> int:
    """Run members of the named actors, or the edge, anywhere: stores, catalog, orders, inventory, payments,
    customers, shifts, receipts, reports, webhooks, staff, edge.

    Start as many as you like, on as many machines as you like. Without --nats and --database they join the
    `kasir up` that runs on the data directory.
    """
    compose.check_parts(parts)
    settings = servers.found(options.settings_from(**given))
    configure_logs(settings)
    return run_until_told(lambda ending: _run(settings, list(dict.fromkeys(parts)), share_port, ending))


async def _run(settings: Settings, parts: Sequence[str], share_port: bool, ending: Ending) -> None:
    names = [part for part in parts if part != compose.EDGE]
    if names and not settings.database_url:
        raise Trouble(f"{', '.join(names)} need a database: --database URL, or KASIR_DATABASE_URL.")
    log = get_logger()
    if names:
        log.info("members start; their tables are made, or brought up to date, first", actors=names)
    async with AsyncExitStack() as stack:
        client = await ending.enter(stack, compose.members(settings, names))
        if compose.EDGE in parts:
            served = await ending.enter(stack, compose.edge(settings, client, share_port=share_port))
            log.info("the API listens", address=served.address)
        serve_metrics(settings)
        if names:
            log.info("members are ready", actors=names)
        tell_ready()
        stack.callback(log.info, "told to end: what is under way is finished first")
        await asyncio.Event().wait()

