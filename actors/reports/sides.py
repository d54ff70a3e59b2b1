"""A period's figures from one side: by day, by product, by cashier. For what was sold, and for what came back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import NamedTuple

from actors.reports import naming
from actors.reports.contract import AskRefunds, AskSales
from actors.reports.naming import NameOf
from actors.reports.periods import Period, period_of
from actors.reports.pictures import TIMELY
from actors.reports.reading import Both, Row, Sums, nothing, sums_of, total_of
from actors.runtime.words import Refusal
from actors.runtime.work import Work

OF_LINES = ("product", "category")
COUNTED_IN_PARTS = (*OF_LINES, "tender", "tax", "discount")
ADJUSTMENTS = "Adjustments"
"""The key, and the name, of the row for what belongs to no line."""
Pair = tuple[Row, Both]


class Seen(NamedTuple):
    """`pairs`: all rows; `shown`: those that are asked for, in their order."""

    period: Period
    pairs: list[Pair]
    shown: list[Pair]
    name_of: NameOf


async def see(
    work: Work, wish: AskSales | AskRefunds, figures: str, worth: Callable[[Both], int], *, only_back: bool = False
) -> Seen | Refusal:
    """`figures`: of which the side is made. `only_back`: without sales, and so without gaps over time."""
    people = await naming.people(work) if wish.by == "cashier" else {}
    period = await period_of(work, wish.date_from, wish.date_to, wish.store_id)
    if isinstance(period, Refusal):
        return period
    grain = wish.by if wish.by in ("day", "month", "store") else "key"
    sums = await sums_of(work, grain, figures, period, only_back=only_back)
    if wish.by in TIMELY and not only_back:
        _fill(sums, wish.by, period)
    pairs = [*sums.items(), *await _adjustments(work, wish.by, period, only_back=only_back)]
    ordered = in_order(wish.by, pairs, worth)
    shown = ordered if wish.by in TIMELY else ordered[: wish.limit]
    return Seen(period, pairs, shown, await naming.namer(work, wish.by, [row.key for row, _ in shown], people))


def in_order(by: str, pairs: Iterable[Pair], worth: Callable[[Both], int]) -> list[Pair]:
    """Over time as time goes; otherwise the largest first."""
    if by in TIMELY:
        return sorted(pairs, key=lambda one: (one[0].currency, one[0].key))
    return sorted(pairs, key=lambda one: (-abs(worth(one[1])), one[0].currency, one[0].key))


async def _adjustments(work: Work, by: str, period: Period, *, only_back: bool) -> list[Pair]:
    """A row beside those that are made of lines: what belongs to no line, so that they come to the same as the whole."""
    if by not in OF_LINES:
        return []
    sums = await sums_of(work, "key", "adjustment", period, only_back=only_back)
    return [(Row(ADJUSTMENTS, row.currency), both) for row, both in sums.items()]


def _fill(sums: Sums, by: str, period: Period) -> None:
    """Hours, days and months in which nothing was sold are shown, too: a gap is news."""
    if by == "hour":
        keys = [f"{hour:02}" for hour in range(24)]
    elif by == "day":
        keys = [str(period.first + timedelta(days=day)) for day in range((period.last - period.first).days + 1)]
    else:
        keys = sorted({str(period.first + timedelta(days=day))[:7] for day in range((period.last - period.first).days + 1)})
    for currency in {row.currency for row in sums} or {shop.currency for shop in period.shops}:
        for key in keys:
            sums.setdefault(Row(key, currency), nothing())


async def totals_of(work: Work, by: str, period: Period, pairs: Iterable[Pair], *, only_back: bool = False) -> list[Pair]:
    """Of all rows, by currency. Where rows count less than a whole order, the total counts orders, and refunds, all the same."""
    currencies: dict[str, list[Both]] = {}
    for row, both in pairs:
        currencies.setdefault(row.currency, []).append(both)
    totals = {Row("", currency): total_of(all_) for currency, all_ in currencies.items()}
    if by in COUNTED_IN_PARTS:
        whole = await sums_of(work, "key", "total", period, measures=("count",), only_back=only_back)
        for row, both in totals.items():
            counted = whole.get(row, Both([0], [0]))
            both.sold[0], both.back[0] = counted.sold[0], counted.back[0]
    return sorted(totals.items())
