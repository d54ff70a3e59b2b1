"""Runs the rows, shows them as a table, and writes them as JSON to build/bench.json.

    python -m tests.bench [--only placing,alone,...] [--scale orders=1,edge=1]
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from tests.bench import finding, lags, listening, products, reacting, rows, stored, whole
from tests.bench.flushing import folder_in_memory
from tests.bench.receiver import Receiver, open_receiver
from tests.bench.world import ROOT, World, open_world

REPORT = ROOT / "build" / "bench.json"
ALONE = ("starting", "reacting")
"""They start what they need themselves."""
IN_MEMORY = ("p99", "hanging", "thousand")
"""A disk that stalls now and then would decide these."""
ON_DISK = ("alone", "received", "placing", "whole", "cart", "posts", "sorting", "backlog", "catalog", "customers", "stored")


async def measure(only: set[str], options: list[str], count: int, backlog: int, stored_count: int, customers: int, console: Console) -> list[rows.Row]:
    found: list[rows.Row] = []

    async def take(name: str, rows_of: Callable[[], Awaitable[list[rows.Row]]]) -> None:
        if only and name not in only:
            return
        console.print(f"[dim]measuring {name} ...")
        for row in await rows_of():
            console.print(f"  {row.work}: {row.reached}; against {row.beside}: {row.ratio:.2f} x")
            found.append(row)

    await take("starting", rows.starting)
    await take("reacting", reacting.all_reactors)
    if not only or only & {*IN_MEMORY}:
        async with _furnished(folder_in_memory(), options) as (world, receiver):
            await take("p99", lambda: lags.received_in_memory(world, receiver))
            await take("hanging", lambda: lags.hanging_endpoint(world, receiver))
            await take("thousand", lambda: lags.a_thousand_endpoints(world, receiver))
    if not only or only & {*ON_DISK}:
        async with _furnished(None, options) as (world, receiver):
            await take("alone", lambda: rows.one_order_alone(world))
            await take("received", lambda: lags.committed_to_received(world, receiver))
            await take("placing", lambda: rows.placing(world))
            await take("whole", lambda: whole.whole_sale(world))
            await take("cart", lambda: whole.long_cart(world))
            await take("posts", lambda: listening.webhook_posts(world, receiver))
            await take("sorting", lambda: listening.many_feeds(world))
            await take("backlog", lambda: listening.long_backlog(world, receiver, backlog))
            await take("catalog", lambda: products.big_catalog(world, count))
            await take("customers", lambda: finding.customers_found(world, customers))
            if not only or "stored" in only:
                async with _furnished(None, options) as (other, _):
                    await take("stored", lambda: stored.stored_orders(world, other, stored_count))
    return found


@asynccontextmanager
async def _furnished(place: str | None, options: list[str]) -> AsyncIterator[tuple[World, Receiver]]:
    with tempfile.TemporaryDirectory(dir=place) as folder:
        async with open_world(Path(folder), *options) as world, open_receiver() as receiver:
            yield world, receiver


def show(found: list[rows.Row], console: Console) -> None:
    table = Table(title=f"{os.cpu_count()} cores, Python {platform.python_version()}; everything on this one machine, load generators too")
    for column in ("work", "reached", "against", "ratio", "budget"):
        table.add_column(column, justify="right" if column in ("ratio", "budget") else "left")
    for row in found:
        bound = ">=" if row.more_is_better else "<="
        colour = "green" if row.kept else "red"
        table.add_row(row.work, row.reached, row.beside, f"[{colour}]{row.ratio:.2f} x", f"{bound} {row.budget:g} x")
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help=", ".join(ALONE + IN_MEMORY + ON_DISK))
    parser.add_argument("--scale", default="orders=1", help="as for kasir up; two processes for two cores unless told otherwise")
    parser.add_argument("--products", type=int, default=products.PRODUCTS, help="how many the big catalog has")
    parser.add_argument("--backlog", type=int, default=listening.BACKLOG, help="how many pending deliveries the long backlog has")
    parser.add_argument("--stored", type=int, default=stored.MANY, help="how many orders are stored in the end")
    parser.add_argument("--customers", type=int, default=finding.CUSTOMERS, help="how many customers there are to find one among")
    given = parser.parse_args()
    console = Console(width=150)
    started = time.perf_counter()
    options = ["--scale", given.scale] if given.scale else []
    found = uvloop.run(measure(set(filter(None, given.only.split(","))), options, given.products, given.backlog, given.stored, given.customers, console))
    show(found, console)
    console.print(f"{time.perf_counter() - started:.0f} s; written to {REPORT.relative_to(ROOT)}")
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_bytes(msgspec.json.format(msgspec.json.encode(found)))


if __name__ == "__main__":
    main()
