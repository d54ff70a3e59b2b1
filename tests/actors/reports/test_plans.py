"""What a report costs depends on how many products there are, not on how long there has been a shop: plans go through indexes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

from actors.runtime.ids import new_id
from tests.actors.reports.year import fill, plan, queries
from tests.support import House


async def test_every_report_goes_through_an_index_to_the_rows_that_it_needs(fresh_house: Callable[..., Awaitable[House]]) -> None:
    house = await fresh_house(("stores", "reports"))
    stores = [new_id() for _ in range(3)]
    await fill(house, stores, date(2024, 1, 1), date(2025, 12, 31), {"total": 1, "hour": 5, "product": 10})
    for first, last in ((date(2025, 3, 1), date(2025, 3, 31)), (date(2025, 11, 20), date(2025, 12, 10)), (date(2025, 12, 5), date(2025, 12, 5))):
        for name, (query, args) in queries(stores[:1], first, last, date(2025, 12, 31)).items():
            lines = await plan(house, query, args)
            scans = [line for line in lines if "Seq Scan" in line and ("days" in line or "cost" in line)]
            assert not scans, f"{name}, {first} to {last}:\n" + "\n".join(lines)
            # No partition but that of the generation that is read.
            assert not any("_1_pkey" in line for line in lines), name
