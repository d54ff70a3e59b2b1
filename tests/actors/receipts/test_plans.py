"""What is asked with every page of the log, and with every page of a check, finds its rows by an index, however long the chains are."""

from __future__ import annotations

from typing import Any

from actors.orders.receipts import SQL as ORDERS
from actors.receipts.store import SQL
from actors.runtime.ids import new_id

LINKS = """
INSERT INTO receipts.links
SELECT register, n, n, gen_random_uuid(), 0, '\\x00', '\\x00' FROM unnest($1::uuid[]) AS register, generate_series(1, 5000) AS n
"""
CHAINS = "INSERT INTO receipts.chains SELECT gen_random_uuid(), 1, 1, 1, '\\x00' FROM generate_series(1, 5000)"
PRINTS = "INSERT INTO receipts.prints SELECT gen_random_uuid(), 1 FROM generate_series(1, 5000)"
SOLD = """
INSERT INTO orders.orders (
    id, version, status, fulfillment, payment, store_id, register_id, receipt_number, receipt, business_date, sold_at, content, flags, uses
)
SELECT gen_random_uuid(), 1, 'completed', 'pending', 'paid', register, register, n, '', now(), now(), '', '{}', '{}'
FROM unnest($1::uuid[]) AS register, generate_series(1, 5000) AS n
"""
VOIDED = """
INSERT INTO orders.voided_receipts
SELECT gen_random_uuid(), register, n, n, '', '', now() FROM unnest($1::uuid[]) AS register, generate_series(1, 5000) AS n
"""
TABLES = ("receipts.links", "receipts.chains", "receipts.prints", "orders.orders", "orders.voided_receipts")


async def test_nothing_is_found_by_looking_through_all(fresh_house: Any) -> None:
    house = await fresh_house(("stores", "catalog", "orders", "receipts"))
    registers = [new_id() for _ in range(4)]
    for sql, args in ((LINKS, [registers]), (CHAINS, []), (PRINTS, []), (SOLD, [registers]), (VOIDED, [registers])):
        await house.fetch(sql, *args)
    for table in TABLES:
        await house.fetch(f"ANALYZE {table}")
    one = registers[0]
    plans: dict[str, list[Any]] = {
        "take_chains": [[one]], "linked_refunds": [[one], [7]], "find_chain": [one], "find_links": [one, 7, 507, 20_000],
        "chain_and_last_link": [one], "hash_at": [one, 7],
    }  # fmt: skip
    for name, args in plans.items():
        await _by_index(house, name, SQL[name], args)
    orders: dict[str, list[Any]] = {"list_receipts": [one, 7, 501, 4_000_000], "voids_after": [one, 7, 501], "void_before": [one, 7]}
    for name, args in orders.items():
        await _by_index(house, name, ORDERS[name], args)


async def _by_index(house: Any, name: str, sql: str, args: list[Any]) -> None:
    plan = "\n".join(row[0] for row in await house.fetch(f"EXPLAIN {sql}", *args))
    assert "Seq Scan" not in plan, f"{name}:\n{plan}"
