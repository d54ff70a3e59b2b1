"""`kasir import products FILE.csv`"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from actors.catalog.contract import UpsertProducts
from actors.runtime.tasks import end
from deploy import api, options
from deploy.products_csv import Row, batches, find_file, read_rows, read_text
from deploy.trouble import Trouble

BATCH = 500
IN_FLIGHT = 3
"""Batches on their way at a time: one is being read, one written, one told about."""
SHOWN_MAX = 50
OUTCOMES = ("created", "updated", "unchanged", "refused")

Advance = Callable[[int], None]


@click.group()
def command() -> None:
    """Bring in data from files."""


@command.command("products", short_help="Create or change products from a CSV file.")
@click.argument("file")
@click.option("--currency", default="IDR", show_default=True, help="Currency of rows that name none.")
@options.API
def products(file: str, currency: str, url: str, api_key: str) -> int:
    """Create or change products from a CSV file (or `minimarket`, the sample), found again by their SKU.

    Columns: name, sku, barcode (several: a|b), category, price (3500 is Rp 3.500), tax (several: a|b), unit (piece, kg, ...), currency,
    stock (allow, deny, untracked), image, pack (carton), pack_contains, pack_barcode, pack_price.
    """
    path = find_file(file)
    rows, bad = _read(path, currency.upper())
    if bad:
        _print_some(bad)
        raise Trouble(f"{len(bad)} of {len(bad) + len(rows)} rows in {path} cannot be used. Nothing was sent.")
    if not rows:
        raise Trouble(f"{path} has no rows.")
    began = time.monotonic()
    count, refused = asyncio.run(_send(rows, url, api_key))
    _print_some(refused)
    told = ", ".join(f"{count[outcome]} {outcome}" for outcome in OUTCOMES)
    click.echo(f"{len(rows)} products in {time.monotonic() - began:.1f} s: {told}.")
    return 1 if refused else 0


def _read(path: Path, currency: str) -> tuple[list[Row], list[str]]:
    """Of hundreds of thousands of rows, none becomes garbage: to look for it would take a third of the time."""
    gc.disable()
    try:
        return read_rows(read_text(path), currency)
    finally:
        # Nor do they while they are sent.
        gc.freeze()
        gc.enable()


async def _send(rows: list[Row], url: str, key: str) -> tuple[Counter[str], list[str]]:
    """How many had which outcome, and why those that were refused were. Trouble as soon as one batch is in it."""
    count: Counter[str] = Counter()
    refused: list[tuple[int, str]] = []
    # One key per batch and run: a retry is answered from the first try; a later run looks at the products afresh.
    run = uuid.uuid4().hex
    waiting = enumerate(batches(rows, BATCH))
    async with api.connect(url, key) as kasir:
        with _progress(len(rows)) as advance:

            async def sender() -> None:
                for number, batch in waiting:
                    body = UpsertProducts(items=[row.item for row in batch])
                    answer = await kasir.ask("POST", "/v1/products/batch", body, Idempotency_Key=f"import-{run}-{number}")
                    for row, told in zip(batch, answer["items"], strict=True):
                        count[told["outcome"]] += 1
                        if told["outcome"] == "refused":
                            refused.append((row.line, f"line {row.line}: {row.item.variants[0].sku}: {_why(told.get('problem'))}"))
                    advance(len(batch))

            senders = [asyncio.create_task(sender()) for _ in range(IN_FLIGHT)]
            try:
                await asyncio.gather(*senders)
            finally:
                await end(*senders)
    return count, [why for _, why in sorted(refused)]


def _why(problem: Any) -> str:
    return str(problem.get("detail") or problem.get("title") or problem) if isinstance(problem, dict) else "refused"


def _print_some(lines: list[str]) -> None:
    for line in lines[:SHOWN_MAX]:
        click.echo(line, err=True)
    if len(lines) > SHOWN_MAX:
        click.echo(f"... and {len(lines) - SHOWN_MAX} more", err=True)


@contextmanager
def _progress(total: int) -> Iterator[Advance]:
    """A bar for a person; a line for each batch where nobody watches."""
    if not sys.stdout.isatty():
        done = 0

        def say(more: int) -> None:
            nonlocal done
            done += more
            click.echo(f"{done} of {total} products")

        yield say
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("products"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task("products", total=total)
        yield lambda more: bar.advance(task, more)
