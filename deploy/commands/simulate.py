"""`kasir simulate`"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from deploy import api, options
from deploy.simulation.judging import judge
from deploy.simulation.morning import Morning
from deploy.simulation.seeds import Seed
from deploy.simulation.sending import Sender
from deploy.simulation.shops import STORES_MAX
from deploy.simulation.staffing import Staffing
from deploy.simulation.telling import differences, show_morning, show_stores, show_verdict
from deploy.simulation.town import PER_DAY, Plan, Town
from deploy.trouble import Trouble

SEED_MAX = 999_999
HOME = ZoneInfo("Asia/Jakarta")
WIDTH = 120
"""Of what is written to a file."""


@click.command(short_help="Fill Kasir with a month of a minimarket's life.")
@click.option("--days", type=click.IntRange(1, 400), default=30, show_default=True, help="How many business days.")
@click.option("--stores", type=click.IntRange(1, STORES_MAX), default=3, show_default=True, help="How many stores.")
@click.option("--seed", type=click.IntRange(0, SEED_MAX), default=7, show_default=True, help="Another number is another town.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day; yesterday when not given.")
@click.option("--per-day", type=click.IntRange(1, 3000), default=PER_DAY, show_default=True, help="Sales of one store on an average day.")
@options.API
def command(days: int, stores: int, seed: int, until: datetime | None, per_day: int, url: str, api_key: str) -> int:
    """Fill a running Kasir with the days of a minimarket with several stores: sales at rush hours and in between, refunds, registers that were
    offline, drawers that do not add up, deliveries, counts. In the end all of Kasir's checks are run; the exit code is 1 if one finds something.

    The same seed, days, stores and last day always make the same sales. Run again, nothing is doubled.
    """
    last = until.date() if until else _yesterday()
    if last > _yesterday():
        raise Trouble(f"--until {last} is not over yet: the last day can be {_yesterday()}.")
    return asyncio.run(_simulate(Plan(Seed(seed), days, stores, last, per_day), url, api_key))


def _yesterday() -> date:
    """All stores have closed, the ones that are open until after midnight too."""
    return (datetime.now(HOME) - timedelta(days=1, hours=4)).date()


async def _simulate(plan: Plan, url: str, key: str) -> int:
    console, began, town = Console(width=WIDTH if not sys.stdout.isatty() else None), time.monotonic(), Town(plan)
    console.print(f"{plan.days} days until {plan.until}, {plan.stores} stores, seed {plan.seed.number}")
    async with api.connect(url, key) as kasir:
        sender = Sender(kasir, Staffing(kasir, town.staff), plan.stores)
        await sender.found(town.founding())
        with _progress(plan) as show:
            await sender.days(town, show)
        stores = [(shop.name, store.sold, told) for shop, store, told in zip(town.shops, town.stores, sender.told, strict=True)]
        show_stores(console, stores)
        orders, seconds = sum(told.orders for told in sender.told), time.monotonic() - began
        console.print(f"{orders:,} orders in {seconds:.0f} s, {orders / seconds:,.0f} a second")
        wrong = differences(stores)
        for line in wrong:
            console.print(f"[red]✗[/] {line}")
        morning = Morning(kasir, sender.staffing, plan.seed, town.shops)
        await morning.pass_by()
        show_morning(console, morning)
        async for verdict in judge(kasir, town.shops):
            show_verdict(console, verdict)
            wrong += verdict.findings
    return 1 if wrong else 0


@contextmanager
def _progress(plan: Plan) -> Iterator[Callable[[int], None]]:
    """A bar for a person, by the sales that there will be, more or less; nothing where nobody watches."""
    if not sys.stdout.isatty():
        yield lambda more: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    about = plan.days * sum(round(plan.per_day * shop.busy) for shop in Town(plan).shops)
    with Progress(TextColumn("sales"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()) as bar:
        task = bar.add_task("sales", total=about)
        yield lambda more: bar.advance(task, more)
