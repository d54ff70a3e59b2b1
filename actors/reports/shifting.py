"""The drawers of a period, as their Z reports say."""

from __future__ import annotations

from collections.abc import Sequence

from actors.reports import columns, naming
from actors.reports.contract import AskShifts, ShiftsReport, ShiftsRow
from actors.reports.drawing import in_major
from actors.reports.filing import each, file_of
from actors.reports.periods import Period, period_of
from actors.reports.pictures import list_picture
from actors.reports.tables import Table
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.shifts.contract import LIST_Z_REPORTS, ListZReports, ZReport

PAGE = 100


async def ask_shifts(asked: Sequence[Asked[AskShifts]], work: Work) -> list[ShiftsReport | Refusal]:
    return await each(asked, work, _shifts)


async def _shifts(wish: AskShifts, work: Work) -> ShiftsReport | Refusal:
    period = await period_of(work, wish.date_from, wish.date_to, wish.store_id)
    if isinstance(period, Refusal):
        return period
    told = await _z_reports(work, period, wish)
    if isinstance(told, Refusal):
        return told
    people = await naming.people(work)
    stores = {shop.id: shop.name for shop in period.shops}
    rows = [row for row in (_row(one, stores.get(one.shift.store_id, ""), people.get(one.shift.cashier, one.shift.cashier)) for one in told) if row]
    if wish.format == "json":
        return ShiftsReport(date_from=period.first, date_to=period.last, rows=rows)
    wrong = sorted((row for row in rows if row.difference), key=lambda row: -abs(row.difference))
    named = [_Named(f"{row.register} Z{row.z_number}, {row.cashier}", row.store, row.currency, row.difference) for row in wrong]
    below = f"{period.where()}, {period.words()}: counted less expected"
    picture = list_picture("Cash differences", below, named, ", ".join(sorted({row.currency for row in rows})), _difference)
    file = await file_of(wish.format, f"shifts-{period.first}-{period.last}", Table("Shifts", columns.SHIFTS, rows), picture)
    return ShiftsReport(date_from=period.first, date_to=period.last, rows=[], file=file)


class _Named:
    """A drawer in the picture."""

    def __init__(self, name: str, store: str, currency: str, difference: int) -> None:
        self.name, self.store, self.currency, self.difference = name, store, currency, difference


def _difference(one: _Named) -> float:
    return in_major(one.difference, one.currency)


async def _z_reports(work: Work, period: Period, wish: AskShifts) -> list[ZReport] | Refusal:
    found: list[ZReport] = []
    cursor: str | None = ""
    while cursor is not None and len(found) < wish.limit:
        limit = min(PAGE, wish.limit - len(found))
        asked = ListZReports(store_id=wish.store_id, date_from=period.first, date_until=period.last, limit=limit, cursor=cursor or None)
        page = await work.ask(LIST_Z_REPORTS, asked)
        if isinstance(page, Refusal):
            return page
        found += page.items
        cursor = page.next_cursor
    return found


def _row(told: ZReport, store: str, cashier: str) -> ShiftsRow | None:
    """None for what is not a Z report at all: a shift that has not been counted."""
    shift, figures = told.shift, told.figures
    if shift.closed_at is None or shift.z_number is None or shift.counted is None or shift.expected is None or shift.difference is None:
        return None
    return ShiftsRow(
        shift_id=shift.id, store_id=shift.store_id, store=store, register=shift.register, z_number=shift.z_number,
        business_date=shift.business_date, cashier=cashier, opened_at=shift.opened_at, closed_at=shift.closed_at, currency=figures.currency,
        orders=figures.sales, total=figures.total.amount, refunded=sum(one.amount.amount for one in figures.refunded),
        expected=shift.expected.amount, counted=shift.counted.amount, difference=shift.difference.amount, approval=shift.approval,
        corrections=shift.corrections,
    )  # fmt: skip
