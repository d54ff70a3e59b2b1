"""What grows with the years: millions of stored orders, a year of figures, a million customers. Rows are copied, not sold."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import median
from typing import Any, NamedTuple

import asyncpg
import msgspec

from tests.bench import pgbench
from tests.bench.rows import SECONDS, WARM_SECONDS, Row, batches
from tests.bench.world import World

FEW, MANY, CUSTOMERS = 10_000, 5_000_000, 1_000_000
CHUNK = 250_000
DAYS = 365
ASKED = 40
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
CONSTRAINTS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype IN ('p', 'u')
"""
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = $1::text::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
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


async def stored_orders(world: World, many: int = MANY) -> list[Row]:
    """Placing, and the reports of a day and a year: with ten thousand orders, and with `many`."""
    await _sell(world, FEW)
    await pgbench.prepare(world.postgres, msgspec.json.encode(await world.post("/v1/orders", world.order())).decode())
    connection = await asyncpg.connect(world.postgres.url)
    try:
        day = await _caught_up(connection)
        few, few_day = await _place(world), await _reports(world, DAY_REPORTS, day, day)
        await _fill(connection, many)
        await _fill_figures(connection)
        lots, many_day = await _place(world), await _reports(world, DAY_REPORTS, day, day)
        first = await connection.fetchval("SELECT min(day)::text FROM reports.days")
        year = await _reports(world, YEAR_REPORTS, first, day)
    finally:
        await connection.close()
    slowest = max(year, key=lambda by: year[by])
    day_few, day_many = median(few_day.values()), median(many_day.values())
    return [
        Row(f"placing orders with {many:,} stored", lots.told(), f"with {FEW:,}: {few.told()}", lots.share / few.share, 0.9),
        Row(f"reports of a day with {many:,} stored, p50", f"{day_many:.1f} ms", f"with {FEW:,}: {day_few:.1f} ms", day_many / day_few, 1.5, more_is_better=False),
        Row(
            f"reports of a year with {many:,} orders, the slowest of {len(year)}, p50", f"{year[slowest]:.1f} ms (by {slowest})", "100 ms",
            year[slowest] / 100, 1.0, more_is_better=False,
        ),
    ]


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


class Placed(NamedTuple):
    """Orders a second, and pgbench's in turns with them: on a machine that slows down, only their ratio tells something."""

    rate: float
    yardstick: float

    @property
    def share(self) -> float:
        return self.rate / self.yardstick

    def told(self) -> str:
        return f"{self.rate:,.0f} orders/s, {self.share:.2f} x pgbench"


async def _place(world: World) -> Placed:
    requests = [world.request("/v1/orders", world.order()) for _ in range(64)]
    await world.load(requests, clients=64, seconds=WARM_SECONDS)
    rates, yardsticks = [], []
    for _ in range(3):
        yardsticks.append(await pgbench.transactions_per_second(world.postgres, clients=64, seconds=SECONDS))
        rates.append((await world.load(requests, clients=64, seconds=SECONDS)).per_second)
    return Placed(median(rates), median(yardsticks))


async def _reports(world: World, sides: Sequence[str], first: str, last: str) -> dict[str, float]:
    """Milliseconds of each side, p50."""
    return {by: await took_ms(world, f"/v1/reports/sales?by={by}&date_from={first}&date_to={last}") for by in sides}


async def took_ms(world: World, *paths: str) -> float:
    """p50 of asking for these, in turns."""
    tooks = []
    for number in range(ASKED):
        started = time.perf_counter()
        await world.get(paths[number % len(paths)])
        tooks.append((time.perf_counter() - started) * 1000)
    return median(tooks)


async def _fill(connection: Any, many: int) -> None:
    stored = await connection.fetchval("SELECT count(*) FROM orders.orders")
    async with _without_indexes(connection, "orders.orders", "orders.idempotency_keys"):
        for first in range(1, many - stored + 1, CHUNK):
            last = min(first + CHUNK - 1, many - stored)
            await connection.execute(ORDERS, first, last)
            await connection.execute(KEYS, first, last)
    await _settle(connection, "orders.orders", "orders.idempotency_keys")


@asynccontextmanager
async def _without_indexes(connection: Any, *tables: str) -> AsyncIterator[None]:
    """Millions of rows go in many times quicker when all that finds them is built afterwards. Nobody may write meanwhile."""
    again = []
    for table in tables:
        for name, definition in await connection.fetch(CONSTRAINTS, table):
            again.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, definition in await connection.fetch(INDEXES, table):
            again.append(definition)
            await connection.execute(f"DROP INDEX {name}")
    yield
    await connection.execute("SET maintenance_work_mem = '1GB'")
    for statement in again:
        await connection.execute(statement, timeout=1200)


async def _fill_figures(connection: Any) -> None:
    day = await connection.fetchval("SELECT max(day) FROM reports.days")
    await connection.execute(FIGURES, day, DAYS - 1)
    await connection.execute(SUMS, day)
    await connection.execute(CLOSED, day)
    await _settle(connection, "reports.days", "reports.sums")


async def _settle(connection: Any, *tables: str) -> None:
    """As the database does by itself in a quiet hour."""
    for table in tables:
        await connection.execute(f"VACUUM (ANALYZE) {table}", timeout=1200)
    await connection.execute("CHECKPOINT", timeout=1200)


# --- customers

COPIED = """
    INSERT INTO customers.customers
    SELECT gen_random_uuid(), version, 'K' || n, 'k' || n, ($2::text[])[1 + n % cardinality($2::text[])], '62811' || lpad(n::text, 8, '0'), email, group_code, tax_exempt, birthday, note,
        consent, custom, created_at, updated_at, merged_into, erased_at
    FROM customers.customers, generate_series(1, $1::bigint) AS n WHERE code = 'ASLI'
"""
FINDERS = """
    INSERT INTO customers.finders
    SELECT id, word, ' ' || name_words || ' k' || number || ' 62811' || lpad(number, 8, '0')
    FROM (
        SELECT id, substring(code FROM 2) AS number, lower(name) AS name_words FROM customers.customers WHERE code <> 'ASLI'
    ) AS one, LATERAL unnest(string_to_array(name_words, ' ') || ARRAY['k' || number, '62811' || lpad(number, 8, '0')]) AS word
"""
FIRST = ("Adi", "Ayu", "Budi", "Citra", "Dewi", "Eka", "Fajar", "Gita", "Hadi", "Indah", "Joko", "Kartika", "Lestari", "Maya", "Nur", "Putri", "Rina", "Sari", "Tono", "Yusuf")
LAST = ("Anggraini", "Gunawan", "Halim", "Hidayat", "Kusuma", "Lubis", "Nugroho", "Pratama", "Rahayu", "Santoso", "Setiawan", "Siregar", "Susanto", "Utami", "Wibowo", "Wijaya")


async def customers_found(world: World, count: int = CUSTOMERS) -> list[Row]:
    """By a part of the phone, of the name, of the code, as somebody types them at the till."""
    await world.post("/v1/customers", {"name": "Yang Asli", "code": "ASLI"})
    connection = await asyncpg.connect(world.postgres.url)
    try:
        names = [f"{first} {last}" for first in FIRST for last in LAST]
        async with _without_indexes(connection, "customers.customers", "customers.finders"):
            await connection.execute(COPIED, count, names, timeout=1200)
            await connection.execute(FINDERS, timeout=1200)
        await _settle(connection, "customers.customers", "customers.finders")
    finally:
        await connection.close()
    middle = count // 2
    asked = {
        "phone": f"0811{middle:08}", "half a phone": f"62811{middle:08}"[:10], "code": f"K{middle}", "name": "sari wij",
        "a common name": "sari", "nobody": "sari zzz",
    }
    tooks = {what: await took_ms(world, f"/v1/customers?q={words.replace(' ', '%20')}") for what, words in asked.items()}
    slowest = max(tooks, key=lambda what: tooks[what])
    told = ", ".join(f"{what} {took:.1f}" for what, took in tooks.items())
    return [Row(f"a customer found among {count:,}, p50 (ms: {told})", f"{tooks[slowest]:.1f} ms", "10 ms", tooks[slowest] / 10, 1.0, more_is_better=False)]

