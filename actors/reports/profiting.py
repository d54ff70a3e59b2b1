"""Profit: sales without taxes, against what the goods had cost by their moving average when they left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct

from actors.reports import columns, naming
from actors.reports.contract import AskProfit, ProfitReport, ProfitRow
from actors.reports.costing import WHOLE, bring_up
from actors.reports.filing import each, file_of
from actors.reports.naming import NameOf
from actors.reports.periods import Period, period_of
from actors.reports.pictures import TIMELY, picture_of
from actors.reports.reading import TIMES, Both, Row, Sides, parts_of, sums_of, total_of
from actors.reports.store import COST_BOOKS, SQL, by_closed
from actors.reports.tables import Table
from actors.reports.views import Shop
from actors.runtime.actor import Asked
from actors.runtime.quantities import write_milli
from actors.runtime.words import Refusal
from actors.runtime.work import Work

COST_SCALE = 10_000_000
"""Of thousandths of a unit at 1/10,000 of a minor unit."""
FRESH_MAX = 6
"""So many days that have just changed are asked for again before the answer; the others are a moment behind."""


NETS = ("count", "net")
"""What it takes of sales. The count tells what was given away from what was never sold."""


class Cost(Struct):
    """`cost` and `lost` as the ledger counts: 10,000,000 are one minor unit."""

    cost: int
    lost: int
    uncosted: int


async def ask_profit(asked: Sequence[Asked[AskProfit]], work: Work) -> list[ProfitReport | Refusal]:
    return await each(asked, work, _profit)


async def _profit(wish: AskProfit, work: Work) -> ProfitReport | Refusal:
    period = await period_of(work, wish.date_from, wish.date_to, wish.store_id)
    if isinstance(period, Refusal):
        return period
    await bring_up(work, period.shops, period.first, period.last, at_most=FRESH_MAX)
    grain = "key" if wish.by == "product" else wish.by
    sums = await sums_of(work, grain, "product" if wish.by == "product" else "total", period, measures=NETS)
    costs = await _costs(work, wish.by, period)
    neither = Both([0, 0], [0, 0]), Cost(0, 0, 0)
    pairs = [(place, sums.get(place, neither[0]), costs.get(place, neither[1])) for place in sums.keys() | costs.keys()]
    if wish.by in TIMELY:
        pairs.sort(key=lambda one: one[0])
    else:
        pairs.sort(key=lambda one: (-abs(_net(one[1]) - whole(one[2].cost)), one[0]))
    shown = pairs if wish.by in TIMELY else pairs[: wish.limit]
    name_of = await naming.namer(work, wish.by, [place.key for place, _, _ in shown], {})
    rows = [_row(place, both, cost, name_of) for place, both, cost in shown]
    if wish.format == "json":
        return ProfitReport(by=wish.by, date_from=period.first, date_to=period.last, rows=rows, totals=_totals(pairs))
    table = Table("Profit", columns.profit_columns(wish.by), rows)
    worths = [("Sales without taxes", lambda row: row.net), ("Cost", lambda row: row.cost), ("Profit", lambda row: row.profit)]
    picture = picture_of("Profit", wish.by, period, rows, worths)
    file = await file_of(wish.format, f"profit-{wish.by}-{period.first}-{period.last}", table, picture)
    return ProfitReport(by=wish.by, date_from=period.first, date_to=period.last, rows=[], totals=[], file=file)


async def _costs(work: Work, by: str, period: Period) -> dict[Row, Cost]:
    """By what is asked for, and the currency of the stores."""
    time = by if by in TIMES else ""
    closed = await _closed(work, period)
    while True:
        found = await _read_costs(work, by, time, period, closed)
        before, closed = closed, await _closed(work, period)
        if before == closed:
            return {place: cost for place, cost in found.items() if cost.cost or cost.lost or cost.uncosted}


async def _closed(work: Work, period: Period) -> dict[str, date]:
    return {str(row["store_id"]): row["until"] for row in await work.read(SQL["closed"], COST_BOOKS, period.store_ids)}


async def _read_costs(work: Work, by: str, time: str, period: Period, closed: Mapping[str, date]) -> dict[Row, Cost]:
    statement = Sides(time, by == "store").statement("costs")
    variants = (UUID(int=1), UUID(int=2**128 - 1)) if by == "product" else (WHOLE, WHOLE)
    found: dict[Row, Cost] = {}
    for currency, of_it in _by_currency(period.shops).items():
        for until, store_ids in by_closed(of_it, closed).items():
            for row in await work.read(statement, store_ids, *parts_of(period, until, time), *variants):
                # What is asked for comes first; otherwise it is the variant.
                place, cost, lost, uncosted = Row(str(row[0]), currency), int(row[-3]), int(row[-2]), row[-1]
                known = found.get(place)
                if known is not None:
                    cost, lost, uncosted = known.cost + cost, known.lost + lost, known.uncosted + uncosted
                found[place] = Cost(cost, lost, uncosted)
    return found


def _by_currency(shops: Sequence[Shop]) -> dict[str, list[UUID]]:
    found: dict[str, list[UUID]] = {}
    for shop in shops:
        found.setdefault(shop.currency, []).append(shop.id)
    return found


def _net(both: Both) -> int:
    return both.sold[1] - both.back[1]


def whole(cost: int) -> int:
    """In minor units, rounded half up (away from zero) once, at the end."""
    units = (abs(cost) + COST_SCALE // 2) // COST_SCALE
    return units if cost >= 0 else -units


def _row(place: Row, both: Both, cost: Cost, name_of: NameOf) -> ProfitRow:
    net, spent = _net(both), whole(cost.cost)
    return ProfitRow(
        key=place.key, name=name_of(place.key), currency=place.currency, net=net, cost=spent, profit=net - spent, margin=margin(net, spent),
        lost=whole(cost.lost), uncosted=write_milli(cost.uncosted),
    )  # fmt: skip


def margin(net: int, cost: int) -> str:
    """Profit in percent of net, with one decimal."""
    return str((Decimal(100) * (net - cost) / net).quantize(Decimal("0.1"), ROUND_HALF_UP)) if net > 0 else ""


def _totals(pairs: Sequence[tuple[Row, Both, Cost]]) -> list[ProfitRow]:
    currencies: dict[str, list[tuple[Both, Cost]]] = {}
    for place, both, cost in pairs:
        currencies.setdefault(place.currency, []).append((both, cost))
    return [
        _row(Row("", currency), total_of([both for both, _ in all_]), _cost_of([cost for _, cost in all_]), _total)
        for currency, all_ in sorted(currencies.items())
    ]  # fmt: skip


def _cost_of(costs: Sequence[Cost]) -> Cost:
    return Cost(sum(one.cost for one in costs), sum(one.lost for one in costs), sum(one.uncosted for one in costs))


def _total(_: Any) -> str:
    return "Total"
