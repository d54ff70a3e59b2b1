"""A year of figures, as three stores leave it behind: by SQL, because selling five million times takes longer.

    python -m tests.actors.reports.year      fills a database of its own and tells how long each report takes

"first" is the first question of its kind since the start. The processor time is that of ourselves and of PostgreSQL, and holds on a busy
machine, too.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

from actors.reports.contract import PROFIT, REFUNDS, SALES, SLOW_MOVERS, TAXES, AskProfit, AskRefunds, AskSales, AskSlowMovers, AskTaxes, SalesBy
from actors.reports.costing import WHOLE
from actors.reports.profiting import NETS
from actors.reports.reading import Sides
from actors.reports.spans import Parts, parts
from actors.reports.store import SQL
from deploy.compose import keep_what_is_loaded
from deploy.embedded.nats import start_nats
from deploy.embedded.postgres import start_postgres
from tests.support import ACCOUNTS, House, Servers, open_house

KEYS = {
    "total": "''", "hour": "lpad((n + 6)::text, 2, '0')", "register": "md5('register' || n)::uuid::text",
    "cashier": "md5('cashier' || n)::uuid::text",
    "product": "md5('product' || n)::uuid::text", "category": "'category ' || n", "group": "'group ' || n", "tender": "'tender ' || n",
    "tax": "'ppn|' || (10 + n) || '|included'", "discount": "'manual:reason ' || n", "refund": "'kind ' || n", "reason": "'reason ' || n",
}  # fmt: skip
HOW_MANY = {
    "total": 1, "hour": 16, "register": 4, "cashier": 20, "product": 2000, "category": 40, "group": 5, "tender": 6, "tax": 2, "discount": 12,
    "refund": 4, "reason": 20,
}  # fmt: skip
_FILL = """
INSERT INTO reports.days
SELECT 0, back, day::date, store_id, '{kind}', {key}, 'IDR', 1 + n % 7, 1000 * (1 + n % 7), 350000, 1000, 0, 315315, 34685, 350000
FROM unnest($1::uuid[]) AS store (store_id), generate_series($2::date, $3::date, '1 day') AS day, generate_series(1, $4) AS n,
    unnest(ARRAY[false, true]) AS side (back)
WHERE NOT back OR n % 20 = 0 OR $4 < 30
ORDER BY day, store_id
"""
_COSTS = """
INSERT INTO reports.cost_days
SELECT day::date, store_id, md5('product' || n)::uuid, 1000 * (1 + n % 7), 2000000000000 * (1 + n % 7), 0, 0
FROM unnest($1::uuid[]) AS store (store_id), generate_series($2::date, $3::date, '1 day') AS day, generate_series(1, $4) AS n
ORDER BY day, store_id
"""
_COST_WHOLE = """
INSERT INTO reports.cost_days
SELECT day, store_id, '00000000-0000-0000-0000-000000000000', sum(sold), sum(cost), sum(lost), sum(uncosted)
FROM reports.cost_days GROUP BY day, store_id
"""
TIMES = 9
TABLES = ("days", "sums", "cost_days", "cost_sums")


async def fill(house: House, store_ids: list[UUID], first: date, last: date, how_many: dict[str, int] = HOW_MANY) -> None:
    products = how_many["product"]
    async with house.database.connection() as connection:
        for kind, many in how_many.items():
            await connection.execute(_FILL.format(kind=kind, key=KEYS[kind]), store_ids, first, last, many, timeout=900)
        await connection.execute(_COSTS, store_ids, first, last, products, timeout=900)
        await connection.execute(_COST_WHOLE, timeout=900)
        for store_id in store_ids:
            days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
            await connection.execute(SQL["close_days"], 0, store_id, days, timeout=900)
            await connection.execute(SQL["close_cost_days"], store_id, first, last, timeout=900)
            for books in ("days_0", "cost_days"):
                await connection.execute(SQL["save_closed"], books, store_id, last)
        for table in TABLES:
            await connection.execute(f"VACUUM ANALYZE reports.{table}", timeout=900)


def queries(store_ids: list[UUID], first: date, last: date, closed: date | None) -> dict[str, tuple[str, tuple[Any, ...]]]:
    """Each statement that a report of this period asks, with what it is asked with. `closed`: up to there, days have been added up."""
    variants = {True: (UUID(int=1), UUID(int=2**128 - 1)), False: (WHOLE, WHOLE)}

    def how(time: str) -> Parts:
        return parts(first, last, None if time == "day" else closed, months=time == "month")

    def of(kind: str, time: str = "", *, stores: bool = False, keys: bool = False, **wanted: Any) -> tuple[str, tuple[Any, ...]]:
        return Sides(time, stores, keys, **wanted).statement("sums"), (0, kind, store_ids, *how(time))

    def costs(time: str = "", *, stores: bool = False, keys: bool = False) -> tuple[str, tuple[Any, ...]]:
        return Sides(time, stores).statement("costs"), (store_ids, *how(time), *variants[keys])

    return {kind: of(kind, keys=True) for kind in KEYS} | {
        "store": of("total", stores=True), "month": of("total", "month"), "day": of("total", "day"),
        "taxes": of("tax", "month", stores=True, keys=True), "back product": of("product", keys=True, only_back=True),
        "net product": of("product", keys=True, measures=NETS),
        "cost day": costs("day"), "cost month": costs("month"), "cost store": costs(stores=True), "cost product": costs(keys=True),
    }  # fmt: skip


async def plan(house: House, query: str, args: tuple[Any, ...]) -> list[str]:
    return [row[0] for row in await house.fetch(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {query}", *args)]


# --- by hand


async def measure() -> None:
    folder = Path(mkdtemp())
    settings = {"fsync": "off", "shared_buffers": "512MB"}
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(await start_postgres(folder, settings=settings))
        nats = await stack.enter_async_context(await start_nats(folder, accounts=ACCOUNTS))
        await _measure(await stack.enter_async_context(open_house(await Servers(postgres, nats).settings())))


async def _measure(house: House) -> None:
    # As every process of `kasir` does: a look at all that is loaded takes 100 ms, and right after a start comes with every few questions.
    keep_what_is_loaded()
    stores = [(await house.open_store(name=f"Store {nr}"))[0].id for nr in range(3)]
    began = time.perf_counter()
    begin, end = date(2024, 12, 1), date(2025, 12, 31)
    # A calendar year, twelve other months, and the period within them that is added up from most rows.
    spans = {"year": (date(2025, 1, 1), end), "rolling": (date(2024, 12, 17), date(2025, 12, 16)), "worst": (date(2025, 2, 14), date(2025, 11, 13))}
    await fill(house, stores, begin, end)
    print(f"filled in {time.perf_counter() - began:.0f} s")
    for table in ("days_0", "sums_0", "cost_days", "cost_sums"):
        [row] = await house.fetch(f"SELECT count(*) AS rows, pg_size_pretty(pg_total_relation_size('reports.{table}')) AS size FROM reports.{table}")
        print(f"{table}: {row['rows']} rows, {row['size']}")
    for label, (first, last) in spans.items():
        for name, (query, args) in queries(stores, first, last, end).items():
            lines = await plan(house, query, args)
            lines = await plan(house, query, args)
            print(f"{label:8} {name:14} {next(line for line in lines if 'Execution' in line)}")
    for label, (first, last) in spans.items():
        await ask_all(house, label, first, last)


async def ask_all(house: House, label: str, first: date, last: date) -> None:
    days = {"date_from": first, "date_to": last}
    asks: list[tuple[str, Any, Any]] = [(f"sales by {by}", SALES, AskSales(by=by, **days)) for by in SalesBy.__args__]  # type: ignore[attr-defined]
    asks += [(f"profit by {by}", PROFIT, AskProfit(by=by, **days)) for by in ("day", "month", "store", "product")]  # type: ignore[arg-type]
    asks += [("refunds by reason", REFUNDS, AskRefunds(by="reason", **days)), ("refunds by product", REFUNDS, AskRefunds(by="product", **days))]
    asks += [("taxes", TAXES, AskTaxes(**days)), ("slow movers", SLOW_MOVERS, AskSlowMovers())]
    for name, command, ask in asks:
        times = []
        begun = time.perf_counter()
        await house.call(command, ask)
        once = time.perf_counter() - begun
        before = await _cpu_seconds(house)
        for _ in range(TIMES):
            began = time.perf_counter()
            await house.call(command, ask)
            times.append(time.perf_counter() - began)
        cpu = (await _cpu_seconds(house) - before) / TIMES
        middle, worst = sorted(times)[TIMES // 2], max(times)
        said = {"CPU": cpu, "median": middle, "worst": worst, "first": once}
        print(f"{label:8} {name:24} {', '.join(f'{what} {seconds * 1000:6.1f} ms' for what, seconds in said.items())}")


async def _cpu_seconds(house: House) -> float:
    """Of ourselves and of PostgreSQL: what it takes when nobody else wants the processor."""
    rows = await house.fetch("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    waited = [Path(f"/proc/{row['pid']}/schedstat").read_text().split()[0] for row in rows]
    return time.process_time() + sum(map(int, waited)) / 1e9


if __name__ == "__main__":
    asyncio.run(measure())

