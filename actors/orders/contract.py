"""What `orders` answers and tells."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from actors.catalog.contract import Barcode, Rate, Sku
from actors.runtime.words import (
    LINE,
    Code,
    Command,
    Cursor,
    Event,
    Input,
    Limit,
    Money,
    Name,
    Note,
    Reason,
    Refusal,
    SignedMoney,
    Value,
    Version,
    Why,
)

# --- vocabulary ------------------------------------------------------------------------------------------

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
Reference = Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1F\x7F]*$(?!\n)")]
LineNumber = Annotated[int, Meta(ge=1, le=10_000, description="`number` of a line of the order.")]

Status = Annotated[
    Literal["draft", "open", "completed", "cancelled"],
    Meta(description="draft: held. open: asked for, not paid in full. completed: paid in full, and numbered. cancelled: called off."),
]
Fulfillment = Literal["pending", "preparing", "ready", "delivered"]
Payment = Literal["unpaid", "partially_paid", "paid", "partially_refunded", "refunded"]
TenderType = Literal[
    "cash", "card", "qris", "transfer", "voucher", "other", "gift_card", "store_credit", "exchange", "on_account", "points"
]
GivenTenderType = Annotated[
    Literal["cash", "card", "qris", "transfer", "voucher", "other"],
    Meta(description="Gift cards, store credit, points and what goes on account are paid with through payment intents."),
]
Flag = Annotated[
    Literal[
        "price_differs", "total_differs", "not_for_sale", "short_stock", "unknown_tax", "coupon_overused", "wrong_coupon", "receipt_repeated",
        "receipt_gap", "unapproved",
    ],
    Meta(description="What a person should look at in a sale that was made offline."),
]

# --- what is asked for --------------------------------------------------------------------------------------


class DiscountInput(Input):
    """Given by hand: either `percent` or `amount`, with the reason that the books will show."""

    percent: Rate | None = None
    amount: Money | None = None
    reason: Name = "Discount"


Discounts = Annotated[list[DiscountInput], Meta(max_length=10)]


class ModifierInput(Input):
    """An option of one of the product's modifier groups, by their codes."""

    group: Code
    option: Code
    quantity: Annotated[int, Meta(ge=1, le=50)] = 1


class OverrideInput(Input):
    """Another price than the list's, in the store's currency, with the reason that the books will show."""

    unit_price: Money
    reason: Name = "Price changed by hand"


class LineInput(Input):
    """One thing sold, named by exactly one of `variant_id`, `sku` and `barcode`. Scales' barcodes bring their quantity along.

    `unit`        code of a pack ("carton"); the product's own unit when missing. The barcode of a pack names it, too
    `unit_price`  the price that the client showed, without modifiers. If it is not the price now, the order is refused
                  (`orders.price_changed`), unless it was sold offline
    `override`    sells it at this price instead: for its unit, without modifiers; promotions and discounts are taken off it
    `number`      when an order is changed: the line that this was. It keeps its price and its moment, and needs no other name
    """

    quantity: Quantity = 1
    variant_id: UUID | None = None
    sku: Sku | None = None
    barcode: Barcode | None = None
    unit: Code | None = None
    unit_price: Money | None = None
    modifiers: Annotated[list[ModifierInput], Meta(max_length=50)] = []
    discounts: Discounts = []
    note: Note = ""
    number: LineNumber | None = None
    override: OverrideInput | None = None


class Customer(Input):
    """Whom it is sold to, as far as prices and taxes need to know. `tax_exempt`: the prices lose their included taxes.

    Of an `id` that `customers` knows `group` and `tax_exempt` are taken from there. `name` is never filled in: an order, and the events that tell
    of it, keep what the client has sent, also when the customer is erased. What was sold offline stays as the register says.
    """

    id: UUID | None = None
    name: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1F\x7F]*$(?!\n)")] = ""
    group: Code | None = None
    tax_exempt: bool = False


TIP_MAX = 10**9
"""Minor units. More is a slip of the finger: an amount in the wrong field, or a barcode."""


class TenderInput(Input):
    """What the customer gave. Cash may be more than what is due: the rest is change. A `tip` is on top of `amount`: at most
    1,000,000,000 minor units, unless it was given offline.
    """

    type: GivenTenderType
    amount: Money
    reference: Reference = ""
    tip: Money | None = None


Lines = Annotated[list[LineInput], Meta(min_length=1, max_length=500)]
Tenders = Annotated[list[TenderInput], Meta(min_length=1, max_length=20)]
SomeTenders = Annotated[list[TenderInput], Meta(max_length=20)]
Coupons = Annotated[list[Code], Meta(max_length=10, description="Codes of coupons.")]


class PlaceOrder(Input):
    """A sale at a register. `id` may be the client's own (UUIDv7 preferred).

    Tenders that cover what is due complete it. With less it is `open`, and waits for the rest; with `hold` it is a `draft`.
    `pay_within_seconds`: an open order that is not paid in full by then is cancelled, and its stock is free again.
    """

    register_id: UUID
    lines: Lines
    tenders: SomeTenders = []
    id: UUID | None = None
    hold: bool = False
    customer: Customer | None = None
    discounts: Discounts = []
    coupons: Coupons = []
    note: Note = ""
    pay_within_seconds: Annotated[int, Meta(ge=10, le=7 * 86_400)] | None = None


class OfflineOrder(Input):
    """A sale that already took place, at the prices shown then. Its `id` makes sending it again harmless.

    `receipt`: what the register printed; written as Kasir writes them (`CODE-000042`), that is the sale's number. `total`: what the register
    computed; when Kasir computes another total, the register's holds, and the order is flagged. It is paid in full, whatever the tenders
    come to; only what cost nothing has none.
    """

    id: UUID
    register_id: UUID
    lines: Lines
    tenders: SomeTenders
    sold_at: Moment
    receipt: Reference = ""
    total: Money | None = None
    customer: Customer | None = None
    discounts: Discounts = []
    coupons: Coupons = []
    note: Note = ""


class PlaceOrders(Input):
    """How a register that was offline catches up."""

    orders: Annotated[list[OfflineOrder], Meta(min_length=1, max_length=500)]


class PreviewOrder(Input):
    """The same computation as placing it; nothing is stored. Tenders may still be missing."""

    register_id: UUID
    lines: Lines
    tenders: SomeTenders = []
    customer: Customer | None = None
    discounts: Discounts = []
    coupons: Coupons = []


class OrderChanges(Input):
    """Only what is given changes, and the order is priced anew. `lines`, when given, replace them all: those that bring their
    `number` keep their price and their moment. `register_id`: where it is taken up again.
    """

    lines: Lines | UnsetType = UNSET
    customer: Customer | UnsetType | None = UNSET
    discounts: Discounts | UnsetType = UNSET
    coupons: Coupons | UnsetType = UNSET
    note: Note | UnsetType = UNSET
    register_id: UUID | UnsetType = UNSET


class ChangeOrder(Input):
    """`register_id`: where it is asked. Should the order be paid by the change, it completes there, and its change is given from that drawer."""

    id: UUID
    if_version: Version
    changes: OrderChanges
    register_id: UUID | None = None


class PayOrder(Input):
    """More tenders for an open order. It completes when they cover what is due."""

    id: UUID
    tenders: Tenders
    register_id: UUID | None = None


class MoveOrder(Input):
    """To another state: `status` "open" takes up a draft, "draft" parks an open order that has not been paid on.

    `fulfillment` goes on as the table says.
    """

    id: UUID
    status: Literal["draft", "open"] | None = None
    fulfillment: Fulfillment | None = None
    reason: Note = ""


class MoveOrders(Input):
    """Each with its own outcome."""

    items: Annotated[list[MoveOrder], Meta(min_length=1, max_length=500)]


class CancelOrder(Input):
    """Calls an order off as a whole, completed or not. Asked again, the answer is the order as it is.

    `at`: when the money went back, if that was not now. `register_id`: whose drawer it came from, if not from that of the order's own.
    """

    id: UUID
    reason: Why
    register_id: UUID | None = None
    at: Moment | None = None


class ReturnInput(Input):
    """What comes back: so much of a line, into the stock or not."""

    line: LineNumber
    quantity: Quantity
    restock: bool = True


Returns = Annotated[list[ReturnInput], Meta(max_length=500)]


class RefundTender(Input):
    """Back to one of the order's tenders, by its `number`; without, as store credit."""

    amount: Money
    tender: Annotated[int, Meta(ge=1, le=1000)] | None = None
    account_id: Annotated[UUID, Meta(description="The store credit that it goes to; a new one when missing.")] | None = None


class RefundOrder(Input):
    """Gives money back: for `lines`, each its exact share of discounts, charges and taxes; or an `amount`, whatever for.

    `to`: "tenders" gives it back to what it was paid with, the last tender first; "store_credit" as credit. Or name `tenders` yourself.
    `at`: when it was given back, if that was not now, as by a register that was offline. Not before the sale.
    """

    id: UUID
    lines: Returns = []
    amount: Money | None = None
    to: Literal["tenders", "store_credit"] = "tenders"
    tenders: Annotated[list[RefundTender], Meta(max_length=20)] = []
    register_id: UUID | None = None
    reason: Note = ""
    at: Moment | None = None


class ExchangeOrder(Input):
    """Return and sale in one: what comes back pays for `order`, its tenders pay the rest; what is left over goes back as in a refund."""

    id: UUID
    returns: Annotated[list[ReturnInput], Meta(min_length=1, max_length=500)]
    order: PlaceOrder
    to: Literal["tenders", "store_credit"] = "tenders"
    reason: Note = ""


class PartInput(Input):
    line: LineNumber
    quantity: Quantity


class SplitOrder(Input):
    """Either `parts`: so many equal shares of what is still to be paid, none of which is stored; or `lines`: they move to an order of their own."""

    id: UUID
    if_version: Version
    lines: Annotated[list[PartInput], Meta(max_length=500)] = []
    parts: Annotated[int, Meta(ge=2, le=100)] | None = None
    new_id: UUID | None = None


class MergeOrders(Input):
    """The lines and tenders of `other_id` move to `id`; the other one is cancelled."""

    id: UUID
    if_version: Version
    other_id: UUID
    other_version: Version


class ReviewOrder(Input):
    """Takes the flags off: somebody has looked at it."""

    id: UUID
    note: Note = ""


class GetOrder(Input):
    id: UUID


class ListOrders(Input):
    """Newest first. `sold_from` is included, `sold_until` is not. `flag` "any": everything that is to be reviewed.

    `business_from` and `business_until`: both days are included.
    """

    store_id: UUID | None = None
    register_id: UUID | None = None
    status: Status | None = None
    fulfillment: Fulfillment | None = None
    payment: Payment | None = None
    flag: Flag | Literal["any"] | None = None
    customer_id: UUID | None = None
    receipt: Annotated[str, Meta(min_length=1, max_length=100, pattern=LINE)] | None = None
    business_date: date | None = None
    business_from: date | None = None
    business_until: date | None = None
    sold_from: Moment | None = None
    sold_until: Moment | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


# --- what is told -----------------------------------------------------------------------------------------


class Step(Value, omit_defaults=True):
    """One step of how a line came to its amounts.

    `rule` names what gave it: "price:base", "price:override", "price:list:wholesale", "modifier:shot/extra", "gross", "discount:manual",
    "promotion:<id>", "coupon:<code>", "spread:promotion:<id>", "service:5", "tax:ppn", "exempt:ppn".
    `amount`: minor units, less than zero for what is taken off. `exact`: what it was before rounding, a fraction "n/d", when it
    was rounded; `rounding` names the rule then.
    """

    rule: str
    amount: int
    rounding: str = ""
    exact: str = ""


class LineTax(Value, omit_defaults=True):
    """`rate` percent of `base` (a fraction) of `taxable` are `amount`, but for rounding; who is exempt pays 0.

    `taxable`: only where it is not the net of the line, or of the whole, that stands beside it: of a whole with goods that this tax is not due
    on, of a tax on other taxes, and where service is not taxed.
    """

    code: str
    name: str
    rate: str
    included: bool
    amount: Money
    base: str = "1"
    taxable: Money | None = None


class LineModifier(Value, omit_defaults=True):
    """`price`: for one of it, on one unit."""

    group: str
    option: str
    name: str
    quantity: int
    price: Money


class Discount(Value, omit_defaults=True):
    """What was taken off, once. `kind` "promotion" and "coupon" have a `promotion_id`. `on` "order": this line's share of it."""

    kind: Literal["manual", "promotion", "coupon"]
    name: str
    amount: Money
    on: Literal["line", "order"]
    promotion_id: UUID | None = None
    code: str | None = None


class Override(Value):
    """`list_price`: what its unit would have cost."""

    list_price: Money
    reason: str


class Line(Value, omit_defaults=True):
    """`gross` = price and modifiers times quantity. `gross` - `discount` + `service` is what it costs, with included taxes.

    `net` + `tax` = `total`. The name and price are those of the moment of sale. `trace` tells how each amount came about.
    `returned` and `refunded`: how much of it has come back, and how much has been given back for it.
    `added_at`: of a line that came later than the order's first ones, when that was.

    What has its default is left out of the JSON; what has none is always there.
    """

    number: int
    product_id: UUID
    variant_id: UUID
    sku: str
    name: str
    quantity: str
    unit: str
    unit_price: Money
    net: Money
    tax: Money
    total: Money
    taxes: list[LineTax]
    gross: Money
    discount: Money
    service: Money
    refunded: Money
    note: str = ""
    category: str | None = None
    modifiers: list[LineModifier] = []
    discounts: list[Discount] = []
    returned: str = "0"
    added_at: datetime | None = None
    trace: list[Step] = []
    override: Override | None = None


class Tender(Value, omit_defaults=True):
    """`refunded`: how much has gone back to it, tip included."""

    number: int
    type: TenderType
    amount: Money
    at: datetime
    refunded: Money
    reference: str = ""
    tip: Money | None = None
    intent_id: UUID | None = None
    account_id: UUID | None = None
    order_id: UUID | None = None


class StockUse(Value, omit_defaults=True):
    """What has left the store's stock for this order, recipes and packs resolved, and what has come back. In the variant's own unit."""

    variant_id: UUID
    product_id: UUID
    sold: str
    returned: str = "0"


class Reserved(Value, omit_defaults=True):
    """What is kept back in the store's stock for an open order, in the variant's own unit."""

    variant_id: UUID
    product_id: UUID
    quantity: str


class Totals(Value):
    """`total` = `net` + `tax` + `adjustment`. `due` = `total` + `cash_rounding`.

    `adjustment`  the difference to what an offline register charged
    `tendered`    the sum of the tenders, without tips; of a paid order `due` + `change`
    `missing`     what is still to be paid; `missing_in_cash` when all of it comes in cash
    `refunded`    what has been given back; never more than `due`. Tips that went back are not in it
    `rounding`    names the rule of every rounding in the order
    """

    gross: Money
    discount: Money
    service: Money
    net: Money
    tax: Money
    total: Money
    adjustment: SignedMoney
    cash_rounding: SignedMoney
    due: Money
    tendered: Money
    change: Money
    tips: Money
    missing: Money
    missing_in_cash: Money
    refunded: Money
    rounding: str
    taxes: list[LineTax]


class RefundLine(Value, omit_defaults=True):
    """Of one line: `quantity` "0" when only money went back. `net` + `tax` = `total`."""

    line: int
    quantity: str
    restock: bool
    net: Money
    tax: Money
    total: Money
    taxes: list[LineTax]


class RefundedTender(Value, omit_defaults=True):
    """`tender`: the number of the order's tender that it went back to. `account_id`: the store credit that it became; none where
    a payment intent gives it back. `order_id`: of an exchange, the new order.
    """

    type: TenderType
    amount: Money
    tender: int | None = None
    account_id: UUID | None = None
    order_id: UUID | None = None
    tip: Money | None = None


class Refund(Value, omit_defaults=True):
    """The lines' totals + `adjustment` = `amount`; `amount` + `cash_rounding` = the sum of `tenders`.

    `adjustment`: the part that belongs to no line: what an offline register charged differently, and with the last refund what cash
    was rounded by. `business_date`: the store's, of the moment `at`; only refunds of the time before it existed have none.
    """

    number: int
    kind: Literal["return", "amount", "exchange", "cancel"]
    at: datetime
    by: str
    reason: str
    lines: list[RefundLine]
    adjustment: SignedMoney
    amount: Money
    cash_rounding: SignedMoney
    tenders: list[RefundedTender]
    register_id: UUID | None = None
    business_date: date | None = None


class State(Value):
    status: Status
    fulfillment: Fulfillment
    payment: Payment


class Move(Value, omit_defaults=True):
    """One change of state: who, when, why. `by` is the id of an API key, or "" for Kasir itself."""

    at: datetime
    by: str
    reason: str
    before: State
    after: State


class Preview(Value):
    lines: list[Line]
    totals: Totals
    missing: Money


class Order(Value, omit_defaults=True):
    """`receipt_number` counts the register's completed sales without gaps; an order gets it when it completes. `receipt` is how
    it is printed; that of an offline sale is what the register printed, and its number is the one in there, if it is written `CODE-000042`.

    `moves`: the changes of state after the first. `merged_into`, `split_from`, `exchange_of`: orders that it has to do with.

    What has its default is left out of the JSON, here and in the order's parts; what has none is always there.
    """

    id: UUID
    version: int
    status: Status
    fulfillment: Fulfillment
    payment: Payment
    store_id: UUID
    register_id: UUID
    receipt_number: int | None
    receipt: str
    business_date: date
    sold_at: datetime
    lines: list[Line]
    tenders: list[Tender]
    totals: Totals
    placed_by: str
    created_at: datetime
    updated_at: datetime
    offline: bool = False
    note: str = ""
    customer: Customer | None = None
    discounts: list[Discount] = []
    coupons: list[str] = []
    refunds: list[Refund] = []
    stock: list[StockUse] = []
    reserved: list[Reserved] = []
    moves: list[Move] = []
    flags: list[Flag] = []
    expires_at: datetime | None = None
    cancel_reason: str = ""
    merged_into: UUID | None = None
    split_from: UUID | None = None
    exchange_of: UUID | None = None


class OrderTold(Value):
    """What every event about an order carries. Each version is told by exactly one event.

    `before` is null for a new order. `changed`: names of the order's fields that are not as they were. `by`, `reason`: who, and why.
    """

    order: Order
    version: int
    before: State | None
    after: State
    changed: list[str]
    by: str = ""
    reason: str = ""


class OrderOutcome(Value, omit_defaults=True):
    """What became of one order of a batch. `existing`: it had landed before, and is not doubled."""

    outcome: Literal["created", "existing", "refused"]
    id: UUID
    order: Order | None = None
    problem: Refusal | None = None


class OrderOutcomes(Value):
    items: list[OrderOutcome]


class MoveOutcome(Value, omit_defaults=True):
    outcome: Literal["moved", "unchanged", "refused"]
    id: UUID
    version: int | None = None
    problem: Refusal | None = None


class MoveOutcomes(Value):
    items: list[MoveOutcome]


class Exchange(Value):
    """`returned`: the order that something came back from; `order`: the new one."""

    returned: Order
    order: Order


class Split(Value):
    """`order` is what is left of it; `new` has the lines that moved; `shares` sum up to what is still to be paid."""

    order: Order
    new: Order | None = None
    shares: list[Money] = []


class OrderPage(Value):
    items: list[Order]
    next_cursor: str | None = None


# --- for other actors ---------------------------------------------------------------------------------------


class ListStockUses(Input):
    """Of orders by `ids`, or page by page: those whose id comes after `after`."""

    ids: Annotated[list[UUID], Meta(max_length=1000)] = []
    after: UUID | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 500


class StockUses(Value):
    """The part of an order that says what it takes. `reserved`: what is to be kept back for an open one."""

    id: UUID
    version: int
    status: Status
    store_id: UUID
    sold_at: datetime
    stock: list[StockUse] = []
    reserved: list[Reserved] = []


class StockUsesPage(Value):
    items: list[StockUses]
    more: bool


ReceiptNumber = Annotated[int, Meta(ge=1, le=2**53)]


class ListReceipts(Input):
    """Of one register, by their numbers: those after `after`. `limit`: of receipts and of what was made void, together."""

    register_id: UUID
    after: Annotated[int, Meta(ge=0, le=2**53)] = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 500


class ReceiptBody(Value):
    """`body`: the order's JSON exactly as it is stored, whether it can be read or not; null when it is gone."""

    number: int
    order_id: UUID
    body: bytes | None


class VoidReceipts(Input):
    """These numbers of a register, `first` to `last`, belong to no sale: printed by mistake, or on paper that is gone."""

    register_id: UUID
    first: ReceiptNumber
    last: ReceiptNumber
    reason: Why


class VoidedReceipts(Value):
    """`by`: who has said so."""

    id: UUID
    register_id: UUID
    first: int
    last: int
    reason: str
    by: str
    at: datetime


class ReceiptBodies(Value):
    """`last`: the last number that the register has given. `voided`: what was made void, by the first of its numbers; and before it the one
    that goes on after `after`. `until`: the page says all of the numbers up to this one, and there are more; null: it is the last one.
    """

    items: list[ReceiptBody]
    last: int
    voided: list[VoidedReceipts] = []
    until: int | None = None


class PaymentReturned(Value):
    """An approved payment that its order cannot take: paid already, called off, or not there. It is given back."""

    order_id: UUID
    intent_id: UUID
    amount: Money
    reason: str


# --- refusals ---------------------------------------------------------------------------------------------

NOT_FOUND = Reason("orders.not_found", "not_found", "No such order", "Check the id. A sale whose answer got lost is found by its Idempotency-Key.")
STALE = Reason(
    "orders.stale", "stale", "Changed by somebody else",
    "Read the order again, show what changed, and send your change with the new `ETag`.",
)
UNKNOWN_REGISTER = Reason("orders.unknown_register", "invalid", "No such register", "Use the id of a register; `GET /v1/registers` lists them.")
NOT_MISSING = Reason(
    "orders.not_missing", "conflict", "Not a number that is missing",
    "Name only numbers that `GET /v1/registers/{register_id}/receipt-chain/check` calls missing.",
)
REGISTER_CLOSED = Reason("orders.register_closed", "conflict", "The register is not active", "Activate the register, or sell at another one.")
UNKNOWN_PRODUCT = Reason(
    "orders.unknown_product", "invalid", "No such product",
    "`errors` names the line. Load the catalog's changes; the product may be gone, or not have been created yet.",
)
NOT_FOR_SALE = Reason("orders.not_for_sale", "conflict", "Not for sale", "Take the line out, or activate the product, or let this store sell it.")
PRICE_CHANGED = Reason(
    "orders.price_changed", "conflict", "The price has changed",
    "Show the customer the new price that `detail` names, and ask again with it as `unit_price`.",
)
WRONG_QUANTITY = Reason(
    "orders.wrong_quantity", "invalid", "Not a possible quantity",
    "`errors` names the line. What is counted in pieces is sold whole; what is returned is at most what was sold.",
)
WRONG_UNIT = Reason("orders.wrong_unit", "invalid", "Not a unit of this product", "Use the code of one of the product's packs, or leave `unit` out.")
WRONG_MODIFIERS = Reason(
    "orders.wrong_modifiers", "invalid", "Not a possible choice of modifiers",
    "Choose from the product's modifier groups, between `min` and `max` of each.",
)
WRONG_DISCOUNT = Reason(
    "orders.wrong_discount", "invalid", "Not a possible discount",
    "Give either `percent` or `amount`, in the store's currency, and not more than what it is taken off.",
)
WRONG_COUPON = Reason(
    "orders.wrong_coupon", "conflict", "The coupon cannot be used here",
    "Take the coupon out; `detail` says whether it is unknown, over, used up, or its conditions are not met.",
)
WRONG_CURRENCY = Reason("orders.wrong_currency", "invalid", "Not the store's currency", "Give all amounts in the store's currency.")
UNKNOWN_TAX = Reason(
    "orders.unknown_tax", "conflict", "The store does not know this tax",
    "Add the tax that `detail` names to the store, or take it off the product.",
)
OUT_OF_STOCK = Reason(
    "orders.out_of_stock", "conflict", "Not enough in stock",
    "`errors` names the lines. Sell less of them, or take the goods in first.",
)
TOO_LARGE = Reason(
    "orders.too_large", "invalid", "An amount beyond all bounds",
    "Split the sale: no amount may go beyond 10,000,000,000,000 minor units.",
)
OVERPAID = Reason(
    "orders.overpaid", "invalid", "Only cash gives change",
    "Lower the tenders that are not cash to what is missing; `POST /v1/orders/preview` tells it.",
)
WRONG_TIME = Reason(
    "orders.wrong_time", "invalid", "Not a possible time",
    "Correct the register's clock: nothing is ahead of Kasir's clock, no sale from another century, and no refund from before its sale.",
)
ID_TAKEN = Reason("orders.id_taken", "conflict", "Another order has this id", "It is another sale that has this id. Make a new id.")
WRONG_STATE = Reason(
    "orders.wrong_state", "conflict", "Not possible in the order's state",
    "Read the order: docs/orders.md shows which moves its state allows.",
)
WRONG_REFUND = Reason(
    "orders.wrong_refund", "invalid", "Not a possible refund",
    "`detail` says what does not fit: name lines or an amount, and tenders that sum up to it.",
)
REFUNDED_ALREADY = Reason(
    "orders.refunded_already", "conflict", "More than can still be given back",
    "Read the order: `returned` and `refunded` say what has gone back. Give back at most the rest.",
)
NEEDS_APPROVAL = Reason(
    "orders.needs_approval", "forbidden", "Somebody must approve it",
    "`detail` names the approval, `errors` the fields. Get one with `POST /v1/approvals`, and send the same request again with it.",
)
INVALID = Reason("orders.invalid", "invalid", "Not a possible request", "Correct the fields that `errors` names.")

PRICING_REASONS = (
    UNKNOWN_REGISTER, REGISTER_CLOSED, UNKNOWN_PRODUCT, NOT_FOR_SALE, PRICE_CHANGED, WRONG_QUANTITY, WRONG_UNIT, WRONG_MODIFIERS,
    WRONG_DISCOUNT, WRONG_COUPON, WRONG_CURRENCY, UNKNOWN_TAX, TOO_LARGE, OVERPAID,
)

# --- commands and events ------------------------------------------------------------------------------------

PLACE_ORDER = Command(
    "orders.place", PlaceOrder, Order, "Sell: price, tax, tender and number an order; or hold it", keyed=True,
    reasons=(*PRICING_REASONS, OUT_OF_STOCK, ID_TAKEN, NEEDS_APPROVAL, INVALID),
)
PLACE_ORDERS = Command(
    "orders.place_batch", PlaceOrders, OrderOutcomes, "Hand in up to 500 sales made offline, each with its own outcome", keyed=True,
    item_reasons=(
        UNKNOWN_REGISTER, UNKNOWN_PRODUCT, WRONG_QUANTITY, WRONG_UNIT, WRONG_MODIFIERS, WRONG_DISCOUNT, WRONG_CURRENCY, TOO_LARGE,
        WRONG_TIME, ID_TAKEN, INVALID,
    ),
)
PREVIEW_ORDER = Command("orders.preview", PreviewOrder, Preview, "Compute an order without placing it", reasons=PRICING_REASONS)
CHANGE_ORDER = Command(
    "orders.change", ChangeOrder, Order, "Change a draft or an open order",
    reasons=(NOT_FOUND, STALE, WRONG_STATE, *PRICING_REASONS, OUT_OF_STOCK, NEEDS_APPROVAL, INVALID),
)
PAY_ORDER = Command(
    "orders.pay", PayOrder, Order, "Pay an open order, in part or in full", keyed=True,
    reasons=(NOT_FOUND, WRONG_STATE, UNKNOWN_REGISTER, REGISTER_CLOSED, WRONG_CURRENCY, OVERPAID, TOO_LARGE, INVALID),
)
MOVE_ORDER = Command(
    "orders.move", MoveOrder, Order, "Move an order on: hold it, take it up, prepare, deliver",
    reasons=(NOT_FOUND, WRONG_STATE, OUT_OF_STOCK, INVALID),
)
MOVE_ORDERS = Command(
    "orders.move_batch", MoveOrders, MoveOutcomes, "Move up to 500 orders on, each with its own outcome", keyed=True,
    item_reasons=(NOT_FOUND, WRONG_STATE, OUT_OF_STOCK, INVALID),
)
CANCEL_ORDER = Command(
    "orders.cancel", CancelOrder, Order, "Call an order off; stock and tenders go back, once",
    reasons=(NOT_FOUND, WRONG_STATE, UNKNOWN_REGISTER, REGISTER_CLOSED, WRONG_TIME, NEEDS_APPROVAL),
)
REFUND_ORDER = Command(
    "orders.refund", RefundOrder, Order, "Take goods back, or give money back", keyed=True,
    reasons=(
        NOT_FOUND, WRONG_STATE, WRONG_REFUND, WRONG_QUANTITY, WRONG_CURRENCY, REFUNDED_ALREADY, UNKNOWN_REGISTER, REGISTER_CLOSED, WRONG_TIME,
        NEEDS_APPROVAL,
    ),
)
EXCHANGE_ORDER = Command(
    "orders.exchange", ExchangeOrder, Exchange, "Return and sell in one", keyed=True,
    reasons=(
        NOT_FOUND, WRONG_STATE, WRONG_REFUND, REFUNDED_ALREADY, *PRICING_REASONS, OUT_OF_STOCK, ID_TAKEN, NEEDS_APPROVAL, INVALID,
    ),
)
SPLIT_ORDER = Command(
    "orders.split", SplitOrder, Split, "Split a bill by line, or evenly", keyed=True,
    reasons=(NOT_FOUND, STALE, WRONG_STATE, WRONG_QUANTITY, ID_TAKEN, NEEDS_APPROVAL, INVALID),
)
MERGE_ORDERS = Command(
    "orders.merge", MergeOrders, Order, "Merge another open order into this one", keyed=True,
    reasons=(NOT_FOUND, STALE, WRONG_STATE, NEEDS_APPROVAL, INVALID),
)
REVIEW_ORDER = Command("orders.review", ReviewOrder, Order, "Take the flags off an order that was looked at", reasons=(NOT_FOUND, NEEDS_APPROVAL))
GET_ORDER = Command("orders.get", GetOrder, Order, "Get one order", reasons=(NOT_FOUND,))
LIST_ORDERS = Command("orders.list", ListOrders, OrderPage, "List orders, newest first", reasons=(INVALID,))
LIST_STOCK_USES = Command("orders.stock_uses", ListStockUses, StockUsesPage, "What orders have taken out of stock")
LIST_RECEIPTS = Command("orders.receipts", ListReceipts, ReceiptBodies, "A register's receipts, as they are stored")

VOID_RECEIPTS = Command(
    "orders.void_receipts", VoidReceipts, VoidedReceipts, "Say that receipt numbers belong to no sale", keyed=True,
    reasons=(UNKNOWN_REGISTER, NOT_MISSING, INVALID),
)

ORDER_CREATED = Event("order.created", OrderTold, "An order is there: sold, open or held")
ORDER_UPDATED = Event("order.updated", OrderTold, "An order was changed, or paid in part")
ORDER_STATUS_UPDATED = Event("order.status_updated", OrderTold, "An order moved on")
ORDER_CANCELLED = Event("order.cancelled", OrderTold, "An order was called off")
ORDER_PAID = Event("order.paid", OrderTold, "An order that had been open is paid in full, and completed")
ORDER_REFUNDED = Event("order.refunded", OrderTold, "Something of an order came back, or money was given back")
ORDER_EVENTS = (ORDER_CREATED, ORDER_UPDATED, ORDER_STATUS_UPDATED, ORDER_CANCELLED, ORDER_PAID, ORDER_REFUNDED)
RECEIPTS_VOIDED = Event("order.receipts_voided", VoidedReceipts, "Receipt numbers were said to belong to no sale")
PAYMENT_RETURNED = Event("order.payment_returned", PaymentReturned, "A payment came for an order that cannot take it")
