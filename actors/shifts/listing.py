"""What is read: shifts, X and Z reports, cash events, corrections, and what was sold while no shift was open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor, wrong_cursor
from actors.runtime.envelopes import decoder
from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.shifts import rules, store
from actors.shifts.contract import (
    INVALID,
    WRONG_STATE,
    CashEvent,
    CashPage,
    Correction,
    CorrectionPage,
    GetShift,
    GetX,
    GetZ,
    ListCash,
    ListCorrections,
    ListShifts,
    ListUnshifted,
    ListZReports,
    Shift,
    ShiftPage,
    Unshifted,
    UnshiftedPage,
    XReport,
    ZReport,
    ZReportPage,
)
from actors.shifts.store import SQL
from actors.shifts.tally import Tally, expected_cash, figures_of, merged, read_tally

CORRECTIONS_SHOWN, CORRECTIONS_LISTED = 100, 5
"""In a Z report that is asked for alone, and in each of a list."""
REPORT_BYTES = 8_000
"""What the figures of a Z report take, roughly, beside its shift."""
Conditions = list[tuple[str, list[Any]]]


# --- one shift


async def get_shifts(asked: Sequence[Asked[GetShift]], work: Work) -> list[Shift | Refusal]:
    shifts = await store.find_shifts(work, (one.body.id for one in asked))
    return [rules.blind(shifts[one.body.id]) if one.body.id in shifts else rules.not_found(one.body.id) for one in asked]


async def x_reports(asked: Sequence[Asked[GetX]], work: Work) -> list[XReport | Refusal]:
    shifts = await store.find_shifts(work, (one.body.id for one in asked))
    tallies = await _tallies(work, shifts)
    return [
        _x_report(shifts[one.body.id], tallies[one.body.id], work.now) if one.body.id in shifts else rules.not_found(one.body.id)
        for one in asked
    ]


def _x_report(shift: Shift, tally: Tally, now: datetime) -> XReport:
    expected = rules.money(expected_cash(tally, shift.float.amount), shift)
    return XReport(shift=shift, figures=figures_of(tally, shift.float.currency), expected=expected, at=now)


async def _tallies(work: Work, shifts: dict[UUID, Shift]) -> dict[UUID, Tally]:
    figures = await store.load_figures(work, shifts)
    cash = await store.load_cash(work, shifts)
    return {id: merged(figures.get((id, False), {}), cash[id]) for id in shifts}


async def get_z(asked: Sequence[Asked[GetZ]], work: Work) -> list[ZReport | Refusal]:
    shifts = await store.find_shifts(work, (one.body.id for one in asked))
    closed = [shift for shift in shifts.values() if shift.z_number]
    reports = {report.shift.id: report for report in await _z_reports(work, closed, CORRECTIONS_SHOWN)}
    open_yet = WRONG_STATE.refuse("The shift is open: it has no Z report yet. Close it first, or read its X report.")
    return [reports.get(one.body.id) or (open_yet if one.body.id in shifts else rules.not_found(one.body.id)) for one in asked]


async def _z_reports(work: Work, shifts: Sequence[Shift], shown: int) -> list[ZReport]:
    by_id = {shift.id: shift for shift in shifts}
    figures = await store.load_figures(work, by_id)
    cash = await store.load_cash(work, by_id)
    corrections = await _newest_corrections(work, [shift.id for shift in shifts if shift.corrections], shown)
    return [_z_report(shift, figures, cash[shift.id], corrections.get(shift.id, [])) for shift in shifts]


def _z_report(shift: Shift, figures: dict[tuple[UUID, bool], Tally], cash: Tally, corrections: list[Correction]) -> ZReport:
    currency, late = shift.float.currency, figures.get((shift.id, True), {})
    return ZReport(
        shift=shift, figures=figures_of(merged(figures.get((shift.id, False), {}), cash), currency), corrected=figures_of(late, currency),
        corrected_expected=rules.money(expected_cash(late), shift), corrections=corrections,
    )  # fmt: skip


async def _newest_corrections(work: Work, shift_ids: Sequence[UUID], shown: int) -> dict[UUID, list[Correction]]:
    found: dict[UUID, list[Correction]] = {}
    rows = await work.fetch(SQL["newest_corrections"], list(shift_ids), shown) if shift_ids else []
    for row in rows:
        correction: Correction = decoder(Correction).decode(row["body"])
        found.setdefault(correction.shift_id, []).append(correction)
    return found


# --- lists of shifts

_EQUAL = ("store_id", "register_id", "business_date")


async def list_shifts(asked: Sequence[Asked[ListShifts]], work: Work) -> list[ShiftPage | Refusal]:
    return [await _list_shifts(one.body, work) for one in asked]


async def _list_shifts(wish: ListShifts, work: Work) -> ShiftPage | Refusal:
    conditions: Conditions = []
    if wish.status is not None:
        conditions.append(("closed_at = 'infinity'" if wish.status == "open" else "closed_at < 'infinity'", []))
    if wish.approval is not None:
        # Said once more as the partial index says it.
        conditions.append(("approval = 'needed'", []) if wish.approval == "needed" else ("approval = {}", [wish.approval]))
    page = await _page(wish, conditions, work)
    return page if isinstance(page, Refusal) else ShiftPage(items=[rules.blind(shift) for shift in page[0]], next_cursor=page[1])


async def list_z_reports(asked: Sequence[Asked[ListZReports]], work: Work) -> list[ZReportPage | Refusal]:
    return [await _list_z_reports(one.body, work) for one in asked]


async def _list_z_reports(wish: ListZReports, work: Work) -> ZReportPage | Refusal:
    page = await _page(wish, [("closed_at < 'infinity'", []), *_between(wish.date_from, wish.date_until)], work)
    if isinstance(page, Refusal):
        return page
    return ZReportPage(items=await _z_reports(work, page[0], CORRECTIONS_LISTED), next_cursor=page[1])


async def _page(wish: ListShifts | ListZReports, more: Conditions, work: Work) -> tuple[list[Shift], str | None] | Refusal:
    asked: Conditions = [(f"{name} = {{}}", [getattr(wish, name)]) for name in _EQUAL if getattr(wish, name) is not None]
    if wish.cursor is not None:
        try:
            asked.append(("(opened_at, id) < ({}, {})", list(read_cursor(wish.cursor, tuple[datetime, UUID]))))
        except ValueError:
            return wrong_cursor(INVALID)
    sql, values = _filled(SQL["list_shifts"], [*asked, *more])
    rows = await work.read(sql, wish.limit + 1, *values)
    shown: list[Shift] = [decoder(Shift).decode(row["body"]) for row in rows[: _fitting(rows, wish.limit, work.page_bytes_max)]]
    return shown, write_cursor(shown[-1].opened_at.isoformat(), str(shown[-1].id)) if len(rows) > len(shown) else None


def _fitting(rows: Sequence[Any], limit: int, bytes_max: int) -> int:
    """How many of the rows a message can take, at least one, be they told with all their figures."""
    left = bytes_max
    for nr, row in enumerate(rows[:limit]):
        left -= len(row["body"]) + REPORT_BYTES
        if left < 0 and nr:
            return nr
    return limit


def _between(first: date | None, last: date | None) -> Conditions:
    bounds: Conditions = []
    if first is not None:
        bounds.append(("business_date >= {}", [first]))
    if last is not None:
        bounds.append(("business_date <= {}", [last]))
    return bounds


def _filled(sql: str, conditions: Conditions) -> tuple[str, list[Any]]:
    """Only those that are asked for: PostgreSQL plans each combination by itself. $1 is the limit."""
    texts: list[str] = []
    values: list[Any] = []
    for text, given in conditions:
        texts.append("AND " + text.format(*(f"${len(values) + nr}" for nr in range(2, len(given) + 2))))
        values += given
    return sql.replace("{conditions}", "\n".join(texts)), values


# --- what belongs to one shift


async def list_cash(asked: Sequence[Asked[ListCash]], work: Work) -> list[CashPage | Refusal]:
    return [await _list_cash(one.body, work) for one in asked]


async def _list_cash(wish: ListCash, work: Work) -> CashPage | Refusal:
    try:
        after = read_cursor(wish.cursor, tuple[datetime, UUID]) if wish.cursor else (None, None)
    except ValueError:
        return wrong_cursor(INVALID)
    if wish.id not in await store.registers_of(work, [wish.id]):
        return rules.not_found(wish.id)
    rows = await work.read(SQL["list_cash"], wish.id, *after, wish.limit + 1)
    shown: list[CashEvent] = [decoder(CashEvent).decode(row["body"]) for row in rows[: wish.limit]]
    cursor = write_cursor(shown[-1].at.isoformat(), str(shown[-1].id)) if len(rows) > len(shown) else None
    return CashPage(items=shown, next_cursor=cursor)


async def list_corrections(asked: Sequence[Asked[ListCorrections]], work: Work) -> list[CorrectionPage | Refusal]:
    return [await _list_corrections(one.body, work) for one in asked]


async def _list_corrections(wish: ListCorrections, work: Work) -> CorrectionPage | Refusal:
    try:
        [after] = read_cursor(wish.cursor, tuple[int]) if wish.cursor else (0,)
    except ValueError:
        return wrong_cursor(INVALID)
    if wish.id not in await store.registers_of(work, [wish.id]):
        return rules.not_found(wish.id)
    rows = await work.read(SQL["list_corrections"], wish.id, after, wish.limit + 1)
    shown = rows[: wish.limit]
    cursor = write_cursor(shown[-1]["seq"]) if len(rows) > len(shown) else None
    return CorrectionPage(items=[decoder(Correction).decode(row["body"]) for row in shown], next_cursor=cursor)


# --- what was sold while no shift was open


async def list_unshifted(asked: Sequence[Asked[ListUnshifted]], work: Work) -> list[UnshiftedPage | Refusal]:
    return [await _list_unshifted(one.body, work) for one in asked]


async def _list_unshifted(wish: ListUnshifted, work: Work) -> UnshiftedPage | Refusal:
    conditions: Conditions = [(f"{name} = {{}}", [getattr(wish, name)]) for name in _EQUAL[:2] if getattr(wish, name) is not None]
    if wish.cursor is not None:
        try:
            conditions.append(("(business_date, register_id) < ({}, {})", list(read_cursor(wish.cursor, tuple[date, UUID]))))
        except ValueError:
            return wrong_cursor(INVALID)
    sql, values = _filled(SQL["list_unshifted"], [*conditions, *_between(wish.date_from, wish.date_until)])
    rows = await work.read(sql, wish.limit + 1, *values)
    shown = rows[: wish.limit]
    cursor = write_cursor(shown[-1]["business_date"].isoformat(), str(shown[-1]["register_id"])) if len(rows) > len(shown) else None
    return UnshiftedPage(items=[_unshifted(row) for row in shown], next_cursor=cursor)


def _unshifted(row: Any) -> Unshifted:
    return Unshifted(
        store_id=row["store_id"], register_id=row["register_id"], business_date=row["business_date"],
        figures=figures_of(read_tally(row["body"]), row["currency"]),
    )  # fmt: skip
