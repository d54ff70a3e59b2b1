"""`kasir check`"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from msgspec import Struct

from actors.inventory.contract import CHECK_STOCK, CheckStock, Finding, StockCheck
from actors.payments.contract import CHECK_PAYMENTS, CheckPayments, PaymentsCheck
from actors.runtime.client import connect_client
from actors.runtime.settings import Settings
from deploy import compose, options, servers


class Seen(Struct):
    """What all pages together have looked at."""

    levels: int = 0
    movements: int = 0
    orders: int = 0
    behind: int = 0
    findings: int = 0
    intents: int = 0
    unsettled: int = 0

    def add(self, page: StockCheck) -> None:
        self.levels += page.levels
        self.movements += page.movements
        self.orders += page.orders
        self.behind += page.behind
        self.findings += len(page.findings)

    def add_money(self, page: PaymentsCheck) -> None:
        self.intents += page.intents
        self.unsettled += page.unsettled
        self.findings += len(page.findings)

    def told(self) -> str:
        return f"{self.levels} levels, {self.movements} movements, {self.orders} orders"


@click.command()
@options.SERVERS
def command(**given: Any) -> int:
    """Prove that stock and money are right, or name what differs: then the exit code is 1. Selling goes on meanwhile."""
    seen = asyncio.run(_check(servers.found(options.settings_from(**given))))
    later = [f"{count} {what}" for count, what in ((seen.behind, "orders"), (seen.unsettled, "payments")) if count]
    if later:
        click.echo(f"{' and '.join(later)} were still on their way, and are judged by the next check.")
    click.echo(f"Stock and money agree: {seen.told()}" if not seen.findings else f"{seen.findings} findings in {seen.told()}")
    return 1 if seen.findings else 0


async def _check(settings: Settings) -> Seen:
    """Findings are told as they come, for there may be many."""
    seen = Seen()
    with compose.troubles():
        async with connect_client(settings) as client:
            with _progress() as show:
                async for page in _pages(lambda cursor: client.call(CHECK_STOCK, CheckStock(cursor=cursor))):
                    seen.add(page)
                    for wrong in page.findings:
                        click.echo(_words(wrong))
                    show(seen.told())
                async for money in _pages(lambda cursor: client.call(CHECK_PAYMENTS, CheckPayments(cursor=cursor))):
                    seen.add_money(money)
                    for differs in money.findings:
                        click.echo(f"{differs.what} {differs.id}: {differs.detail}")
                    show(f"{seen.told()}, {seen.intents} payments")
            return seen


Page = TypeVar("Page", StockCheck, PaymentsCheck)


async def _pages(ask: Callable[[str | None], Awaitable[Page]]) -> AsyncIterator[Page]:
    page = await ask(None)
    yield page
    while page.next_cursor is not None:
        page = await ask(page.next_cursor)
        yield page


def _words(wrong: Finding) -> str:
    of = f" of order {wrong.order_id}" if wrong.order_id else ""
    return f"{wrong.what}{of}: variant {wrong.variant_id} in store {wrong.store_id}: expected {wrong.expected}, found {wrong.found}"


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A bar for a person, without an end, for nobody knows how much there is; nothing where nobody watches."""
    if not sys.stdout.isatty():
        yield lambda words: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), transient=True) as bar:
        task = bar.add_task("checking", total=None)
        yield lambda words: bar.update(task, description=words)
