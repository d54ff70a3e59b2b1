"""What grows with the years: millions of stored orders, a year of figures. Rows are copied, not sold."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

import asyncpg

from tests.bench.filling import settle, without_indexes
from tests.bench.rows import SECONDS, WARM_SECONDS, Row, batches
from tests.bench.world import World

FEW, MANY = 10_000, 5_000_000
TURNS = 5
CHUNK = 250_000
DAYS = 365
DAY_REPORTS = ("product", "hour", "category", "tender")
YEAR_REPORTS = ("month", "store", "product", "category", "tender", "tax", "cashier", "hour", "day")

# All that an order leaves behind, over and over, a year back: the same sale, told by the same event, at registers of its own.
ORDERS = """
    INSERT INTO orders.orders (
        id, version, status, fulfillment, payment, store_id, register_id, receipt_number, receipt, business_date, sold_at, flags, uses, content,
        told, told_from, told_length
    )
    SELECT gen_random_uuid(), version, status, fulfillment, payment, store_id, md5('register' || n % 24)::uuid, n, 'S-' || n,
        business_date - (n % 365)::int, sold_at - make_interval(secs => n * 6.3), flags, uses, content, told, told_from, told_length
    FROM (SELECT * FROM orders.orders WHERE told IS NOT NULL AND status = 'completed' LIMIT 1) AS one, generate_series($1::bigint, $2::bigint) AS n
"""
KEYS = """
    INSERT INTO orders.idempotency_keys (key, command, fingerprint, by, outcome, at, told, told_from, told_length)
    SELECT gen_random_uuid()::text, command, fingerprint, by, outcome, at, told, told_from, told_length
    FROM (SELECT * FROM orders.idempotency_keys WHERE told IS NOT NULL LIMIT 1) AS one, generate_series($1::bigint, $2::bigint)
"""
# The figures of one day, of every day of a year.
FIGURES = """
    INSERT INTO reports.days
    SELECT generation, back, day - n, store_id, kind, key, currency, count, quantity, gross, discount, service, net, tax, total
    FROM reports.days, generate_series(1, $2::int) AS n WHERE day = $1
    ON CONFLICT DO NOTHING
"""
# All days but the last are over.
SUMS = """
    INSERT INTO reports.sums
    SELECT generation, back, span, store_id, kind, key, min(currency), sum(count), sum(quantity), sum(gross), sum(discount), sum(service),
        sum(net), sum(tax), sum(total)
    FROM reports.days CROSS JOIN LATERAL unnest(reports.spans_of(day)) AS one (span) WHERE day < $1
    GROUP BY generation, back, span, store_id, kind, key
    ON CONFLICT (generation, kind, store_id, span, key, back) DO UPDATE SET count = excluded.count, quantity = excluded.quantity, gross = excluded.gross,
        discount = excluded.discount, service = excluded.service, net = excluded.net, tax = excluded.tax, total = excluded.total
"""
CLOSED = """
    INSERT INTO reports.closed SELECT DISTINCT 'days_' || generation, store_id, $1::date - 1 FROM reports.days
    ON CONFLICT (books, store_id) DO UPDATE SET until = excluded.until
"""


async def stored_orders(world: World, other: World, many: int = MANY) -> list[Row]:
    """Placing, and the reports of a day, where `many` orders are stored and, in turns, where ten thousand are (`other`); and the reports of a year."""
    async with _connected(world) as connection, _connected(other) as beside:
        for one in (world, other):
            await _sell(one, FEW)
        day, other_day = await _caught_up(connection), await _caught_up(beside)
        await _fill(connection, many)
        await _fill_figures(connection)
        lots, few = await _place_in_turns(world, other)
        many_day, few_day = await _reports(world, DAY_REPORTS, day, day), await _reports(other, DAY_REPORTS, other_day, other_day)
        first = await connection.fetchval("SELECT min(day)::text FROM reports.days")
        year = await _reports(world, YEAR_REPORTS, first, day)
    slowest = max(year, key=lambda by: year[by])
    day_few, day_many = median(few_day.values()), median(many_day.values())
    return [
        Row(f"placing orders with {many:,} stored", f"{lots:,.0f} orders/s", f"with {FEW:,}: {few:,.0f} orders/s", lots / few, 0.9),
        Row(f"reports of a day with {many:,} stored, p50", f"{day_many:.1f} ms", f"with {FEW:,}: {day_few:.1f} ms", day_many / day_few, 1.5, more_is_better=False),
        Row(
            f"reports of a year with {many:,} orders, the slowest of {len(year)}, p50", f"{year[slowest]:.1f} ms (by {slowest})", "100 ms",
            year[slowest] / 100, 1.0, more_is_better=False,
        ),
    ]


@asynccontextmanager
async def _connected(world: World) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(world.postgres.url)
    try:
        yield connection
    finally:
        await connection.close()


async def _sell(world: World, count: int) -> None:
    done = 0
    while done < count:
        done += 100 * (await batches(world, 1.0))[0]


async def _caught_up(connection: Any) -> str:
    """Waits until the figures have heard of every sale; the day of those."""
    while True:
        behind = await connection.fetchval(
            "SELECT head.position - followed.position FROM orders.log_head AS head, reports.followed WHERE followed.log = 'orders'"
        )
        if behind == 0:
            return str(await connection.fetchval("SELECT max(day) FROM reports.days"))
        await _pause(connection)


async def _pause(connection: Any) -> None:
    await connection.execute("SELECT pg_sleep(0.05)")


async def _place_in_turns(world: World, other: World) -> tuple[float, float]:
    """Orders a second of each. Both run all the time, so that a machine or a disk that slows down slows both."""
    rates: list[list[float]] = [[], []]
    for turn in range(1 + TURNS):
        for one, found in zip((world, other), rates, strict=True):
            requests = [one.request("/v1/orders", one.order()) for _ in range(64)]
            result = await one.load(requests, clients=64, seconds=SECONDS if turn else WARM_SECONDS)
            if turn:
                found.append(result.per_second)
    return median(rates[0]), median(rates[1])


async def _reports(world: World, sides: Sequence[str], first: str, last: str) -> dict[str, float]:
    """Milliseconds of each side, p50."""
    return {by: await world.took_ms(f"/v1/reports/sales?by={by}&date_from={first}&date_to={last}") for by in sides}


async def _fill(connection: Any, many: int) -> None:
    stored = await connection.fetchval("SELECT count(*) FROM orders.orders")
    async with without_indexes(connection, "orders.orders", "orders.idempotency_keys"):
        for first in range(1, many - stored + 1, CHUNK):
            last = min(first + CHUNK - 1, many - stored)
            await connection.execute(ORDERS, first, last)
            await connection.execute(KEYS, first, last)
    await settle(connection, "orders.orders", "orders.idempotency_keys")


async def _fill_figures(connection: Any) -> None:
    day = await connection.fetchval("SELECT max(day) FROM reports.days")
    await connection.execute(FIGURES, day, DAYS - 1)
    await connection.execute(SUMS, day)
    await connection.execute(CLOSED, day)
    await settle(connection, "reports.days", "reports.sums")
