"""What is asked all the time goes along an index, however many customers there are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from actors.customers.store import SQL
from tests.actors.customers.support import Shop, open_shop
from tests.support import Servers

LATEST, LAST, FIRST = datetime(9998, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1), UUID(int=0)
SOME = [UUID(int=number) for number in (1, 2)]
CROWD = (
    """
    INSERT INTO customers.customers
    SELECT gen_random_uuid(), 1, 'C' || n, 'c' || n, 'Name' || n % 700 || ' Word' || n % 900, '62' || 81000000 + n, '', 'g' || n % 20, false,
        null, '', '{}', '{}', now() - n * interval '1 minute', now(), null, null
    FROM generate_series(1, 20000) AS n
    """,
    """
    INSERT INTO customers.finders
    SELECT c.id, w.word, ' ' || lower(c.name) || ' ' || c.phone
    FROM customers.customers AS c, unnest(string_to_array(lower(c.name) || ' ' || c.code_key || ' ' || c.phone, ' ')) AS w (word)
    """,
    "INSERT INTO customers.balances (customer_id, updated_at) SELECT id, now() FROM customers.customers ON CONFLICT DO NOTHING",
    """
    INSERT INTO customers.points_entries SELECT customer_id, n, gen_random_uuid(), 'earned', 1, n, now(), '', '', null, null
    FROM customers.balances, generate_series(1, 3) AS n
    """,
    """
    INSERT INTO customers.credit_entries
    SELECT customer_id, n, gen_random_uuid(), 'charge', 'IDR', 1, n, now() - n * interval '1 hour', '', '', '', null, null
    FROM customers.balances, generate_series(1, 3) AS n
    """,
    """
    INSERT INTO customers.lots
    SELECT gen_random_uuid(), customer_id, gen_random_uuid(), 1, 5, 5 * (n % 2), 0, now() + n * interval '1 day', '{}', now()
    FROM customers.balances, generate_series(1, 4) AS n
    """,
    """
    INSERT INTO customers.charges
    SELECT gen_random_uuid(), customer_id, gen_random_uuid(), 'on_account', 'approved', 'IDR', 5, 0, 0, 0, '', now() FROM customers.balances
    """,
    "ANALYZE customers.customers, customers.finders, customers.balances, customers.points_entries, customers.credit_entries, customers.lots, "
    "customers.charges",
)


@pytest_asyncio.fixture(scope="module")
async def crowded(servers: Servers) -> AsyncIterator[Shop]:
    """A house with twenty thousand customers."""
    async with open_shop(servers) as shop:
        for sql in CROWD:
            await shop.house.fetch(sql)
        yield shop


@pytest.mark.parametrize(
    ("name", "args", "index"),
    [
        ("search", (["name3"], ["name3\U0010ffff"], [], "", FIRST, 21, None, FIRST), "finders_by_word"),
        ("search", (["name3"], ["name3\U0010ffff"], ["% word1%"], "name300", SOME[0], 21, None, FIRST), "finders_by_word"),
        ("search", (["6281", "081"], ["6281\U0010ffff", "081\U0010ffff"], [], "", FIRST, 21, "g3", FIRST), "finders_by_word"),
        ("count_words", (["name3", "word1"], ["name3\U0010ffff", "word1\U0010ffff"], 1000), "finders_by_word"),
        ("list_newest", (LATEST, LAST, 21), "customers_listed"),
        ("list_group", (LATEST, LAST, 21, "g3"), "customers_of_group"),
        ("look_up", (SOME,), "customers_merged"),
        ("find_profiles", (SOME,), "customers_pkey"),
        ("taken_codes", (["c1", "c2"],), "customers_code_key_key"),
        ("lock_balances", (SOME,), "balances_pkey"),
        ("credit_entries", (SOME[0], 0, None, None, 51, 99), "credit_entries_pkey"),
        ("balance_before", (SOME[0], LATEST), "credit_entries_by_time"),
        ("points_entries", (SOME[0], 99, 51), "points_entries_pkey"),
        ("lots_left", (SOME,), "lots_left"),
        ("lots_of_orders", (SOME,), "lots_order_id_key"),
        ("expiring", (datetime(2020, 1, 1, tzinfo=UTC), 500), "lots_expiring"),
        ("lock_charges", (SOME,), "charges_pkey"),
        ("move_charges", tuple(SOME), "charges_of_customer"),
    ],
)
async def test_it_goes_along_an_index(crowded: Shop, name: str, args: tuple[Any, ...], index: str) -> None:
    plan = "\n".join(row[0] for row in await crowded.house.fetch("EXPLAIN " + SQL[name], *args))
    assert index in plan, plan
    assert "Seq Scan on customers" not in plan, plan
    assert "Seq Scan on finders" not in plan, plan
