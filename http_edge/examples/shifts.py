"""The drawer of the shop's register: opened in the morning with Rp 500.000, short of Rp 2.000 in the evening."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from msgspec.structs import replace

from actors.runtime.cursors import write_cursor
from actors.shifts import contract as shifts
from http_edge.examples.story import AT, BY, LATER, ORDER, REGISTER, STORE, an_id, rp, signed

SHIFT, CASH, CASHIER = map(an_id, range(61, 64))
_EVENING = datetime(2026, 1, 31, 14, 0, tzinfo=UTC)
_NIGHT = datetime(2026, 1, 31, 17, 20, tzinfo=UTC)

_none = shifts.Sum(count=0, amount=signed(0))
_figures = shifts.Figures(
    currency="IDR", sales=1, gross=signed(700000), discount=signed(0), service=signed(0), net=signed(630631), tax=signed(69369),
    total=signed(700000), cash_rounding=signed(0), due=signed(700000), change=signed(300000), tips=signed(0),
    tenders=[shifts.TenderSum(type="cash", count=1, amount=signed(1000000), tips=signed(0))], refunded=[], returned=[], discounts=[],
    taxes=[shifts.TaxSum(code="ppn", name="PPN", rate="11", amount=signed(69369), refunded=signed(0))], voids=[],
    paid_in=_none, paid_out=shifts.Sum(count=1, amount=signed(5000000)), drops=_none, no_sales=0, debts_paid=_none,
)
_zero = {name: signed(0) for name in ("gross", "discount", "service", "net", "tax", "total", "cash_rounding", "due", "change", "tips")}
_nothing = replace(_figures, sales=0, tenders=[], taxes=[], paid_out=_none, **_zero)
_late = replace(
    _nothing, sales=1, gross=signed(350000), net=signed(315315), tax=signed(34685), total=signed(350000), due=signed(350000),
    tenders=[shifts.TenderSum(type="cash", count=1, amount=signed(350000), tips=signed(0))],
    taxes=[shifts.TaxSum(code="ppn", name="PPN", rate="11", amount=signed(34685), refunded=signed(0))],
)

_open = shifts.Shift(
    id=SHIFT, version=1, status="open", store_id=STORE, register_id=REGISTER, register="K1", business_date=date(2026, 1, 31), cashier=BY,
    float=rp(50000000), opened_at=AT, opened_by=BY, updated_at=AT,
)
_handed = replace(
    _open, version=2, cashier=str(CASHIER), updated_at=LATER,
    hand_overs=[shifts.HandedOver(at=LATER, to=str(CASHIER), by=BY, before=BY, note="Lunch")],
)
_notes = [shifts.Denomination(value=10000000, count=4), shifts.Denomination(value=100000, count=55)]
_closed = replace(
    _open, version=2, status="closed", updated_at=_EVENING, closed_at=_EVENING, closed_by=BY, z_number=1, counted=signed(45500000),
    expected=signed(45700000), difference=signed(-200000), denominations=_notes, approval="needed",
)
_approved = replace(
    _closed, version=3, approval="approved", updated_at=_EVENING, approved_at=_EVENING, approved_by=str(CASHIER),
    approval_reason="A parking fee without a receipt",
)
_event = shifts.CashEvent(
    id=CASH, shift_id=SHIFT, store_id=STORE, register_id=REGISTER, kind="paid_out", at=LATER, by=BY, amount=rp(5000000), reason="Ice, 10 bags"
)
_correction = shifts.Correction(
    shift_id=SHIFT, order_id=ORDER, receipt="K1-000002", kind="sale", at=LATER, arrived_at=_NIGHT, amount=signed(350000), cash=signed(350000)
)
_z = shifts.ZReport(shift=_closed, figures=_figures, corrected=_nothing, corrected_expected=signed(0), corrections=[])
_corrected = shifts.ZReport(
    shift=replace(_closed, version=3, updated_at=_NIGHT, corrections=1), figures=_figures, corrected=_late, corrected_expected=signed(350000),
    corrections=[_correction],
)

TOLD: dict[str, Any] = {
    "shift.handed_over": _handed,
    "shift.closed": _z,
    "shift.approved": _approved,
}
"""What an event carries, where the name of the event makes a difference."""

VALUES: tuple[Any, ...] = (
    shifts.OpenShift(register_id=REGISTER, float=rp(50000000)), _open, shifts.ShiftPage(items=[_open]),
    shifts.RecordCash(id=SHIFT, kind="paid_out", amount=rp(5000000), reason="Ice, 10 bags"), _event, shifts.CashPage(items=[_event]),
    shifts.HandOver(id=SHIFT, to=CASHIER, note="Lunch"),
    shifts.CloseShift(id=SHIFT, counted=shifts.Counted(denominations=_notes)), _corrected, shifts.ZReportPage(items=[_corrected]),
    shifts.ApproveShift(id=SHIFT, reason="A parking fee without a receipt"),
    shifts.XReport(shift=_open, figures=_figures, expected=signed(45700000), at=LATER),
    _correction, shifts.CorrectionPage(items=[_correction]),
    shifts.UnshiftedPage(
        items=[shifts.Unshifted(store_id=STORE, register_id=REGISTER, business_date=date(2026, 1, 30), figures=_late)]
    ),
    shifts.ShiftCorrected(shift=_corrected.shift, added=1, corrected=_late),
    shifts.MendShifts(cursor=write_cursor(str(SHIFT), 40_000, 38_000)), shifts.ShiftsCheck(findings=[], shifts=1, events=2, behind=0),
)
