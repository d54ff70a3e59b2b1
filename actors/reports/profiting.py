"""Profit: sales without taxes, against what the goods had cost by their moving average when they left."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from msgspec import Struct

from actors.reports import columns, naming
from actors.reports.contract import AskProfit, ProfitReport, ProfitRow
from actors.reports.costing import bring_up
from actors.reports.figures import write_milli
from actors.reports.filing import file_of
from actors.reports.naming import NameOf
from actors.reports.periods import Period, period_of
from actors.reports.pictures import TIMELY, picture_of
from actors.reports.reading import Both, Row, nothing, sums_of
from actors.reports.spans import spans
from actors.reports.store import SQL
from actors.reports.tables import Table
from actors.reports.views import SHOPS
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work

COST_SCALE = Decimal(10_000_000)
"""Of thousandths of a unit at 1/10,000 of a minor unit."""
FRESH_MAX = 6
"""So many days that have just changed are asked for again before the answer; the others are a moment behind."""


class Cost(Struct):
    cost: Decimal
    lost: Decimal
    uncosted: int


async def ask_profit(asked: Sequence[Asked[AskProfit]], work: Work) -> list[ProfitReport | Refusal]:
    return [await _profit(one.body, work) for one in asked]


async def _profit(wish: AskProfit, work: Work) -> ProfitReport | Refusal:
    period = await period_of(work, wish.date_from, wish.date_to, wish.store_id)
    if isinstance(period, Refusal):
        return period
    await bring_up(work, period.shops, period.first, period.last, at_most=FRESH_MAX)
    grain = "key" if wish.by == "product" else wish.by
    sums = await sums_of(work, grain, "product" if wish.by == "product" else "total", period)
    costs = await _costs(work, wish.by, period)
    places = sorted(sums.keys() | costs.keys())
    pairs = [(place, sums.get(place) or nothing(), costs.get(place) or Cost(Decimal(0), Decimal(0), 0)) for place in places]
    if wish.by not in TIMELY:
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
    how = spans(period.first, period.last)
    if by == "day":
        rows = await work.read(SQL["costs_by_day"], period.store_ids, period.first, period.last)
    else:
        rows = await work.read(SQL[f"costs_by_{by}"], how.months, how.each(1), how.each(-1), period.store_ids)
    shops = work.view(SHOPS).by_id
    found: dict[Row, Cost] = {}
    for row in rows:
        place = Row(row["key"], shops[row["store_id"]].currency)
        known = found.setdefault(place, Cost(Decimal(0), Decimal(0), 0))
        known.cost, known.lost, known.uncosted = known.cost + row["cost"], known.lost + row["lost"], known.uncosted + row["uncosted"]
    return {place: cost for place, cost in found.items() if cost.cost or cost.lost or cost.uncosted}


def _net(both: Both) -> int:
    return both.sold[5] - both.back[5]


def whole(cost: Decimal) -> int:
    """In minor units, rounded half up once, at the end."""
    return int((cost / COST_SCALE).to_integral_value(ROUND_HALF_UP))


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
    sums: dict[str, tuple[Both, Cost]] = {}
    for place, both, cost in pairs:
        known = sums.setdefault(place.currency, (nothing(), Cost(Decimal(0), Decimal(0), 0)))
        known[0].add(both)
        known[1].cost, known[1].lost, known[1].uncosted = known[1].cost + cost.cost, known[1].lost + cost.lost, known[1].uncosted + cost.uncosted
    return [_row(Row("", currency), both, cost, _total) for currency, (both, cost) in sorted(sums.items())]


def _total(_: Any) -> str:
    return "Total"
