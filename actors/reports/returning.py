"""What went back, and what was called off."""

from __future__ import annotations

from collections.abc import Sequence

from actors.reports import columns, naming
from actors.reports.contract import AskRefunds, RefundsReport, RefundsRow, VoidsRow
from actors.reports.filing import each, file_of
from actors.reports.handlers import adjustments, in_order, totals_of
from actors.reports.naming import NameOf
from actors.reports.periods import Period, period_of
from actors.reports.pictures import TIMELY, picture_of
from actors.reports.reading import Both, Row, sums_of
from actors.reports.tables import Table
from actors.runtime.actor import Asked
from actors.runtime.quantities import write_milli
from actors.runtime.words import Refusal
from actors.runtime.work import Work

_FIGURES = {"day": "total", "month": "total", "store": "total", "kind": "refund"}


async def ask_refunds(asked: Sequence[Asked[AskRefunds]], work: Work) -> list[RefundsReport | Refusal]:
    return await each(asked, work, _refunds)


async def _refunds(wish: AskRefunds, work: Work) -> RefundsReport | Refusal:
    people = await naming.people(work) if wish.by == "cashier" else {}
    period = await period_of(work, wish.date_from, wish.date_to, wish.store_id)
    if isinstance(period, Refusal):
        return period
    grain = wish.by if wish.by in ("day", "month", "store") else "key"
    sums = await sums_of(work, grain, _FIGURES.get(wish.by, wish.by), period, only_back=True)
    pairs = [*sums.items(), *await adjustments(work, wish.by, period, only_back=True)]
    ordered = in_order(wish.by, pairs, lambda both: both.back[7])
    shown = ordered if wish.by in TIMELY else ordered[: wish.limit]
    name_of = await naming.namer(work, wish.by, [row.key for row, _ in shown], people)
    rows = [_row(row, both, name_of) for row, both in shown]
    if wish.format == "json":
        totals = await totals_of(work, wish.by, period, pairs, only_back=True)
        return RefundsReport(
            by=wish.by, date_from=period.first, date_to=period.last, rows=rows, totals=[_row(row, both, lambda _: "Total") for row, both in totals],
            voids=await _voids(work, period),
        )  # fmt: skip
    table = Table("Refunds", columns.refunds_columns(wish.by), rows)
    picture = picture_of("Refunds", wish.by, period, rows, [("Given back", lambda row: row.total)])
    file = await file_of(wish.format, f"refunds-{wish.by}-{period.first}-{period.last}", table, picture)
    return RefundsReport(by=wish.by, date_from=period.first, date_to=period.last, rows=[], totals=[], voids=[], file=file)


def _row(row: Row, both: Both, name_of: NameOf) -> RefundsRow:
    refunds, returned, _, _, _, net, tax, total = both.back
    return RefundsRow(
        key=row.key, name=name_of(row.key), currency=row.currency, refunds=refunds, returned=write_milli(returned), net=net, tax=tax, total=total
    )


async def _voids(work: Work, period: Period) -> list[VoidsRow]:
    sums = await sums_of(work, "key", "void", period, only_back=True)
    ordered = in_order("void", sums.items(), lambda both: both.back[7])
    return [VoidsRow(key=row.key, currency=row.currency, orders=both.back[0], total=both.back[7]) for row, both in ordered]
