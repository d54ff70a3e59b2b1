"""What `inventory` answers and tells."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from actors.runtime.words import Code, Command, Cursor, Event, Input, Limit, Money, Name, Note, Reason, Value, Version

COUNT_LINES_MAX = 4000
"""So that a count fits into one message of 1 MB."""

# --- vocabulary ------------------------------------------------------------------------------------------

Positive = Annotated[
    str,
    Meta(
        pattern=r"^(?!0+(\.0+)?$)[0-9]{1,7}(\.[0-9]{1,3})?$(?!\n)",
        description="More than zero, in the variant's own unit, with up to three decimals: \"24\" or \"0.750\".",
        examples=["24"],
    ),
]
NotNegative = Annotated[
    str, Meta(pattern=r"^[0-9]{1,7}(\.[0-9]{1,3})?$(?!\n)", description="Zero or more, with up to three decimals.", examples=["12"])
]
Difference = Annotated[
    str,
    Meta(
        pattern=r"^-?(?!0+(\.0+)?$)[0-9]{1,7}(\.[0-9]{1,3})?$(?!\n)",
        description="What is added, or with a minus taken away; not zero.",
        examples=["-2"],
    ),
]
Unit = Annotated[
    Code,
    Meta(description="What `quantity` counts: the code of one of the product's packs, or its own unit, as when it is left out.", examples=["carton"]),
]
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset.")]
Reference = Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1F\x7F]*$(?!\n)", description="A delivery note, for example.")]

MovementKind = Literal[
    "sale", "return", "receipt", "adjustment", "waste", "count", "transfer_out", "transfer_in", "reservation"
]
CountState = Literal["open", "closed", "cancelled"]
TransferState = Literal["in_transit", "received", "cancelled"]

# --- what is asked for --------------------------------------------------------------------------------------


class ReceiptLine(Input):
    """`unit_cost`: of one `unit`. Divided by what a pack contains, it is rounded half to even, to 1/10,000 of the minor unit."""

    variant_id: UUID
    quantity: Positive
    unit_cost: Money | None = None
    unit: Unit | None = None


class ReceiveGoods(Input):
    """Goods that came in. With `unit_cost` they change the moving average cost; without, they come at the average of now.

    `at`: when they came, if that was not now. What a count has seen since then does not come in a second time.
    """

    store_id: UUID
    lines: Annotated[list[ReceiptLine], Meta(min_length=1, max_length=500)]
    reference: Reference = ""
    note: Note = ""
    at: Moment | None = None


class AdjustmentLine(Input):
    variant_id: UUID
    quantity: Difference
    unit: Unit | None = None


class AdjustStock(Input):
    """A correction, or `waste`, which only takes away: with the reason that the books will show. `at`: when it was so, if that was not now."""

    store_id: UUID
    lines: Annotated[list[AdjustmentLine], Meta(min_length=1, max_length=500)]
    reason: Name
    kind: Literal["adjustment", "waste"] = "adjustment"
    at: Moment | None = None


class ReorderPoint(Input):
    """`stock.low` is told when the level comes down to it; null takes it away."""

    store_id: UUID
    variant_id: UUID
    reorder_point: NotNegative | None = None


class SetReorderPoints(Input):
    items: Annotated[list[ReorderPoint], Meta(min_length=1, max_length=500)]


class OpenCount(Input):
    """Counts these variants; all that the store has a level of when none is named (4,000 at most: count the rest by another count).

    Selling goes on.
    """

    store_id: UUID
    variant_ids: Annotated[list[UUID], Meta(max_length=COUNT_LINES_MAX)] = []
    note: Note = ""


class CountedLine(Input):
    """`at`: when it was counted, now when missing. What is sold after that does not disturb the count."""

    variant_id: UUID
    quantity: NotNegative
    at: Moment | None = None
    unit: Unit | None = None


class RecordCount(Input):
    """Counted again, the last one holds. What turns up and is not in the count comes in with it."""

    id: UUID
    lines: Annotated[list[CountedLine], Meta(min_length=1, max_length=500)]


class CloseCount(Input):
    """Applies the differences of what was counted. What was not counted stays as it is."""

    id: UUID
    if_version: Version


class CancelCount(Input):
    id: UUID
    if_version: Version


class TransferLine(Input):
    variant_id: UUID
    quantity: Positive
    unit: Unit | None = None


class SendTransfer(Input):
    """Takes goods out of one store; they are on the way until the other one receives them."""

    from_store_id: UUID
    to_store_id: UUID
    lines: Annotated[list[TransferLine], Meta(min_length=1, max_length=500)]
    reference: Reference = ""
    note: Note = ""


class ReceivedLine(Input):
    variant_id: UUID
    quantity: NotNegative
    unit: Unit | None = None


class ReceiveTransfer(Input):
    """What has arrived; all of it when no lines are given. What has not is written off as waste in the sending store.

    Of what is not named when others are, nothing has arrived.
    """

    id: UUID
    if_version: Version
    lines: Annotated[list[ReceivedLine], Meta(max_length=500)] = []


class CancelTransfer(Input):
    """The goods go back to where they came from."""

    id: UUID
    if_version: Version


class GetCount(Input):
    id: UUID


class GetTransfer(Input):
    id: UUID


class ListCounts(Input):
    """Newest first."""

    store_id: UUID | None = None
    state: CountState | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class ListTransfers(Input):
    """Newest first. `store_id`: sent by it, or to it."""

    store_id: UUID | None = None
    state: TransferState | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class ListLevels(Input):
    """`below_reorder`: only what is at or below its reorder point."""

    store_id: UUID | None = None
    product_id: UUID | None = None
    variant_id: UUID | None = None
    below_reorder: bool = False
    limit: Limit = 50
    cursor: Cursor | None = None


class ListMovements(Input):
    """Newest first. `reference_id`: an order, a count, a transfer."""

    store_id: UUID | None = None
    variant_id: UUID | None = None
    kind: MovementKind | None = None
    reference_id: UUID | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class CheckStock(Input):
    """Of one store, or of all; page by page. A page is as much as can be looked at within about two seconds."""

    store_id: UUID | None = None
    cursor: Cursor | None = None


# --- what is told -----------------------------------------------------------------------------------------


class Level(Value):
    """`available` = `on_hand` - `reserved`. `in_transit`: on its way to this store, and not on hand yet.

    `average_cost`: of one unit, in minor units with up to four decimals; "" when unknown.
    """

    store_id: UUID
    variant_id: UUID
    product_id: UUID
    on_hand: str
    reserved: str
    available: str
    in_transit: str
    reorder_point: str | None
    average_cost: str
    currency: str
    updated_at: datetime


class Movement(Value):
    """`quantity` changes what is on hand, `reserved` what is kept back, `in_transit` what is on its way to the store.

    `at`: when it happened; `recorded_at`: when it was written down. `unit_cost`: of one unit, then, as `average_cost` of a level.
    """

    id: UUID
    store_id: UUID
    variant_id: UUID
    product_id: UUID
    kind: MovementKind
    quantity: str
    reserved: str
    at: datetime
    recorded_at: datetime
    unit_cost: str
    reference_id: UUID | None
    reference: str
    reason: str
    by: str
    in_transit: str = "0"


class LevelPage(Value):
    items: list[Level]
    next_cursor: str | None = None


class MovementPage(Value):
    items: list[Movement]
    next_cursor: str | None = None


class Movements(Value):
    """What was written, in the order of the lines."""

    items: list[Movement]


class LevelList(Value):
    items: list[Level]


class CountLine(Value):
    """`expected`: by the books, when it was counted; known once the count is closed. `difference` = `counted` - `expected`.

    Both stay null where it was not counted, or where another count has been closed that counted it later.
    """

    variant_id: UUID
    product_id: UUID
    counted: str | None = None
    counted_at: datetime | None = None
    expected: str | None = None
    difference: str | None = None


class Count(Value):
    id: UUID
    version: int
    store_id: UUID
    state: CountState
    note: str
    lines: list[CountLine]
    opened_by: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None


class TransferredLine(Value):
    variant_id: UUID
    product_id: UUID
    sent: str
    received: str | None = None


class Transfer(Value):
    id: UUID
    version: int
    from_store_id: UUID
    to_store_id: UUID
    state: TransferState
    lines: list[TransferredLine]
    reference: str
    note: str
    sent_by: str
    created_at: datetime
    updated_at: datetime


class CountPage(Value):
    items: list[Count]
    next_cursor: str | None = None


class TransferPage(Value):
    items: list[Transfer]
    next_cursor: str | None = None


class Finding(Value):
    """One record that differs: so much is `expected`, so much was `found`.

    `what` "level"        the level has not what the ledger adds up to
           "order"        the ledger has not what the order says
           "reservation"  not so much is kept back as the reservations, or the order, say
    """

    what: Literal["level", "order", "reservation"]
    store_id: UUID
    variant_id: UUID
    expected: str
    found: str
    order_id: UUID | None = None


class StockCheck(Value):
    """A page. No `findings` on any page: the books are right. `next_cursor`: where the next page goes on, null on the last one.

    `levels`, `movements`, `orders`: how many of each this page has looked at. `behind`: those of its orders whose latest version
    inventory has not heard of yet, and that are not judged.
    """

    findings: list[Finding]
    levels: int
    movements: int
    orders: int
    behind: int
    next_cursor: str | None = None


class StockTold(Value):
    """What the events about crossings carry."""

    level: Level
    before: str
    after: str


# --- for orders ---------------------------------------------------------------------------------------------


class ReserveLine(Input):
    variant_id: UUID
    product_id: UUID
    quantity: Positive


class Reserve(Input):
    """Keeps back at least `lines` for the version of this order that is about to be committed, all or nothing.

    It never becomes less by asking: whoever asks for the same order at the same moment may be the one who commits. What an order
    keeps back in the end is what its committed version says (`reserved`). No lines: an order that has never been lets go.
    `lent_by`: what is kept back for that order may be taken, because its lines move to this one.
    """

    order_id: UUID
    store_id: UUID
    lines: Annotated[list[ReserveLine], Meta(max_length=2000)] = []
    version: Version = 1
    lent_by: UUID | None = None


class ReserveMany(Input):
    """One outcome each, in this order. A reservation that no order follows within a minute or so lets go by itself."""

    items: Annotated[list[Reserve], Meta(min_length=1, max_length=1000)]


class Short(Value):
    variant_id: UUID
    available: str


class Reservation(Value):
    """Empty `short`: kept back. Otherwise nothing was changed, and so much is available of what there is not enough of."""

    order_id: UUID
    short: list[Short]


class ReservedMany(Value):
    items: list[Reservation]


# --- for reports --------------------------------------------------------------------------------------------


class AskCosts(Input):
    """What left a store's stock from `begin` on, and before `end`, by when it happened."""

    store_id: UUID
    begin: Moment
    end: Moment


class VariantCosts(Value):
    """Of one variant. Costs are whole numbers of 1/10,000,000 of the currency's minor unit, as text: they are not rounded.

    `sold`    thousandths of its unit that orders have taken, without those that came back; `cost`: theirs, as it was in that moment
    `lost`    the cost of waste, corrections, and of what counts found missing; less than zero for what they found too much
    `uncosted`  thousandths of its unit in `sold` whose cost nobody knew
    """

    variant_id: UUID
    sold: int
    cost: str
    lost: str
    uncosted: int


class StoreCosts(Value):
    items: list[VariantCosts]


class AskWorth(Input):
    """Of one store, or of all."""

    store_id: UUID | None = None


class StoreWorth(Value):
    """What is on hand in a store at its average cost, in minor units: of `variants` variants. `below_zero`: so many were sold that
    nobody had taken in. `uncosted`: so many are on hand whose cost nobody knows.
    """

    store_id: UUID
    currency: str
    variants: int
    value: int
    below_zero: int
    uncosted: int


class StoreWorths(Value):
    items: list[StoreWorth]


class AskWorthThen(Input):
    """What a store's stock was worth at these moments, of which each is later than the one before."""

    store_id: UUID
    moments: Annotated[list[Moment], Meta(min_length=1, max_length=31)]


class WorthThen(Value):
    """As `StoreWorth`, of what had happened before `at`."""

    at: datetime
    currency: str
    variants: int
    value: int
    below_zero: int
    uncosted: int


class WorthsThen(Value):
    """Moments that are too far back in the ledger are left out: see `valuing`.

    `empty_before`: at no moment up to this one was there anything yet; None when that is too far back to be looked for.
    """

    items: list[WorthThen]
    empty_before: datetime | None = None


# --- refusals, commands, events -------------------------------------------------------------------------------

NOT_FOUND = Reason("inventory.not_found", "not_found", "No such count or transfer", "Check the id; the lists of counts and transfers have them all.")
STALE = Reason("inventory.stale", "stale", "Changed by somebody else", "Read it again, look at what changed, and ask again with the new `ETag`.")
UNKNOWN_STORE = Reason("inventory.unknown_store", "invalid", "No such store", "Use the id of a store; `GET /v1/stores` lists them.")
UNKNOWN_VARIANT = Reason(
    "inventory.unknown_variant", "invalid", "No such product",
    "`errors` names the line. Use the id of a variant that the catalog has.",
)
WRONG_QUANTITY = Reason(
    "inventory.wrong_quantity", "invalid", "Not a possible quantity",
    "`errors` names the line. What is counted in pieces is moved whole, waste is taken away, and no more arrives than was sent.",
)
WRONG_UNIT = Reason(
    "inventory.wrong_unit", "invalid", "Not a unit of the product",
    "`errors` names the line. Use the code of one of the product's packs, or leave `unit` out.",
)
WRONG_CURRENCY = Reason("inventory.wrong_currency", "invalid", "Not the store's currency", "Give costs in the store's currency.")
WRONG_STATE = Reason(
    "inventory.wrong_state", "conflict", "It is closed already",
    "Read it again: it was closed, received or cancelled before. Begin a new one if there is more to do.",
)
INVALID = Reason("inventory.invalid", "invalid", "Not a possible request", "Correct the fields that `errors` names.")

_WRITING = (UNKNOWN_STORE, UNKNOWN_VARIANT, WRONG_QUANTITY, INVALID)
_MOVING = (*_WRITING, WRONG_UNIT)

LIST_LEVELS = Command("inventory.levels", ListLevels, LevelPage, "How much there is, by store and variant", reasons=(INVALID,))
LIST_MOVEMENTS = Command("inventory.movements", ListMovements, MovementPage, "The ledger, newest first", reasons=(INVALID,))
RECEIVE_GOODS = Command(
    "inventory.receive", ReceiveGoods, Movements, "Take goods in", keyed=True, reasons=(*_MOVING, WRONG_CURRENCY)
)
ADJUST_STOCK = Command("inventory.adjust", AdjustStock, Movements, "Correct the stock, or write it off", keyed=True, reasons=_MOVING)
SET_REORDER_POINTS = Command(
    "inventory.set_reorder_points", SetReorderPoints, LevelList, "Say below which level to order again", keyed=True, reasons=_WRITING
)
OPEN_COUNT = Command("inventory.open_count", OpenCount, Count, "Begin to count", keyed=True, reasons=_WRITING)
RECORD_COUNT = Command(
    "inventory.record_count", RecordCount, Count, "Write down what was counted", keyed=True,
    reasons=(NOT_FOUND, WRONG_STATE, *_MOVING),
)
CLOSE_COUNT = Command(
    "inventory.close_count", CloseCount, Count, "End a count and apply the differences", reasons=(NOT_FOUND, STALE, WRONG_STATE)
)
CANCEL_COUNT = Command("inventory.cancel_count", CancelCount, Count, "Give a count up", reasons=(NOT_FOUND, STALE, WRONG_STATE))
GET_COUNT = Command("inventory.get_count", GetCount, Count, "Get one count", reasons=(NOT_FOUND,))
LIST_COUNTS = Command("inventory.list_counts", ListCounts, CountPage, "List counts, newest first", reasons=(INVALID,))
SEND_TRANSFER = Command("inventory.send_transfer", SendTransfer, Transfer, "Send goods to another store", keyed=True, reasons=_MOVING)
RECEIVE_TRANSFER = Command(
    "inventory.receive_transfer", ReceiveTransfer, Transfer, "Receive a transfer", reasons=(NOT_FOUND, STALE, WRONG_STATE, *_MOVING)
)
CANCEL_TRANSFER = Command(
    "inventory.cancel_transfer", CancelTransfer, Transfer, "Call a transfer back", reasons=(NOT_FOUND, STALE, WRONG_STATE)
)
GET_TRANSFER = Command("inventory.get_transfer", GetTransfer, Transfer, "Get one transfer", reasons=(NOT_FOUND,))
LIST_TRANSFERS = Command("inventory.list_transfers", ListTransfers, TransferPage, "List transfers, newest first", reasons=(INVALID,))
CHECK_STOCK = Command(
    "inventory.check", CheckStock, StockCheck, "Prove that ledger, levels and orders agree, or name what differs",
    reasons=(UNKNOWN_STORE, INVALID),
)
RESERVE = Command("inventory.reserve", ReserveMany, ReservedMany, "Keep goods back for orders")
ASK_COSTS = Command("inventory.costs", AskCosts, StoreCosts, "What left the stock in a span of time, at cost")
ASK_WORTH = Command("inventory.worth", AskWorth, StoreWorths, "What the stock is worth")
ASK_WORTH_THEN = Command("inventory.worth_then", AskWorthThen, WorthsThen, "What a store's stock was worth, by when things happened")

STOCK_LOW = Event("stock.low", StockTold, "A level came down to its reorder point")
STOCK_OUT = Event("stock.out", StockTold, "A level came down to nothing")
STOCK_BACK = Event("stock.back", StockTold, "There is something again")
STOCK_RECEIVED = Event("stock.received", Movements, "Goods came in")
STOCK_ADJUSTED = Event("stock.adjusted", Movements, "The stock was corrected, or written off")
COUNT_CLOSED = Event("stock.counted", Count, "A count was closed and its differences applied")
TRANSFER_SENT = Event("transfer.sent", Transfer, "Goods are on their way to another store")
TRANSFER_RECEIVED = Event("transfer.received", Transfer, "Goods have arrived from another store")
TRANSFER_CANCELLED = Event("transfer.cancelled", Transfer, "A transfer was called back")
