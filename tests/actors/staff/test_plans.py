"""What is asked twice a second by every edge, and with every approval, finds its rows by an index, however many have signed in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from actors.runtime.ids import new_id, now
from actors.staff.store import SQL

MANY = """
INSERT INTO staff.keys (id, opened, position, version, kind, name, prefix, hash, scopes, rights, person_id, register_id, created_at, expires_at)
SELECT gen_random_uuid(), n, n, 1, 'session', 'x', 'kasir_' || n, 'hash ' || n, '{}', NULL, gen_random_uuid(), gen_random_uuid(), now(), now()
FROM generate_series(1000000, 1020000) AS n
"""
APPROVALS = """
INSERT INTO staff.approvals SELECT 'hash ' || n, gen_random_uuid(), 'x', 'void', '{}', now() FROM generate_series(1, 20000) AS n
"""
PEOPLE = """
INSERT INTO staff.people SELECT gen_random_uuid(), n, 'c' || n, 'l' || n, '{cashier}', true, '{}' FROM generate_series(1, 20000) AS n
"""


async def test_nothing_is_found_by_looking_through_all(fresh_house: Any) -> None:
    house = await fresh_house(("staff",))
    for sql in (MANY, APPROVALS, PEOPLE, "ANALYZE staff.keys", "ANALYZE staff.approvals", "ANALYZE staff.people"):
        await house.fetch(sql)
    plans: dict[str, list[Any]] = {
        "list_changes": [1_019_990, 500], "held_by_id": [[new_id()]], "held_by_people": [[new_id()], now()],
        "held_at_register": [new_id(), now()], "use_approval": ["hash 7", "x", "y", now(), []], "find_people": [["c7"], ["l7"]],
        "list_sessions": [2**53, 50, now(), new_id(), None], "live_owners": [], "list_keys": [0, 50, None],
        "forget_sessions": [now() - timedelta(hours=1)],
    }  # fmt: skip
    for name, args in plans.items():
        plan = "\n".join(row[0] for row in await house.fetch(f"EXPLAIN {SQL[name]}", *args))
        assert "Seq Scan" not in plan, f"{name}:\n{plan}"
