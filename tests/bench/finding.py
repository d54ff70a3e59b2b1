"""One customer among a million, by what somebody types at the till. Rows are copied, not entered."""

from __future__ import annotations

import asyncpg

from tests.bench.filling import settle, without_indexes
from tests.bench.rows import Row
from tests.bench.world import World

CUSTOMERS = 1_000_000
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
        async with without_indexes(connection, "customers.customers", "customers.finders"):
            await connection.execute(COPIED, count, names, timeout=1200)
            await connection.execute(FINDERS, timeout=1200)
        await settle(connection, "customers.customers", "customers.finders")
    finally:
        await connection.close()
    middle = count // 2
    asked = {
        "phone": f"0811{middle:08}", "half a phone": f"62811{middle:08}"[:10], "code": f"K{middle}", "name": "sari wij",
        "a common name": "sari", "nobody": "sari zzz",
    }
    tooks = {what: await world.took_ms(f"/v1/customers?q={words.replace(' ', '%20')}") for what, words in asked.items()}
    slowest = max(tooks, key=lambda what: tooks[what])
    told = ", ".join(f"{what} {took:.1f}" for what, took in tooks.items())
    return [Row(f"a customer found among {count:,}, p50 (ms: {told})", f"{tooks[slowest]:.1f} ms", "10 ms", tooks[slowest] / 10, 1.0, more_is_better=False)]
