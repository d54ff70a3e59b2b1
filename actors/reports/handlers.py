"""Sales from every side, and the taxes of a period."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from actors.reports import columns, naming, reading, rules
from actors.reports.contract import AskSales, AskTaxes, SalesReport, SalesRow, TaxesReport, TaxesRow
from actors.reports.filing import each, file_of
from actors.reports.naming import NameOf
from actors.reports.periods import period_of
from actors.reports.pictures import picture_of
from actors.reports.reading import Both, Row, Sums, nothing
from actors.reports.sides import see, totals_of
from actors.reports.tables import Table
from actors.reports.views import SHOPS
from actors.runtime.actor import Asked
from actors.runtime.quantities import write_milli
from actors.runtime.words import Refusal
from actors.runtime.work import Work

_FIGURES = {"day": "total", "month": "total", "store": "total", "customer_group": "group"}
"""Of which figures a side is made, where it is not called like them."""


async def ask_sales(asked: Sequence[Asked[AskSales]], work: Work) -> list[SalesReport | Refusal]:
    return await each(asked, work, _sales)


async def _sales(wish: AskSales, work: Work) -> SalesReport | Refusal:
    seen = await see(work, wish, _FIGURES.get(wish.by, wish.by), _worth_of(wish.by))
    if isinstance(seen, Refusal):
        return seen
    period = seen.period
    rows = [_row(row, both, seen.name_of) for row, both in seen.shown]
    if wish.format == "json":
        totals = [_row(row, both, lambda _: "Total") for row, both in await totals_of(work, wish.by, period, seen.pairs)]
        return SalesReport(by=wish.by, date_from=period.first, date_to=period.last, rows=rows, totals=totals)
    table = Table("Sales", columns.sales_columns(wish.by), rows)
    picture = picture_of("Sales", wish.by, period, rows, _worths(wish.by))
    name = f"sales-{wish.by.replace('_', '-')}-{period.first}-{period.last}"
    file = await file_of(wish.format, name, table, picture)
    return SalesReport(by=wish.by, date_from=period.first, date_to=period.last, rows=[], totals=[], file=file)


def _row(row: Row, both: Both, name_of: NameOf) -> SalesRow:
    count, quantity, gross, discount, service, net, tax, total = both.sold
    refunds, returned, _, _, _, back_net, back_tax, back = both.back
    return SalesRow(
        key=row.key, name=name_of(row.key), currency=row.currency, orders=count, quantity=write_milli(quantity), gross=gross,
        discount=discount, service=service, net=net, tax=tax, total=total, refunds=refunds, returned=write_milli(returned),
        refunded_net=back_net, refunded_tax=back_tax, refunded=back, left=total - back,
    )  # fmt: skip


def _worth_of(by: str) -> Callable[[Both], int]:
    """By what the largest comes first."""
    place = {"discount": 3, "tax": 6}.get(by, 7)
    return lambda both: both.sold[place]


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
