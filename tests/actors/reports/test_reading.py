"""What is added up from spans and days is what the days alone come to, from whichever side."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal

import asyncpg
import pytest

from actors.reports.contract import PROFIT, AskProfit
from actors.reports.profiting import whole
from actors.reports.views import SHOPS
from actors.runtime.ids import new_id
from tests.actors.reports.support import reports_of
from tests.actors.reports.year import fill, queries
from tests.support import House, eventually

BEGIN, END = date(2024, 11, 1), date(2025, 12, 31)
PERIODS = (
    (date(2025, 1, 1), END), (date(2024, 12, 17), date(2025, 12, 16)), (date(2025, 2, 14), date(2025, 11, 13)), (date(2025, 5, 3), date(2025, 5, 3)),
)  # fmt: skip
_BY_HAND = """
SELECT back, key, currency, sum(count), sum(quantity), sum(gross), sum(discount), sum(service), sum(net), sum(tax), sum(total)
FROM reports.days WHERE generation = 0 AND kind = 'product' AND store_id = ANY ($1) AND day BETWEEN $2 AND $3 GROUP BY 1, 2, 3
"""
_COSTS_BY_HAND = """
SELECT variant_id, sum(cost)::text, sum(lost)::text, sum(uncosted) FROM reports.cost_days
WHERE store_id = ANY ($1) AND day BETWEEN $2 AND $3 AND variant_id <> '00000000-0000-0000-0000-000000000000' GROUP BY 1
"""


async def test_spans_and_days_come_to_what_the_days_alone_come_to(fresh_house: Callable[..., Awaitable[House]]) -> None:
    house = await fresh_house(("stores", "reports"))
    stores = [new_id() for _ in range(3)]
    await fill(house, stores, BEGIN, END, {"total": 1, "product": 5, "tax": 2})
    for first, last in PERIODS:
        alone = queries(stores[:2], first, last, None)
        for name, (query, args) in queries(stores[:2], first, last, END).items():
            assert rows_of(await house.fetch(query, *args)) == rows_of(await house.fetch(*_flat(alone[name]))), f"{name}, {first} to {last}"
        for name, by_hand in (("product", _BY_HAND), ("cost product", _COSTS_BY_HAND)):
            assert rows_of(await house.fetch(*_flat(alone[name]))) == rows_of(await house.fetch(by_hand, stores[:2], first, last))


def _flat(asked: tuple[str, tuple[object, ...]]) -> tuple[object, ...]:
    return asked[0], *asked[1]


def rows_of(rows: list[asyncpg.Record]) -> set[tuple[object, ...]]:
    return {tuple(row.values()) for row in rows}


async def test_costs_are_in_the_money_of_their_store_and_what_was_given_away_is_shown(fresh_house: Callable[..., Awaitable[House]]) -> None:
    house = await fresh_house(("stores", "reports"))
    here, there = [(await house.open_store(currency=currency, taxes=[], cash_rounding=None))[0].id for currency in ("IDR", "SGD")]
    bought, given = new_id(), str(new_id())
    add = "INSERT INTO reports.cost_days (day, store_id, variant_id, sold, cost, lost, uncosted) VALUES ($1, $2, $3, 1000, $4, 0, 0)"
    for store_id, cost in ((here, 70_000_000), (there, -15_000_000)):
        await house.fetch(add, BEGIN, store_id, bought, cost)
    away = "INSERT INTO reports.days VALUES (0, false, $1, $2, 'product', $3, 'IDR', 1, 1000, 500, 500, 0, 0, 0, 0)"
    await house.fetch(away, BEGIN, here, given)
    # It hears of the stores a moment after they were opened.
    await eventually(lambda: {here, there} <= reports_of(house).view(SHOPS).by_id.keys())
    report = await house.call(PROFIT, AskProfit(by="product", date_from=BEGIN, date_to=BEGIN))
    rows = {(row.key, row.currency): (row.net, row.cost, row.profit) for row in report.rows}
    assert rows == {(str(bought), "IDR"): (0, 7, -7), (str(bought), "SGD"): (0, -2, 2), (given, "IDR"): (0, 0, 0)}
    assert {row.currency: row.cost for row in report.totals} == {"IDR": 7, "SGD": -2}


async def test_a_sum_that_no_bigint_can_hold_is_an_error_and_not_another_number(house: House) -> None:
    [row] = await house.fetch("SELECT reports.added(n) AS sum FROM unnest(ARRAY[$1, -1, NULL]::bigint[]) AS n", 2**63 - 1)
    assert row["sum"] == 2**63 - 2
    with pytest.raises(asyncpg.NumericValueOutOfRangeError):
        await house.fetch("SELECT reports.added(n) FROM unnest(ARRAY[$1, 1]::bigint[]) AS n", 2**63 - 1)


@pytest.mark.parametrize("cost", [0, 4_999_999, 5_000_000, 14_999_999, 15_000_000, -4_999_999, -5_000_000, -15_000_000, 10**25 + 5_000_000])
def test_costs_are_rounded_half_up_and_the_same_below_zero(cost: int) -> None:
    assert whole(cost) == int((Decimal(cost) / 10_000_000).to_integral_value("ROUND_HALF_UP"))
