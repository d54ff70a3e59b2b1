"""A year of figures, as three stores leave it behind: by SQL, because selling five million times takes longer.

    python -m tests.actors.reports.year      fills a database of its own and tells how long each report takes
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

from actors.reports.contract import PROFIT, REFUNDS, SALES, SLOW_MOVERS, TAXES, AskProfit, AskRefunds, AskSales, AskSlowMovers, AskTaxes, SalesBy
from actors.reports.spans import spans
from actors.reports.store import SQL
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
_MONTHS = """
INSERT INTO reports.months
SELECT generation, back, date_trunc('month', day)::date, store_id, kind, key, min(currency), sum(count), sum(quantity), sum(gross), sum(discount),
    sum(service), sum(net), sum(tax), sum(total)
FROM reports.days GROUP BY generation, back, date_trunc('month', day), store_id, kind, key ORDER BY 3, 4
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
_COST_MONTHS = """
INSERT INTO reports.cost_months
SELECT date_trunc('month', day)::date, store_id, variant_id, sum(sold), sum(cost), sum(lost), sum(uncosted)
FROM reports.cost_days GROUP BY date_trunc('month', day), store_id, variant_id ORDER BY 1, 2
"""
TABLES = ("days", "months", "cost_days", "cost_months")


async def fill(house: House, store_ids: list[UUID], first: date, last: date, how_many: dict[str, int] = HOW_MANY) -> None:
    products = how_many["product"]
    async with house.database.connection() as connection:
        for kind, many in how_many.items():
            await connection.execute(_FILL.format(kind=kind, key=KEYS[kind]), store_ids, first, last, many, timeout=900)
        await connection.execute(_MONTHS, timeout=900)
        await connection.execute(_COSTS, store_ids, first, last, products, timeout=900)
        await connection.execute(_COST_WHOLE, timeout=900)
        await connection.execute(_COST_MONTHS, timeout=900)
        for table in TABLES:
            await connection.execute(f"VACUUM ANALYZE reports.{table}", timeout=900)


def queries(store_ids: list[UUID], first: date, last: date) -> dict[str, tuple[str, tuple[Any, ...]]]:
    """Each statement that a report of this period asks, with what it is asked with."""
    how = spans(first, last)
    days = how.each(1), how.each(-1)
    by_key = {kind: ("sum_by_key", (0, kind, how.months, *days, store_ids)) for kind in KEYS}
    return by_key | {
        "store": ("sum_by_store", (0, "total", how.months, *days, store_ids)),
        "month": ("sum_by_month", (0, "total", how.months, *days, store_ids)),
        "day": ("sum_by_day", (0, "total", store_ids, first, last)),
        "taxes": ("sum_by_month_and_store", (0, "tax", how.months, *days, store_ids)),
        "cost day": ("costs_by_day", (store_ids, first, last)),
        "cost month": ("costs_by_month", (how.months, *days, store_ids)),
        "cost store": ("costs_by_store", (how.months, *days, store_ids)),
        "cost product": ("costs_by_product", (how.months, *days, store_ids)),
        "sold": ("sold_quantities", (0, store_ids[0], max(first, last.replace(day=1)), last)),
    }  # fmt: skip


async def plan(house: House, name: str, args: tuple[Any, ...]) -> list[str]:
    return [row[0] for row in await house.fetch(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {SQL[name]}", *args)]


# --- by hand


async def measure() -> None:
    folder = Path(mkdtemp())
    settings = {"fsync": "off", "shared_buffers": "512MB"}
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(await start_postgres(folder, settings=settings))
        nats = await stack.enter_async_context(await start_nats(folder, accounts=ACCOUNTS))
        await _measure(await stack.enter_async_context(open_house(await Servers(postgres, nats).settings())))


async def _measure(house: House) -> None:
    stores = [(await house.open_store(name=f"Store {nr}"))[0].id for nr in range(3)]
    began = time.perf_counter()
    year, rolling = (date(2025, 1, 1), date(2025, 12, 31)), (date(2024, 12, 17), date(2025, 12, 16))
    await fill(house, stores, date(2024, 12, 1), date(2025, 12, 31))
    print(f"filled in {time.perf_counter() - began:.0f} s")
    for table in ("days_0", "months_0", "cost_days", "cost_months"):
        [row] = await house.fetch(f"SELECT count(*) AS rows, pg_size_pretty(pg_total_relation_size('reports.{table}')) AS size FROM reports.{table}")
        print(f"{table}: {row['rows']} rows, {row['size']}")
    for label, (first, last) in {"year": year, "rolling": rolling}.items():
        for name, (query, args) in queries(stores, first, last).items():
            lines = await plan(house, query, args)
            lines = await plan(house, query, args)
            print(f"{label:8} {name:14} {next(line for line in lines if 'Execution' in line)}")
    for label, (first, last) in {"year": year, "rolling": rolling}.items():
        await _ask_all(house, label, first, last)


async def _ask_all(house: House, label: str, first: date, last: date) -> None:
    days = {"date_from": first, "date_to": last}
    asks: list[tuple[str, Any, Any]] = [(f"sales by {by}", SALES, AskSales(by=by, **days)) for by in SalesBy.__args__]  # type: ignore[attr-defined]
    asks += [(f"profit by {by}", PROFIT, AskProfit(by=by, **days)) for by in ("day", "month", "store", "product")]  # type: ignore[arg-type]
    asks += [("refunds by reason", REFUNDS, AskRefunds(by="reason", **days)), ("refunds by product", REFUNDS, AskRefunds(by="product", **days))]
    asks += [("taxes", TAXES, AskTaxes(**days)), ("slow movers", SLOW_MOVERS, AskSlowMovers())]
    for name, command, ask in asks:
        times = []
        for _ in range(9):
            began = time.perf_counter()
            await house.call(command, ask)
            times.append(time.perf_counter() - began)
        print(f"{label:8} {name:24} median {sorted(times)[4] * 1000:6.1f} ms, worst {max(times) * 1000:6.1f} ms")


if __name__ == "__main__":
    asyncio.run(measure())

