"""`kasir report`"""

from __future__ import annotations

import asyncio
import sys
from base64 import b64decode
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from actors.reports import contract
from actors.reports.columns import REORDER, SHIFTS, SLOW_MOVERS, STOCK_VALUE, TAXES, profit_columns, refunds_columns, sales_columns
from actors.reports.tables import Column
from actors.runtime.client import Client, Refused, connect_client
from actors.runtime.settings import Settings
from actors.stores.contract import LIST_STORES, ListStores
from deploy import compose, options, servers
from deploy.commands.report_shown import show
from deploy.trouble import Trouble

Columns = Callable[[str], Sequence[Column]]
REPORTS: dict[str, tuple[Any, Columns]] = {
    "sales": (contract.SALES, sales_columns),
    "refunds": (contract.REFUNDS, refunds_columns),
    "profit": (contract.PROFIT, profit_columns),
    "taxes": (contract.TAXES, lambda _: TAXES),
    "shifts": (contract.SHIFTS, lambda _: SHIFTS),
    "stock-value": (contract.STOCK_VALUE, lambda _: STOCK_VALUE),
    "slow-movers": (contract.SLOW_MOVERS, lambda _: SLOW_MOVERS),
    "reorder": (contract.REORDER, lambda _: REORDER),
}


@click.command()
@click.argument("what", type=click.Choice(list(REPORTS)))
@click.option("--today", is_flag=True, help="Today, by the store's own clock. So it is when no days are given.")
@click.option("--yesterday", is_flag=True, help="The business date before.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first business date.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="The last one, included; today when missing.")
@click.option("--by", help="From which side: hour, day, month, store, register, cashier, product, category, tender and others.")
@click.option("--store", help="Only this store: its id, or its name.")
@click.option("--format", "format", type=click.Choice(["csv", "xlsx", "png", "svg"]), help="As a file, instead of in the terminal.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Where the file goes; its own name, here, when missing.")
@options.SERVERS
def command(what: str, format: str | None, output: Path | None, **given: Any) -> None:
    """Show a report in the terminal, with a chart; or write it to a file."""
    wish = {name: given.pop(name) for name in ("today", "yesterday", "first", "last", "by", "store")}
    report = asyncio.run(_ask(servers.found(options.settings_from(**given)), what, wish, format))
    if report.file is None:
        show(what, report, REPORTS[what][1](getattr(report, "by", "")))
        return
    path = output or Path(report.file.filename)
    path.write_bytes(b64decode(report.file.content))
    print(path, file=sys.stderr)


async def _ask(settings: Settings, what: str, wish: dict[str, Any], format: str | None) -> Any:
    with compose.troubles():
        async with connect_client(settings) as client:
            asked = await _request(client, what, wish)
            try:
                return await client.call(REPORTS[what][0], _made(what, {**asked, "format": format or "json"}))
            except Refused as no:
                raise Trouble(no.refusal.detail) from None


async def _request(client: Client, what: str, wish: dict[str, Any]) -> dict[str, Any]:
    """Yesterday is the day before the store's today, which only reports know."""
    fields = REPORTS[what][0].request.__struct_fields__
    asked: dict[str, Any] = {} if wish["store"] is None else {"store_id": await _store_id(client, wish["store"])}
    first, last = (None if day is None else day.date() for day in (wish["first"], wish["last"]))
    if wish["yesterday"]:
        today = (await client.call(contract.SALES, contract.AskSales(by="store", **asked))).date_to
        first = last = today - timedelta(days=1)
    if "date_from" in fields:
        asked |= {"date_from": first, "date_to": last}
    elif first or last:
        raise Trouble(f"{what} is about now: it takes no days.")
    if "by" in fields:
        asked["by"] = wish["by"] or _usual(what, first, last)
    elif wish["by"]:
        raise Trouble(f"{what} has one side only: leave --by out.")
    return asked


def _usual(what: str, first: date | None, last: date | None) -> str:
    """The day's hours; the days of a longer time; for refunds their kind."""
    if what == "refunds":
        return "kind"
    return "day" if what == "profit" or (first is not None and first != last) else "hour"


def _made(what: str, asked: dict[str, Any]) -> Any:
    import msgspec

    try:
        return msgspec.convert(asked, REPORTS[what][0].request)
    except msgspec.ValidationError as error:
        raise Trouble(f"{what}: {error}. `kasir report --help` names what can be asked for.") from None


async def _store_id(client: Client, named: str) -> UUID:
    stores = (await client.call(LIST_STORES, ListStores(limit=500))).items
    found = [store.id for store in stores if named in (str(store.id), store.name)]
    found = found or [store.id for store in stores if named.lower() in store.name.lower()]
    if len(found) != 1:
        raise Trouble(f"{len(found)} stores are called like {named!r}. There are: {', '.join(sorted(store.name for store in stores)) or 'none'}.")
    return found[0]
