"""What `orders` answers and tells."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from actors.catalog.contract import Barcode, Sku, Unit
from actors.runtime.words import (
    Command,
    Cursor,
    Event,
    Input,
    Limit,
    Money,
    Note,
    Reason,
    Refusal,
    SignedMoney,
    Value,
)

Quantity = (
    Annotated[int, Meta(ge=1, le=1_000_000)]
    | Annotated[
        str,
        Meta(
            pattern=r"^(?!0+(\.0+)?$)[0-9]{1,7}(\.[0-9]{1,3})?$(?!\n)",
            description="More than zero, with up to three decimals: \"0.750\" of a kg.",
            examples=["2", "0.750"],
        ),
    ]
)
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset.")]
TenderType = Literal["cash", "card", "qris", "transfer", "voucher", "other"]
Status = Literal["completed"]


class LineInput(Input):
    """One thing sold, named by exactly one of `variant_id`, `sku` and `barcode`.

    `unit_price` is the price that the client showed. If it is not the price now, the order is refused
    (`orders.price_changed`), unless the order was sold offline.
    """

    quantity: Quantity = 1
    variant_id: UUID | None = None
    sku: Sku | None = None
    barcode: Barcode | None = None
    unit_price: Money | None = None
    note: Note = ""


class TenderInput(Input):
    """What the customer gave. Cash may be more than what is due: the rest is change."""

    type: TenderType
    amount: Money
    reference: Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1F\x7F]*$(?!\n)")] = ""


Lines = Annotated[list[LineInput], Meta(min_length=1, max_length=500)]
Tenders = Annotated[list[TenderInput], Meta(min_length=1, max_length=20)]


class PlaceOrder(Input):
    """A sale at a register, paid in full. `id` may be the client's own (UUIDv7 preferred)."""

    register_id: UUID
    lines: Lines
    tenders: Tenders
    id: UUID | None = None
    note: Note = ""


class OfflineOrder(Input):
    """A sale that already took place, at the prices shown then. Its `id` makes sending it again harmless."""

    id: UUID
    register_id: UUID
    lines: Lines
    tenders: Tenders
    sold_at: Moment
    note: Note = ""


class PlaceOrders(Input):
    """How a register that was offline catches up."""

    orders: Annotated[list[OfflineOrder], Meta(min_length=1, max_length=500)]


class PreviewOrder(Input):
    """The same computation as placing it; nothing is stored. Tenders may still be missing."""

    register_id: UUID
    lines: Lines
    tenders: Annotated[list[TenderInput], Meta(max_length=20)] = []


class LineTax(Value):
    code: str
    name: str
    rate: str
    included: bool
    amount: Money


class Line(Value):
    """`total` = `net` + `tax`; the name and price are those of the moment of sale."""

    number: int
    product_id: UUID
    variant_id: UUID
    sku: str
    name: str
    quantity: str
    unit: Unit
    unit_price: Money
    net: Money
    tax: Money
    total: Money
    taxes: list[LineTax]
    note: str


class Tender(Value):
    type: TenderType
    amount: Money
    reference: str


class Totals(Value):
    """`total` = `net` + `tax`. `due` = `total` + `cash_rounding`; tenders = `due` + `change`.

    `rounding` names the rule of every rounding in the order.
    """

    net: Money
    tax: Money
    total: Money
    cash_rounding: SignedMoney
    due: Money
    tendered: Money
    change: Money
    rounding: str
    taxes: list[LineTax]


class Preview(Value):
    """`missing`: what the given tenders do not cover yet."""

    lines: list[Line]
    totals: Totals
    missing: Money


class Order(Value):
    """`receipt_number` counts the register's receipts without gaps; `receipt` is how it is printed."""

    id: UUID
    version: int
    status: Status
    store_id: UUID
    register_id: UUID
    receipt_number: int
    receipt: str
    business_date: date
    sold_at: datetime
    offline: bool
    lines: list[Line]
    tenders: list[Tender]
    totals: Totals
    note: str
    placed_by: str
    created_at: datetime
    updated_at: datetime


class OrderOutcome(Value, omit_defaults=True):
    """What became of one order of a batch. `existing`: it had landed before, and is not doubled."""

    outcome: Literal["created", "existing", "refused"]
    id: UUID
    order: Order | None = None
    problem: Refusal | None = None


class OrderOutcomes(Value):
    items: list[OrderOutcome]


class GetOrder(Input):
    id: UUID


class ListOrders(Input):
    """Newest sale first. `sold_from` is included, `sold_until` is not."""

    store_id: UUID | None = None
    register_id: UUID | None = None
    status: Status | None = None
    business_date: date | None = None
    sold_from: Moment | None = None
    sold_until: Moment | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class OrderPage(Value):
    items: list[Order]
    next_cursor: str | None = None


NOT_FOUND = Reason("orders.not_found", "not_found", "No such order")
UNKNOWN_REGISTER = Reason("orders.unknown_register", "invalid", "No such register")
REGISTER_CLOSED = Reason("orders.register_closed", "conflict", "The register is not active")
UNKNOWN_PRODUCT = Reason("orders.unknown_product", "invalid", "No such product")
NOT_FOR_SALE = Reason("orders.not_for_sale", "conflict", "Not for sale")
PRICE_CHANGED = Reason("orders.price_changed", "conflict", "The price has changed")
WRONG_QUANTITY = Reason("orders.wrong_quantity", "invalid", "Not a possible quantity")
WRONG_CURRENCY = Reason("orders.wrong_currency", "invalid", "Not the store's currency")
UNKNOWN_TAX = Reason("orders.unknown_tax", "conflict", "The store does not know this tax")
TOO_LARGE = Reason("orders.too_large", "invalid", "An amount beyond all bounds")
UNDERPAID = Reason("orders.underpaid", "invalid", "Not paid in full")
OVERPAID = Reason("orders.overpaid", "invalid", "Only cash gives change")
WRONG_TIME = Reason("orders.wrong_time", "invalid", "Not a possible time of a sale")
ID_TAKEN = Reason("orders.id_taken", "conflict", "Another order has this id")
INVALID = Reason("orders.invalid", "invalid", "Not a possible request")

PRICING_REASONS = (
    UNKNOWN_REGISTER, REGISTER_CLOSED, UNKNOWN_PRODUCT, NOT_FOR_SALE, PRICE_CHANGED, WRONG_QUANTITY, WRONG_CURRENCY,
    UNKNOWN_TAX, TOO_LARGE, UNDERPAID, OVERPAID,
)

PLACE_ORDER = Command(
    "orders.place", PlaceOrder, Order, "Sell: price, tax, tender and number an order", keyed=True, reasons=(*PRICING_REASONS, ID_TAKEN)
)
PLACE_ORDERS = Command(
    "orders.place_batch", PlaceOrders, OrderOutcomes, "Hand in up to 500 sales made offline, each with its own outcome", keyed=True,
    item_reasons=(*PRICING_REASONS, WRONG_TIME, ID_TAKEN)
)
PREVIEW_ORDER = Command("orders.preview", PreviewOrder, Preview, "Compute an order without placing it", reasons=PRICING_REASONS)
GET_ORDER = Command("orders.get", GetOrder, Order, "Get one order", reasons=(NOT_FOUND,))
LIST_ORDERS = Command("orders.list", ListOrders, OrderPage, "List orders, newest sale first", reasons=(INVALID,))

ORDER_CREATED = Event("order.created", Order, "A sale was made; the whole order")
