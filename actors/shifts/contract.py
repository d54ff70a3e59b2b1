"""What `shifts` answers and tells."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from actors.orders.contract import TenderType
from actors.runtime.words import (
    Amount,
    Command,
    Cursor,
    Event,
    Input,
    Limit,
    Money,
    Note,
    Reason,
    SignedMoney,
    Value,
    Why,
)

# --- vocabulary ------------------------------------------------------------------------------------------

Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset. When it happened, if not now; never ahead of Kasir's clock.")]
CashKind = Annotated[
    Literal["paid_in", "paid_out", "drop", "no_sale"],
    Meta(description="drop: taken to the safe. no_sale: the drawer was opened for nothing."),
]
Status = Literal["open", "closed"]
Approval = Annotated[
    Literal["none", "needed", "approved"],
    Meta(description="none: what was counted is within the tolerance. needed: it is not, and nobody has approved it yet."),
]

# --- what is asked for -----------------------------------------------------------------------------------


class Denomination(Input):
    """So many notes or coins of one `value`, in minor units: 10 notes of Rp 50.000 are `{"value": 5000000, "count": 10}`."""

    value: Annotated[int, Meta(ge=1, le=10**10)]
    count: Annotated[int, Meta(ge=0, le=1_000_000)]


class Counted(Input):
    """What is in the drawer: by `denominations`, or as a `total`."""

    denominations: Annotated[list[Denomination], Meta(max_length=50)] = []
    total: Amount | None = None


class OpenShift(Input):
    """The drawer of a register is taken over with `float` in it. A register has one open shift.

    `cashier`: whose shift it is, if not that of who asks: an active person who may work in this store.
    """

    register_id: UUID
    float: Money
    id: UUID | None = None
    cashier: UUID | None = None
    note: Note = ""
    at: Moment | None = None


class RecordCash(Input):
    """Cash that goes in or out beside sales. All but `no_sale` have an `amount`; what is paid in or out needs a `reason`.

    Who would pay out more in this shift than their role's `paid_out_max` needs the approval "paid_out".
    """

    id: UUID
    kind: CashKind
    amount: Money | None = None
    reason: Note = ""
    at: Moment | None = None


class HandOver(Input):
    """Somebody else goes on with the drawer: `to`, an active person who may work in this store.

    `counted`: what both have counted, blind; the Z report shows the difference.
    """

    id: UUID
    to: UUID
    counted: Counted | None = None
    note: Note = ""
    at: Moment | None = None


class CloseShift(Input):
    """Ends the shift with a blind count. The answer is its Z report."""

    id: UUID
    counted: Counted
    note: Note = ""
    at: Moment | None = None


class ApproveShift(Input):
    """Somebody with the right to override stands up for the difference."""

    id: UUID
    reason: Why


class GetShift(Input):
    id: UUID


class GetX(Input):
    id: UUID


class GetZ(Input):
    id: UUID


class ListShifts(Input):
    """Newest first."""

    store_id: UUID | None = None
    register_id: UUID | None = None
    status: Status | None = None
    approval: Approval | None = None
    business_date: date | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class ListZReports(Input):
    """Newest first. `date_from` and `date_until` are business dates, both included."""

    store_id: UUID | None = None
    register_id: UUID | None = None
    business_date: date | None = None
    date_from: date | None = None
    date_until: date | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class ListCash(Input):
    """What went in and out of one shift's drawer beside sales, oldest first."""

    id: UUID
    limit: Limit = 50
    cursor: Cursor | None = None


class ListCorrections(Input):
    """What came after the Z report of this shift, as it came."""

    id: UUID
    limit: Limit = 50
    cursor: Cursor | None = None


class ListUnshifted(Input):
    """What was sold while no shift was open, by register and business date; newest first."""

    store_id: UUID | None = None
    register_id: UUID | None = None
    date_from: date | None = None
    date_until: date | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class CheckShifts(Input):
    """`cursor`: where the page before ended; the check goes through the whole logs of orders and customers."""

    cursor: Cursor | None = None


class MendShifts(Input):
    """As the check; what differs from the logs is counted anew from them. What was counted in a drawer, and expected then, stays."""

    cursor: Cursor | None = None


# --- what is told -----------------------------------------------------------------------------------------


class Sum(Value):
    """So many, and what they come to."""

    count: int
    amount: SignedMoney


class KindSum(Value):
    """`kind` of a discount, a refund or a void."""

    kind: str
    count: int
    amount: SignedMoney


class TenderSum(Value):
    """What came in, or went back, by this kind of tender. `tips` are on top of `amount`."""

    type: TenderType
    count: int
    amount: SignedMoney
    tips: SignedMoney


class TaxSum(Value):
    """`amount`: in the sales. `refunded`: of what was given back."""

    code: str
    name: str
    rate: str
    amount: SignedMoney
    refunded: SignedMoney


class Figures(Value):
    """What was done at a register in some time.

    `sales` are orders completed; their `total` + `cash_rounding` is `due`. `tenders` are what came in, part payments of open orders
    included; `change` is what cash gave out again. `refunded`: what went back, by kind of tender. `returned`: by kind of refund;
    "unfinished" is what had been paid on orders that were called off before they were paid in full. `voids`: orders that were called
    off, by the state they were in. `debts_paid`: what customers paid off of their accounts, in cash.
    """

    currency: str
    sales: int
    gross: SignedMoney
    discount: SignedMoney
    service: SignedMoney
    net: SignedMoney
    tax: SignedMoney
    total: SignedMoney
    cash_rounding: SignedMoney
    due: SignedMoney
    change: SignedMoney
    tips: SignedMoney
    tenders: list[TenderSum]
    refunded: list[TenderSum]
    returned: list[KindSum]
    discounts: list[KindSum]
    taxes: list[TaxSum]
    voids: list[KindSum]
    paid_in: Sum
    paid_out: Sum
    drops: Sum
    no_sales: int
    debts_paid: Sum | None = None


class HandedOver(Value, omit_defaults=True):
    """`counted`: when there was a count. `expected` and `difference` are shown with it once the shift is closed, and in its X report."""

    at: datetime
    to: str
    by: str
    before: str
    counted: SignedMoney | None = None
    expected: SignedMoney | None = None
    difference: SignedMoney | None = None
    denominations: list[Denomination] = []
    note: str = ""


class Shift(Value, omit_defaults=True):
    """`z_number` counts the register's closed shifts without gaps. What is expected in the drawer is shown once it has been counted.

    `difference`: counted less expected; below zero something is missing. `corrections`: how many sales, payments and refunds that
    belong to it came after it was closed.
    """

    id: UUID
    version: int
    status: Status
    store_id: UUID
    register_id: UUID
    register: str
    business_date: date
    cashier: str
    float: Money
    opened_at: datetime
    opened_by: str
    updated_at: datetime
    closed_at: datetime | None = None
    closed_by: str = ""
    z_number: int | None = None
    counted: SignedMoney | None = None
    expected: SignedMoney | None = None
    difference: SignedMoney | None = None
    denominations: list[Denomination] = []
    approval: Approval = "none"
    approved_at: datetime | None = None
    approved_by: str = ""
    approval_reason: str = ""
    hand_overs: list[HandedOver] = []
    note: str = ""
    corrections: int = 0


class ShiftPage(Value):
    items: list[Shift]
    next_cursor: str | None = None


class CashEvent(Value, omit_defaults=True):
    id: UUID
    shift_id: UUID
    store_id: UUID
    register_id: UUID
    kind: CashKind
    at: datetime
    by: str
    amount: Money | None = None
    reason: str = ""
    approved_by: str = ""


class CashPage(Value):
    items: list[CashEvent]
    next_cursor: str | None = None


class Correction(Value, omit_defaults=True):
    """Something that belongs to a closed shift, but came after its Z report.

    `kind`: what it is; `at`: when it happened; `arrived_at`: when Kasir heard of it. `amount`: of the sale, the payment or the refund
    (below zero). `cash`: by how much there should have been more in the drawer. A debt has a `customer_id`, all else an `order_id`.
    """

    shift_id: UUID
    receipt: str
    kind: Literal["sale", "payment", "refund", "void", "debt"]
    at: datetime
    arrived_at: datetime
    amount: SignedMoney
    cash: SignedMoney
    order_id: UUID | None = None
    customer_id: UUID | None = None


class CorrectionPage(Value):
    items: list[Correction]
    next_cursor: str | None = None


class XReport(Value):
    """The figures of a shift at this moment, and what should be in the drawer now."""

    shift: Shift
    figures: Figures
    expected: SignedMoney
    at: datetime


class ZReport(Value):
    """The figures of a shift as they were when it was closed: they never change. `corrections` came after that: the newest
    (`GET /v1/shifts/{id}/corrections` has all), and `corrected` is what all of them come to.
    `expected` + `corrected_expected` should have been in the drawer, had everything been known.
    """

    shift: Shift
    figures: Figures
    corrected: Figures
    corrected_expected: SignedMoney
    corrections: list[Correction]


class ZReportPage(Value):
    items: list[ZReport]
    next_cursor: str | None = None


class Unshifted(Value):
    """What was done at a register on a business date while no shift was open."""

    store_id: UUID
    register_id: UUID
    business_date: date
    figures: Figures


class UnshiftedPage(Value):
    items: list[Unshifted]
    next_cursor: str | None = None


class ShiftCorrected(Value):
    """`added`: how many corrections came at this moment; `corrected`: what all of the shift's come to by now."""

    shift: Shift
    added: int
    corrected: Figures


class ShiftFinding(Value):
    """One thing that does not agree. `what`: figures of a "shift", what came "late" to it, or was sold "unshifted" (`id`: the register
    and the business date); what was "expected" in a drawer; a register's "z_number"s.
    """

    what: Literal["shift", "late", "unshifted", "expected", "z_number"]
    id: str
    detail: str


class ShiftsCheck(Value):
    """`events`: how many of the orders' and customers' events were looked at so far. `behind`: how many shifts has yet to hear of.

    With a `next_cursor` the check is not over: go on with it until there is none.
    """

    findings: list[ShiftFinding]
    shifts: int
    events: int
    behind: int
    next_cursor: str | None = None


# --- refusals ---------------------------------------------------------------------------------------------

NOT_FOUND = Reason("shifts.not_found", "not_found", "No such shift", "Check the id; `GET /v1/shifts` lists them.")
UNKNOWN_REGISTER = Reason("shifts.unknown_register", "invalid", "No such register", "Use the id of a register; `GET /v1/registers` lists them.")
UNKNOWN_PERSON = Reason(
    "shifts.unknown_person", "invalid", "Nobody who works there", "Name an active person who may work in this store; `GET /v1/people` lists them."
)
REGISTER_CLOSED = Reason("shifts.register_closed", "conflict", "The register is not active", "Activate the register, or use another one.")
ALREADY_OPEN = Reason(
    "shifts.already_open", "conflict", "The register has an open shift",
    "Close it first; `GET /v1/shifts?register_id=...&status=open` finds it. Or hand it over.",
)
ID_TAKEN = Reason("shifts.id_taken", "conflict", "Another shift has this id", "Make a new id.")
WRONG_STATE = Reason("shifts.wrong_state", "conflict", "Not possible in the shift's state", "Read the shift: a closed one stays as it is.")
WRONG_TIME = Reason(
    "shifts.wrong_time", "conflict", "Not a possible moment",
    "`detail` names the moment after which it can be: a shift begins and ends after all that is in the books before.",
)
WRONG_CURRENCY = Reason("shifts.wrong_currency", "invalid", "Not the store's currency", "Give all amounts in the store's currency.")
INVALID = Reason("shifts.invalid", "invalid", "Not a possible request", "Correct the fields that `errors` names.")
NEEDS_APPROVAL = Reason(
    "shifts.needs_approval", "forbidden", "Somebody must approve it",
    "`errors` names the field, `detail` the approval. Get one with `POST /v1/approvals`, and send the request again with it.",
)
BEHIND = Reason(
    "shifts.behind", "busy", "The last sales are still being counted",
    "Send it again, with the same Idempotency-Key, after `Retry-After` seconds.",
)

# --- commands and events ------------------------------------------------------------------------------------

OPEN_SHIFT = Command(
    "shifts.open", OpenShift, Shift, "Open a register's drawer with a float", keyed=True,
    reasons=(UNKNOWN_REGISTER, REGISTER_CLOSED, ALREADY_OPEN, UNKNOWN_PERSON, WRONG_CURRENCY, WRONG_TIME, ID_TAKEN, INVALID),
)
RECORD_CASH = Command(
    "shifts.record_cash", RecordCash, CashEvent, "Pay in, pay out, drop to the safe, or open the drawer for nothing", keyed=True,
    reasons=(NOT_FOUND, WRONG_STATE, WRONG_CURRENCY, WRONG_TIME, INVALID, NEEDS_APPROVAL),
)
HAND_OVER = Command(
    "shifts.hand_over", HandOver, Shift, "Hand the drawer over to another cashier", keyed=True,
    reasons=(NOT_FOUND, WRONG_STATE, WRONG_TIME, UNKNOWN_PERSON, INVALID, BEHIND),
)
CLOSE_SHIFT = Command(
    "shifts.close", CloseShift, ZReport, "Count the drawer blind, and close it: the Z report", keyed=True,
    reasons=(NOT_FOUND, WRONG_STATE, WRONG_TIME, NEEDS_APPROVAL, INVALID, BEHIND),
)
APPROVE_SHIFT = Command(
    "shifts.approve", ApproveShift, Shift, "Approve a difference beyond the tolerance", reasons=(NOT_FOUND, WRONG_STATE, NEEDS_APPROVAL)
)
GET_SHIFT = Command("shifts.get", GetShift, Shift, "Get one shift", reasons=(NOT_FOUND,))
LIST_SHIFTS = Command("shifts.list", ListShifts, ShiftPage, "List shifts, newest first", reasons=(INVALID,))
GET_X = Command("shifts.x", GetX, XReport, "The X report: a shift's figures at this moment", reasons=(NOT_FOUND,))
GET_Z = Command("shifts.z", GetZ, ZReport, "The Z report of a closed shift", reasons=(NOT_FOUND, WRONG_STATE))
LIST_Z_REPORTS = Command("shifts.z_reports", ListZReports, ZReportPage, "List Z reports, newest first", reasons=(INVALID,))
LIST_CASH = Command("shifts.list_cash", ListCash, CashPage, "List a shift's cash events, oldest first", reasons=(NOT_FOUND, INVALID))
LIST_CORRECTIONS = Command(
    "shifts.list_corrections", ListCorrections, CorrectionPage, "List what came after a Z report", reasons=(NOT_FOUND, INVALID)
)
LIST_UNSHIFTED = Command("shifts.list_unshifted", ListUnshifted, UnshiftedPage, "List what was sold while no shift was open", reasons=(INVALID,))
CHECK_SHIFTS = Command(
    "shifts.check", CheckShifts, ShiftsCheck, "Compare all drawers' figures with the logs of orders and customers", reasons=(INVALID,), asks=True
)
MEND_SHIFTS = Command(
    "shifts.mend", MendShifts, ShiftsCheck, "Count all drawers' figures anew from the logs of orders and customers, while selling goes on",
    reasons=(INVALID,),
)

SHIFT_OPENED = Event("shift.opened", Shift, "A register's drawer was opened with a float")
SHIFT_CASH = Event("shift.cash", CashEvent, "Cash went in or out of a drawer beside sales, or it was opened for nothing")
SHIFT_HANDED_OVER = Event("shift.handed_over", Shift, "Somebody else goes on with a drawer")
SHIFT_CLOSED = Event("shift.closed", ZReport, "A drawer was counted and closed")
SHIFT_APPROVED = Event("shift.approved", Shift, "A difference beyond the tolerance was approved")
SHIFT_CORRECTED = Event("shift.corrected", ShiftCorrected, "Something came that belongs to a closed shift")
SHIFT_EVENTS = (SHIFT_OPENED, SHIFT_CASH, SHIFT_HANDED_OVER, SHIFT_APPROVED, SHIFT_CLOSED, SHIFT_CORRECTED)
