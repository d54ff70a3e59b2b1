"""`kasir check`"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

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

    def add(self, page: StockCheck) -> None:
        self.levels += page.levels
        self.movements += page.movements
        self.orders += page.orders
        self.behind += page.behind
        self.findings += len(page.findings)

    def told(self) -> str:
        return f"{self.levels} levels, {self.movements} movements, {self.orders} orders"


@click.command()
@options.SERVERS
def command(**given: Any) -> int:
    """Prove that stock and money are right, or name what differs: then the exit code is 1. Selling goes on meanwhile."""
    seen, money = asyncio.run(_check(servers.found(options.settings_from(**given))))
    for wrong in money.findings:
        click.echo(f"{wrong.what} {wrong.id}: {wrong.detail}")
    later = [f"{count} {what}" for count, what in ((seen.behind, "orders"), (money.unsettled, "payments")) if count]
    if later:
        click.echo(f"{' and '.join(later)} were still on their way, and are judged by the next check.")
    wrong_ones = seen.findings + len(money.findings)
    click.echo(f"Stock and money agree: {seen.told()}" if not wrong_ones else f"{wrong_ones} findings in {seen.told()}")
    return 1 if wrong_ones else 0


async def _check(settings: Settings) -> tuple[Seen, PaymentsCheck]:
    """Findings are told as they come, for there may be many."""
    seen = Seen()
    with compose.troubles():
        async with connect_client(settings) as client:
            with _progress() as show:
                cursor, pages = None, 0
                while cursor is not None or not pages:
                    page = await client.call(CHECK_STOCK, CheckStock(cursor=cursor))
                    seen.add(page)
                    for wrong in page.findings:
                        click.echo(_words(wrong))
                    show(seen.told())
                    cursor, pages = page.next_cursor, pages + 1
            return seen, await client.call(CHECK_PAYMENTS, CheckPayments())


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
