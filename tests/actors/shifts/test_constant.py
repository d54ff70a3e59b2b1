"""Closing takes the same steps however many sales there were, and no statement goes through rows of others."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from actors.runtime.ids import new_id, now
from actors.shifts.contract import MEND_SHIFTS, MendShifts
from actors.shifts.store import SQL
from tests.actors.shifts.counter import Counter, cash, findings
from tests.support import House

MANY = 20_000


@pytest.fixture
def ids() -> list[Any]:
    return [new_id()]


async def plans(house: House, sql: str, *args: Any) -> list[str]:
    """The kinds of nodes that read tables, and which."""
    async with house.database.connection() as connection:
        text = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *args)
    found: list[str] = []

    def walk(node: dict[str, Any]) -> None:
        if "Relation Name" in node and node["Node Type"] != "ModifyTable":
            found.append(f"{node['Node Type']} {node['Relation Name']}")
        for child in node.get("Plans", []):
            walk(child)

    walk(json.loads(text)[0]["Plan"])
    return found


async def test_among_many_shifts_each_statement_finds_its_own_by_an_index(fresh_house: Callable[..., Awaitable[House]], ids: list[Any]) -> None:
    house = await fresh_house()
    await house.fetch(
        f"""
        INSERT INTO shifts.shifts (id, store_id, register_id, business_date, opened_at, closed_at, z_number, body)
        SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), date '2020-01-01' + nr % 1000, now() - interval '1 day' * nr,
            now() - interval '1 day' * nr + interval '8 hours', 1, '{{}}' FROM generate_series(1, {MANY}) AS nr
        """
    )
    await house.fetch("INSERT INTO shifts.figures (shift_id, late, body) SELECT id, false, '{}' FROM shifts.shifts")
    await house.fetch(
        """
        INSERT INTO shifts.cash_events (id, shift_id, kind, amount, at, body)
        SELECT gen_random_uuid(), id, 'drop', 1, opened_at, '{}' FROM shifts.shifts
        """
    )
    await house.fetch("INSERT INTO shifts.corrections (shift_id, position, nr, body) SELECT id, 1, 0, '{}' FROM shifts.shifts")
    await house.fetch("INSERT INTO shifts.part_paid (order_id, tenders) SELECT id, 1 FROM shifts.shifts")
    for table in ("shifts", "figures", "cash_events", "corrections", "part_paid"):
        await house.fetch(f"ANALYZE shifts.{table}")

    asked: dict[str, list[Any]] = {
        "registers_of": [ids], "find_shifts": [ids], "open_shifts": [ids], "figures": [ids], "cash_sums": [ids], "known_part_paid": [ids],
        "shifts_during": [ids, [now()], [now()]], "newest_corrections": [ids, 100], "list_cash": [ids[0], None, None, 50], "paid_out_alone": [ids],
        "list_corrections": [ids[0], 0, 50], "close_shift": [ids[0], now(), 1, 1, 1, "none", "{}"],
    }  # fmt: skip
    for name, args in asked.items():
        read = await plans(house, SQL[name], *args)
        assert [] == [node for node in read if node.startswith("Seq Scan")], f"{name}: {read}"
    for conditions in ("AND store_id = $2", "AND register_id = $2"):
        read = await plans(house, SQL["list_shifts"].replace("{conditions}", conditions), 50, ids[0])
        assert ["Index Scan shifts"] == read


async def test_the_figures_are_as_large_after_many_sales_as_after_few(counter: Counter) -> None:
    """What a close reads: one row of figures, whose size does not depend on how many sales it is of."""
    shift = await counter.open()
    await counter.sell()
    await counter.booked()
    sizes = []
    for _ in range(2):
        rows = await counter.house.fetch("SELECT late, body FROM shifts.figures WHERE shift_id = $1", shift.id)
        assert [False] == [row["late"] for row in rows]
        sizes.append(sorted(json.loads(rows[0]["body"])))
        for _ in range(10):
            await counter.sell()
        await counter.booked()
    assert sizes[0] == sizes[1]


async def test_the_check_names_what_differs(fresh_house: Callable[..., Awaitable[House]]) -> None:
    house = await fresh_house()
    store, register = await house.open_store()
    counter = Counter(house, store, register, await house.add_product())
    shift = await counter.open()
    await counter.sell()
    await counter.close(shift)
    await counter.sell()
    await counter.booked()
    assert [] == await findings(house)

    await house.fetch("""UPDATE shifts.figures SET body = replace(body, '"sales":[1,', '"sales":[2,')""")
    await house.fetch("UPDATE shifts.unshifted SET body = '{}'")
    await house.fetch("UPDATE shifts.drawers SET last_z = 2")
    found = {one.what: one for one in await findings(house)}
    assert {"shift", "unshifted", "z_number"} == found.keys()
    assert str(shift.id) == found["shift"].id
    assert "sales is [2, 350000, 0], the log says [1, 350000, 0]." == found["shift"].detail
    assert found["unshifted"].id.startswith(str(register.id))

    await house.fetch("""UPDATE shifts.figures SET body = replace(body, '"tender:cash":[1,350000', '"tender:cash":[1,350001')""")
    assert {"expected"} <= {one.what for one in await findings(house)}


async def test_what_was_counted_wrongly_is_counted_anew_from_the_log(fresh_house: Callable[..., Awaitable[House]]) -> None:
    house = await fresh_house()
    store, register = await house.open_store()
    counter = Counter(house, store, register, await house.add_product())
    await counter.sell()
    shift = await counter.open()
    await counter.place(cash(100_000))
    await counter.sell()
    report = await counter.close(shift)
    days = await counter.unshifted()

    await house.fetch("""UPDATE shifts.figures SET body = replace(body, '"sales":[1,', '"sales":[2,')""")
    await house.fetch("DELETE FROM shifts.unshifted")
    await house.fetch("DELETE FROM shifts.part_paid")
    await house.fetch("INSERT INTO shifts.figures (shift_id, late, body) VALUES (gen_random_uuid(), false, '{}')")
    mended = await house.call(MEND_SHIFTS, MendShifts())
    assert ["shift", "shift", "unshifted"] == sorted(one.what for one in mended.findings)
    assert [] == await findings(house)
    assert (report.figures, days) == ((await counter.z(shift)).figures, await counter.unshifted())
    assert 1 == len(await house.fetch("SELECT FROM shifts.part_paid"))
