"""Sales from every side, and the taxes of a period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from actors.reports import columns, naming, reading, rules
from actors.reports.contract import AskSales, AskTaxes, SalesReport, SalesRow, TaxesReport, TaxesRow
from actors.reports.filing import each, file_of
from actors.reports.naming import NameOf
from actors.reports.periods import Period, period_of
from actors.reports.pictures import TIMELY, picture_of
from actors.reports.reading import Both, Row, Sums, nothing, sums_of, total_of
from actors.reports.tables import Table
from actors.reports.views import SHOPS
from actors.runtime.actor import Asked
from actors.runtime.quantities import write_milli
from actors.runtime.words import Refusal
from actors.runtime.work import Work

OF_LINES = ("product", "category")
COUNTED_IN_PARTS = (*OF_LINES, "tender", "tax", "discount")
ADJUSTMENTS = "Adjustments"
"""The key, and the name, of the row for what belongs to no line."""
Pair = tuple[Row, Both]
_FIGURES = {"day": "total", "month": "total", "store": "total", "customer_group": "group"}
"""Of which figures a side is made, where it is not called like them."""


async def ask_sales(asked: Sequence[Asked[AskSales]], work: Work) -> list[SalesReport | Refusal]:
    return await each(asked, work, _sales)


async def _sales(wish: AskSales, work: Work) -> SalesReport | Refusal:
    people = await naming.people(work) if wish.by == "cashier" else {}
    period = await period_of(work, wish.date_from, wish.date_to, wish.store_id)
    if isinstance(period, Refusal):
        return period
    grain = wish.by if wish.by in ("day", "month", "store") else "key"
    sums = await sums_of(work, grain, _FIGURES.get(wish.by, wish.by), period)
    if wish.by in TIMELY:
        _fill(sums, wish.by, period)
    pairs = [*sums.items(), *await adjustments(work, wish.by, period)]
    ordered = in_order(wish.by, pairs, lambda both: both.sold[3] if wish.by == "discount" else both.sold[6] if wish.by == "tax" else both.sold[7])
    shown = ordered if wish.by in TIMELY else ordered[: wish.limit]
    name_of = await naming.namer(work, wish.by, [row.key for row, _ in shown], people)
    rows = [_row(row, both, name_of) for row, both in shown]
    if wish.format == "json":
        totals = [_row(row, both, lambda _: "Total") for row, both in await totals_of(work, wish.by, period, pairs)]
        return SalesReport(by=wish.by, date_from=period.first, date_to=period.last, rows=rows, totals=totals)
    table = Table("Sales", columns.sales_columns(wish.by), rows)
    picture = picture_of("Sales", wish.by, period, rows, _worths(wish.by))
    name = f"sales-{wish.by.replace('_', '-')}-{period.first}-{period.last}"
    file = await file_of(wish.format, name, table, picture)
    return SalesReport(by=wish.by, date_from=period.first, date_to=period.last, rows=[], totals=[], file=file)


def in_order(by: str, pairs: Iterable[Pair], worth: Any) -> list[Pair]:
    """Over time as time goes; otherwise the largest first."""
    if by in TIMELY:
        return sorted(pairs, key=lambda one: (one[0].currency, one[0].key))
    return sorted(pairs, key=lambda one: (-abs(worth(one[1])), one[0].currency, one[0].key))


async def adjustments(work: Work, by: str, period: Period, *, only_back: bool = False) -> list[Pair]:
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


def _row(row: Row, both: Both, name_of: NameOf) -> SalesRow:
    count, quantity, gross, discount, service, net, tax, total = both.sold
    refunds, returned, _, _, _, back_net, back_tax, back = both.back
    return SalesRow(
        key=row.key, name=name_of(row.key), currency=row.currency, orders=count, quantity=write_milli(quantity), gross=gross,
        discount=discount, service=service, net=net, tax=tax, total=total, refunds=refunds, returned=write_milli(returned),
        refunded_net=back_net, refunded_tax=back_tax, refunded=back, left=total - back,
    )  # fmt: skip


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


def _worths(by: str) -> list[tuple[str, Any]]:
    if by == "tax":
        return [("Tax", lambda row: row.tax), ("Tax on what was refunded", lambda row: row.refunded_tax)]
    if by == "discount":
        return [("Taken off", lambda row: row.discount)]
    return [("Taken" if by == "tender" else "Sold", lambda row: row.total), ("Refunded", lambda row: row.refunded)]


# --- taxes


async def ask_taxes(asked: Sequence[Asked[AskTaxes]], work: Work) -> list[TaxesReport | Refusal]:
    return await each(asked, work, _taxes)


async def _taxes(wish: AskTaxes, work: Work) -> TaxesReport | Refusal:
    period = await period_of(work, wish.date_from, wish.date_to, wish.store_id)
    if isinstance(period, Refusal):
        return period
    sums = await reading.taxes_of(work, period)
    names = await reading.names_of(work, "tax", [key for _, _, key, _ in sums])
    shops = work.view(SHOPS).by_id
    rows = []
    for (month, store_id, key, currency), both in sorted(sums.items(), key=lambda one: (one[0][0], str(one[0][1]), one[0][2])):
        code, rate, how, base = naming.split_tax(key)
        store = shops[store_id].name if store_id in shops else str(store_id)
        (net, tax), (back_net, back_tax) = both.sold[5:7], both.back[5:7]
        rows.append(
            TaxesRow(
                month=month, store_id=store_id, store=store, currency=currency, code=code, name=names.get(key, (code, ""))[0], rate=rate,
                included=how == "included", net=net, tax=tax, refunded_net=back_net, refunded_tax=back_tax, due_net=net - back_net,
                due_tax=tax - back_tax, base=base, due_base=rules.base_of(net - back_net, base),
            )
        )
    if wish.format == "json":
        return TaxesReport(date_from=period.first, date_to=period.last, rows=rows)
    picture = picture_of("Taxes", "month", period, _by_month(rows), [("Base of the tax", lambda row: row.net), ("Tax due", lambda row: row.left)])
    file = await file_of(wish.format, f"taxes-{period.first}-{period.last}", Table("Taxes", columns.TAXES, rows), picture)
    return TaxesReport(date_from=period.first, date_to=period.last, rows=[], file=file)


def _by_month(rows: Sequence[TaxesRow]) -> list[Any]:
    sums: Sums = {}
    for row in rows:
        both = sums.setdefault(Row(row.month, row.currency), nothing())
        both.sold[5] += row.due_base if row.rate != "0" else 0
        both.sold[7] += row.due_tax
    return [_row(row, both, lambda key: key) for row, both in sorted(sums.items())]
