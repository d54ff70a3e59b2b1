"""What went back, and what was called off."""

from __future__ import annotations

from collections.abc import Sequence

from actors.reports import columns
from actors.reports.contract import AskRefunds, RefundsReport, RefundsRow, VoidsRow
from actors.reports.filing import each, file_of
from actors.reports.naming import NameOf
from actors.reports.periods import Period
from actors.reports.pictures import picture_of
from actors.reports.reading import Both, Row, sums_of
from actors.reports.sides import in_order, see, totals_of
from actors.reports.tables import Table
from actors.runtime.actor import Asked
from actors.runtime.quantities import write_milli
from actors.runtime.words import Refusal
from actors.runtime.work import Work

_FIGURES = {"day": "total", "month": "total", "store": "total", "kind": "refund"}


async def ask_refunds(asked: Sequence[Asked[AskRefunds]], work: Work) -> list[RefundsReport | Refusal]:
    return await each(asked, work, _refunds)


async def _refunds(wish: AskRefunds, work: Work) -> RefundsReport | Refusal:
    seen = await see(work, wish, _FIGURES.get(wish.by, wish.by), _worth_of, only_back=True)
    if isinstance(seen, Refusal):
        return seen
    period = seen.period
    rows = [_row(row, both, seen.name_of) for row, both in seen.shown]
    if wish.format == "json":
        totals = await totals_of(work, wish.by, period, seen.pairs, only_back=True)
        return RefundsReport(
            by=wish.by, date_from=period.first, date_to=period.last, rows=rows, totals=[_row(row, both, lambda _: "Total") for row, both in totals],
            voids=await _voids(work, period),
        )  # fmt: skip
    table = Table("Refunds", columns.refunds_columns(wish.by), rows)
    picture = picture_of("Refunds", wish.by, period, rows, [("Given back", lambda row: row.total)])
    file = await file_of(wish.format, f"refunds-{wish.by}-{period.first}-{period.last}", table, picture)
    return RefundsReport(by=wish.by, date_from=period.first, date_to=period.last, rows=[], totals=[], voids=[], file=file)


def _worth_of(both: Both) -> int:
    return both.back[7]


def _row(row: Row, both: Both, name_of: NameOf) -> RefundsRow:
    refunds, returned, _, _, _, net, tax, total = both.back
    return RefundsRow(
        key=row.key, name=name_of(row.key), currency=row.currency, refunds=refunds, returned=write_milli(returned), net=net, tax=tax, total=total
    )


async def _voids(work: Work, period: Period) -> list[VoidsRow]:
    sums = await sums_of(work, "key", "void", period, only_back=True)
    ordered = in_order("void", sums.items(), _worth_of)
    return [VoidsRow(key=row.key, currency=row.currency, orders=both.back[0], total=both.back[7]) for row, both in ordered]
