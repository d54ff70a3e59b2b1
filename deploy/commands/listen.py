"""`kasir listen`"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import aiohttp
import click

from actors.webhooks.contract import CreateEndpoint, PulledEvent
from actors.webhooks.signing import new_secret
from deploy import api, options
from deploy.arrivals import read_arrival
from deploy.ending import run_until_told
from deploy.feed import Feed, headers_of, own_endpoint
from deploy.forwarding import Forwarder

WAIT_SECONDS_MAX = 15.0

@click.command()
@options.API
@click.option("--types", default="*", show_default=True, metavar="TYPE,...", help="Which events: order.created, product.*, or *.")
@click.option("--store", "stores", multiple=True, type=click.UUID, metavar="ID", help="Only events of this store; may be given several times.")
@click.option("--condition", default="", metavar="JMESPATH", help="Only events of which this is true: data.order.totals.total.amount >= `1000000`.")
@click.option("--forward-to", metavar="URL", help="Post each event there too, as Kasir would; again and again until it answers 2xx.")
@click.option("--secret", envvar="WEBHOOK_SECRET", metavar="whsec_...", help="What events are signed with; or WEBHOOK_SECRET, or a new one.")
@click.option("--count", type=click.IntRange(min=1), help="End after so many events.")
@click.option("-v", "--verbose", is_flag=True, help="Show each event whole.")
def command(
    url: str, api_key: str, types: str, stores: Sequence[UUID], condition: str, forward_to: str | None, secret: str | None, count: int | None,
    verbose: bool,
) -> int:  # fmt: skip
    """See webhooks in this terminal: one line for each event, its signature checked.

    Needs no address that can be reached from outside: it asks for what is there, and waits. Registers an endpoint of its own, and
    removes it at the end.
    """
    kinds = [kind.strip() for kind in types.split(",") if kind.strip()]
    signed_with = secret or new_secret(secrets.token_bytes(32))
    wanted = CreateEndpoint(event_types=kinds, store_ids=list(stores), condition=condition, secret=signed_with, description="kasir listen")
    target = f", and forwarding to {forward_to}{'' if secret else f' with {signed_with}'}" if forward_to else ""
    begin = f"Listening for {', '.join(kinds)}{target}. Ctrl-C ends it."
    return run_until_told(lambda ending: _listen(url, api_key, wanted, Show(verbose, count), forward_to, begin))


class Show:
    """Prints events. `left`: how many are still to come."""

    def __init__(self, verbose: bool, left: int | None) -> None:
        self._verbose, self.left = verbose, left
        self._last_seq = 0

    @property
    def enough(self) -> bool:
        return self.left == 0

    def event(self, event: PulledEvent, secret: str) -> None:
        """Once, however often it is fetched."""
        if event.seq <= self._last_seq:
            return
        self._last_seq = event.seq
        arrival = read_arrival(headers_of(event), event.body.encode(), secret, time.time())
        self.line(arrival.line)
        if self._verbose:
            click.echo(json.dumps(arrival.whole, indent=2, ensure_ascii=False))

    def line(self, words: str) -> None:
        click.echo(f"{datetime.now().astimezone():%H:%M:%S}  {words}")

    def done(self) -> None:
        if self.left is not None:
            self.left -= 1


async def _listen(url: str, key: str, wanted: CreateEndpoint, show: Show, forward_to: str | None, begin: str) -> None:
    async with api.connect(url, key) as kasir, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        forwarder = Forwarder(forward_to, session) if forward_to else None
        async with own_endpoint(kasir, wanted) as endpoint:
            click.echo(begin)
            await _follow(Feed(kasir, endpoint["id"]), endpoint["secret"], show, forwarder)


async def _follow(feed: Feed, secret: str, show: Show, forwarder: Forwarder | None) -> None:
    """In order: an event that is not taken is fetched again, newly signed, before the next one is looked at."""
    refused = 0
    while not show.enough:
        for event in await feed.more():
            show.event(event, secret)
            if forwarder is not None:
                taken, said = await forwarder.post(headers_of(event), event.body.encode())
                show.line(f"  -> {said}{'' if taken else '; tried again until it is taken'}")
                refused = 0 if taken else refused + 1
                if not taken:
                    await asyncio.sleep(_wait(refused))
                    break
            feed.after = event.seq
            show.done()
            if show.enough:
                break


def _wait(refused: int) -> float:
    """Seconds after so many refusals in a row: 0.25, 0.5, 1 ... 15."""
    return min(WAIT_SECONDS_MAX, 0.25 * 2.0 ** min(refused - 1, 10))
