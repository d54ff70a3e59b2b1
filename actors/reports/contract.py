"""What `reports` answers.

Days are business dates of the store: from its cut-off (`day_starts_at`) to the next, on its own clock. A sale belongs to the day on
which it was sold, also when an offline register hands it in later; what goes back belongs to the day on which it went back. Amounts
are integers in minor units of the row's currency; stores with different currencies give rows of their own.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from actors.runtime.words import Command, Cursor, Input, Reason, Value

DAYS_MAX = 3_660
ROWS_MAX = 2_000

# --- vocabulary ------------------------------------------------------------------------------------------

Format = Annotated[
    Literal["json", "csv", "xlsx", "png", "svg"],
    Meta(description="csv and xlsx have the rows with headings, for spreadsheets; png and svg are a picture of them, to look at."),
]
From = Annotated[date | None, Meta(description="First business date; today when missing, or the same as `date_to`.")]
To = Annotated[date | None, Meta(description="Last business date, included; today when missing.")]
Rows = Annotated[int, Meta(ge=1, le=ROWS_MAX, description="How many rows at most: those with the largest amounts.")]
SalesBy = Literal[
    "hour", "day", "month", "store", "register", "cashier", "product", "category", "customer_group", "tender", "tax", "discount"
]
RefundsBy = Literal["kind", "reason", "day", "month", "store", "register", "cashier", "product", "category", "tender"]
ProfitBy = Literal["day", "month", "store", "product"]
Milli = Annotated[str, Meta(description="A quantity, with up to three decimals.")]

# --- what is asked for --------------------------------------------------------------------------------------


class Wish(Input):
    """What every report can be asked for."""

    format: Format = "json"


class DaysWish(Wish):
    date_from: From = None
    date_to: To = None
    store_id: UUID | None = None


class AskSales(DaysWish):
    """Sales of these days, all stores together unless one is named."""

    by: SalesBy = "day"
    limit: Rows = 500


class AskRefunds(DaysWish):
    """What went back on these days, and orders that were called off before they were paid (`voids`)."""

    by: RefundsBy = "kind"
    limit: Rows = 500


class AskProfit(DaysWish):
    """Sales without taxes, against what the goods had cost by their moving average when they left."""

    by: ProfitBy = "day"
    limit: Rows = 500


class AskTaxes(DaysWish):
    """For filing: of each month, or part of one, and store, what was sold under each tax, and what of it went back."""


class AskShifts(DaysWish):
    """The drawers of these days, as their Z reports say: what was sold, and what was there when somebody counted."""

    limit: Rows = 500


class AskStockValue(DaysWish):
    """What the stock is worth at the end of each day: what is on hand, at its moving average cost."""


class AskSlowMovers(Wish):
    """What lies longest: what is on hand, and would last longer than `lasting` days if it sold on as in the last `days`."""

    store_id: UUID | None = None
    days: Annotated[int, Meta(ge=1, le=366)] = 30
    lasting: Annotated[int, Meta(ge=1, le=3_660)] = 90
    limit: Rows = 500


class AskReorder(Wish):
    """What is at or below its reorder point, and how much to order so that it lasts `cover` days as it sold in the last `days`."""

    store_id: UUID | None = None
    days: Annotated[int, Meta(ge=1, le=366)] = 28
    cover: Annotated[int, Meta(ge=1, le=366)] = 14
    limit: Rows = 500


class AskCheck(Input):
    """Page by page: days of the figures against the orders themselves, then everybody's own books.

    `only_reports`: the figures and the orders, and nobody else's books; always so for who does not act in all stores.
    A page is as much as can be looked at in about two seconds.
    """

    date_from: Annotated[date | None, Meta(description="First business date; the first that there is when missing.")] = None
    date_to: To = None
    store_id: UUID | None = None
    only_reports: bool = False
    cursor: Cursor | None = None


class Rebuild(Input):
    """Counts everything again from the log of `orders`, beside the figures of now, and takes its place in one moment."""


class GetRebuild(Input):
    pass


# --- what is told -----------------------------------------------------------------------------------------


class ReportFile(Value):
    """The same report as a file: `content` is base64. `filename`: what a browser saves it as."""

    content_type: str
    content: str
    filename: str


class SalesRow(Value):
    """`gross` - `discount` + `service` = `net` + `tax`; `total` - `net` - `tax` is what offline registers had charged otherwise.

    `orders`    how many sales; in rows `by` product, category, tax and discount: on how many lines; by tender: how many payments
    `quantity`  what was sold, in thousandths summed up over units of all kinds
    `refunds`   how often something went back; `refunded_net` + `refunded_tax` = `refunded`, but for what was charged otherwise
    `left`      `total` - `refunded`

    `by` product and category, the row "Adjustments" is what belongs to no line: what was charged, or given back, otherwise than the lines say.
    `by` tender: `total` is what was taken, without change, and `refunded` what went back to it. `by` tax: `net` is what it was due
    on; what was sold to who is exempt has the rate 0. `by` discount: `discount` is what was taken off.
    """

    key: str
    name: str
    currency: str
    orders: int
    quantity: Milli
    gross: int
    discount: int
    service: int
    net: int
    tax: int
    total: int
    refunds: int
    returned: Milli
    refunded_net: int
    refunded_tax: int
    refunded: int
    left: int


class RefundsRow(Value):
    key: str
    name: str
    currency: str
    refunds: int
    returned: Milli
    net: int
    tax: int
    total: int


class VoidsRow(Value):
    """Orders called off before they were paid: how many, and what they came to. `key` is the reason that was given."""

    key: str
    currency: str
    orders: int
    total: int


class ProfitRow(Value):
    """`net`: sold, less what went back, without taxes. `cost`: of the goods that left for it, less those that came back.

    `profit` = `net` - `cost`. `margin`: profit in percent of net; "" where nothing was sold. `lost`: waste, corrections and count
    differences, at cost; it is not in `profit`. `uncosted`: so much was sold whose cost nobody knew.
    `by` product: what is made by a recipe has its sales, and its ingredients have their cost, each in its own row.
    """

    key: str
    name: str
    currency: str
    net: int
    cost: int
    profit: int
    margin: str
    lost: int
    uncosted: Milli


class TaxesRow(Value):
    """`net`: what the tax was due on; `due_net` and `due_tax`: less what went back.

    `base`: the part of the net that `rate` is taken of, such as "11/12". `due_base`: that part of `due_net`; `rate` percent of it are `due_tax`, but
    for what was rounded on each line. What was sold to who is exempt has rows of its own, with the rate 0.
    """

    month: str
    store_id: UUID
    store: str
    currency: str
    code: str
    name: str
    rate: str
    included: bool
    net: int
    tax: int
    refunded_net: int
    refunded_tax: int
    due_net: int
    due_tax: int
    base: str = "1"
    due_base: int = 0


class ShiftsRow(Value):
    """`difference`: counted less expected; below zero something is missing. `corrections`: what came after the drawer was closed."""

    shift_id: UUID
    store_id: UUID
    store: str
    register: str
    z_number: int
    business_date: date
    cashier: str
    opened_at: datetime
    closed_at: datetime
    currency: str
    orders: int
    total: int
    refunded: int
    expected: int
    counted: int
    difference: int
    approval: str
    corrections: int


class StockValueRow(Value):
    """`variants`: of how many there is some on hand; `value`: theirs. `below_zero`: variants sold that nobody had taken in.
    `uncosted`: variants on hand whose cost nobody knows. `at`: when it was seen last; of a day on which nobody looked, its end.
    """

    day: date
    store_id: UUID
    store: str
    currency: str
    variants: int
    value: int
    below_zero: int
    uncosted: int
    at: datetime


class SlowMoverRow(Value):
    """`sold`: in the days looked at. `lasts`: for how many days it is enough; null when none was sold."""

    store_id: UUID
    store: str
    variant_id: UUID
    sku: str
    name: str
    currency: str
    on_hand: Milli
    value: int
    sold: Milli
    lasts: int | None
    last_sold: date | None


class ReorderRow(Value):
    """`order`: how much to order; `cost`: what that would be at the average cost of now, null when unknown."""

    store_id: UUID
    store: str
    variant_id: UUID
    sku: str
    name: str
    currency: str
    on_hand: Milli
    in_transit: Milli
    reorder_point: Milli
    sold_a_day: Milli
    order: Milli
    cost: int | None


class SalesReport(Value, omit_defaults=True):
    """`totals`: of all rows that there are, one for each currency; their `orders` and `refunds` count each order, and each refund, once.

    `file`: instead of the rows, when another format is wanted.
    """

    by: SalesBy
    date_from: date
    date_to: date
    rows: list[SalesRow]
    totals: list[SalesRow]
    file: ReportFile | None = None


class RefundsReport(Value, omit_defaults=True):
    by: RefundsBy
    date_from: date
    date_to: date
    rows: list[RefundsRow]
    totals: list[RefundsRow]
    voids: list[VoidsRow]
    file: ReportFile | None = None


class ProfitReport(Value, omit_defaults=True):
    by: ProfitBy
    date_from: date
    date_to: date
    rows: list[ProfitRow]
    totals: list[ProfitRow]
    file: ReportFile | None = None


class TaxesReport(Value, omit_defaults=True):
    date_from: date
    date_to: date
    rows: list[TaxesRow]
    file: ReportFile | None = None


class ShiftsReport(Value, omit_defaults=True):
    date_from: date
    date_to: date
    rows: list[ShiftsRow]
    file: ReportFile | None = None


class StockValueReport(Value, omit_defaults=True):
    """A row for each store and each day up to today. `unknown_until`: only where a ledger is too long to look so far back; the last day
    without a row.
    """

    date_from: date
    date_to: date
    rows: list[StockValueRow]
    file: ReportFile | None = None
    unknown_until: date | None = None


class SlowMoversReport(Value, omit_defaults=True):
    rows: list[SlowMoverRow]
    file: ReportFile | None = None


class ReorderReport(Value, omit_defaults=True):
    rows: list[ReorderRow]
    file: ReportFile | None = None


class ReportFinding(Value, omit_defaults=True):
    """One difference. `what`: whose books ("reports", "stock", "payments", "shifts", "customers"); `name`: which figure of them.

    `expected`: what the orders, or the ledger, say; `found`: what is kept.
    """

    what: str
    name: str
    expected: str = ""
    found: str = ""
    detail: str = ""


class ReportsCheck(Value):
    """A page. No `findings` on any page: all agree. `next_cursor`: where the next page goes on, null on the last one.

    `days`, `orders`: how many of each were counted anew; a day of three stores is three days. `behind`: what could not be judged because
    it was just changing. `checked`: whose books this page has looked at; `skipped`: those that could not be reached.
    """

    findings: list[ReportFinding]
    days: int
    orders: int
    behind: int
    checked: list[str]
    skipped: list[str]
    next_cursor: str | None = None


class RebuildState(Value):
    """`position` of `head` events have been counted again. `running` false: the figures are those of `built_at`, kept up since."""

    running: bool
    position: int
    head: int
    built_at: datetime | None


# --- refusals, commands -----------------------------------------------------------------------------------

UNKNOWN_STORE = Reason("reports.unknown_store", "invalid", "No such store", "Use the id of a store; `GET /v1/stores` lists them.")
INVALID = Reason("reports.invalid", "invalid", "Not a possible request", "Correct the fields that `errors` names.")

_REASONS = (UNKNOWN_STORE, INVALID)

SALES = Command("reports.sales", AskSales, SalesReport, "Sales, from every side", reasons=_REASONS, asks=True)
REFUNDS = Command("reports.refunds", AskRefunds, RefundsReport, "What went back, and what was called off", reasons=_REASONS, asks=True)
PROFIT = Command("reports.profit", AskProfit, ProfitReport, "Profit by moving average cost", reasons=_REASONS, asks=True)
TAXES = Command("reports.taxes", AskTaxes, TaxesReport, "Taxes, for filing", reasons=_REASONS, asks=True)
SHIFTS = Command("reports.shifts", AskShifts, ShiftsReport, "What drawers should have had, and what was in them", reasons=_REASONS, asks=True)
STOCK_VALUE = Command("reports.stock_value", AskStockValue, StockValueReport, "What the stock is worth, day by day", reasons=_REASONS, asks=True)
SLOW_MOVERS = Command("reports.slow_movers", AskSlowMovers, SlowMoversReport, "What lies longest", reasons=_REASONS, asks=True)
REORDER = Command("reports.reorder", AskReorder, ReorderReport, "What to order, and how much", reasons=_REASONS, asks=True)
CHECK_REPORTS = Command(
    "reports.check", AskCheck, ReportsCheck, "Prove that figures, orders, drawers, stock and accounts agree, or name what differs",
    reasons=_REASONS, asks=True,
)
REBUILD = Command("reports.rebuild", Rebuild, RebuildState, "Count all figures again from the log, while selling goes on")
GET_REBUILD = Command("reports.get_rebuild", GetRebuild, RebuildState, "How far counting again has come")
