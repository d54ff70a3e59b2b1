"""What `customers` answers and tells.

Events carry no names, phones or addresses: what was told cannot be taken back, and a person may ask to be forgotten.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from actors.payments.contract import Account, Entry
from actors.runtime.words import LINE, TEXT, Code, Command, Cursor, Event, Input, Limit, Money, Name, Note, Reason, SignedMoney, Value, Version

# --- vocabulary ------------------------------------------------------------------------------------------

Phone = Annotated[
    str,
    Meta(
        max_length=32, pattern=r"^(\+?[0-9][0-9 ().-]{2,30}[0-9])?$(?!\n)",
        description="As people write it; kept as digits with the country code: 0812-3456-7890 becomes 6281234567890. Empty: none.",
        examples=["0812-3456-7890"],
    ),
]
Email = Annotated[str, Meta(max_length=200, pattern=r"^([^\s@\x00-\x1F\x7F]+@[^\s@\x00-\x1F\x7F]+)?$(?!\n)")]
MemberCode = Annotated[Code, Meta(description="What is on the member's card. One customer has it; case does not matter.")]
Words = Annotated[
    str,
    Meta(
        min_length=1, max_length=100, pattern=LINE,
        description="Beginnings of words of the name, of the phone or of the code. All of them must fit.", examples=["sari wij"],
    ),
]
Answers = Annotated[dict[Code, bool], Meta(max_length=20)]
Custom = Annotated[dict[Code, Annotated[str, Meta(max_length=500, pattern=TEXT)]], Meta(max_length=50)]
Factor = Annotated[
    str, Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,3})?$(?!\n)", description="With up to three decimals: \"1.5\" is half as much again.", examples=["1.5"])
]
Points = Annotated[int, Meta(ge=0, le=10**12)]
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset.")]
Paying = Annotated[Literal["on_account", "points"], Meta(description="Methods of payment intents.")]

# --- profiles -----------------------------------------------------------------------------------------------


class CreateCustomer(Input):
    """`id` may be the client's own. `code`: one is made when missing. `group`: the code of a customer group that there is."""

    name: Name
    id: UUID | None = None
    code: MemberCode | None = None
    phone: Phone = ""
    email: Email = ""
    group: Code | None = None
    tax_exempt: bool = False
    birthday: date | None = None
    note: Note = ""
    consent: Answers = {}
    custom: Custom = {}


class CustomerChanges(Input):
    """Only what is given changes; `consent` and `custom` are replaced as wholes."""

    name: Name | UnsetType = UNSET
    code: MemberCode | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    group: Code | UnsetType | None = UNSET
    tax_exempt: bool | UnsetType = UNSET
    birthday: date | UnsetType | None = UNSET
    note: Note | UnsetType = UNSET
    consent: Answers | UnsetType = UNSET
    custom: Custom | UnsetType = UNSET


class UpdateCustomer(Input):
    id: UUID
    if_version: Version
    changes: CustomerChanges


class GetCustomer(Input):
    id: UUID


class ListCustomers(Input):
    """With `q` in the order of what was found; without, newest first. Who was merged into another, or erased, is not among them."""

    q: Words | None = None
    group: Code | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class MergeCustomers(Input):
    """`other_id` is the same person: balances, points and what `id` lacks move to `id`, and the other one points to it."""

    id: UUID
    other_id: UUID
    note: Note = ""


class EraseCustomer(Input):
    """Empties everything personal. Ids and books stay. Not as long as there is a debt, or store credit. Asked again, the answer is what is left."""

    id: UUID
    reason: Note = ""


class ExportCustomer(Input):
    """All that is known of a person, page by page: each page holds up to `limit` of each ledger, of the store credits and of the orders."""

    id: UUID
    limit: Limit = 200
    cursor: Cursor | None = None


class Profile(Value):
    """`phone`: digits with the country code. `merged_into`: the record that has taken its place; `erased_at`: nothing personal is left."""

    id: UUID
    version: int
    code: str
    name: str
    phone: str
    email: str
    group: str | None
    tax_exempt: bool
    birthday: date | None
    note: str
    consent: dict[str, bool]
    custom: dict[str, str]
    created_at: datetime
    updated_at: datetime
    merged_into: UUID | None = None
    erased_at: datetime | None = None


class ProfilePage(Value):
    items: list[Profile]
    next_cursor: str | None = None


# --- groups -------------------------------------------------------------------------------------------------


class CreateGroup(Input):
    """A price list is the group's when its `customer_groups` name this code. `tax_exempt`: so are all of its members.

    `points_factor`: how many times the usual points its members earn.
    """

    code: Code
    name: Name
    tax_exempt: bool = False
    points_factor: Factor = "1"


class GroupChanges(Input):
    name: Name | UnsetType = UNSET
    tax_exempt: bool | UnsetType = UNSET
    points_factor: Factor | UnsetType = UNSET


class UpdateGroup(Input):
    code: Code
    if_version: Version
    changes: GroupChanges


class GetGroup(Input):
    code: Code


class ListGroups(Input):
    """In the order of their codes."""

    limit: Limit = 50
    cursor: Cursor | None = None


class CustomerGroup(Value):
    code: str
    version: int
    name: str
    tax_exempt: bool
    points_factor: str
    created_at: datetime
    updated_at: datetime


class CustomerGroupPage(Value):
    items: list[CustomerGroup]
    next_cursor: str | None = None


# --- credit accounts ----------------------------------------------------------------------------------------


class SetCredit(Input):
    """Opens a customer's credit account, or changes its limit. A limit below what is owed only stops further charges."""

    id: UUID
    limit: Money
    note: Note = ""


class GetCredit(Input):
    id: UUID


class PayCredit(Input):
    """Pays off what is owed, at most all of it. `reference`: of the transfer, or the receipt for the cash.

    `register_id`: where it is paid in cash, so that its drawer should hold so much more. Missing: it goes into no drawer.
    """

    id: UUID
    amount: Money
    register_id: UUID | None = None
    reference: Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1F\x7F]*$(?!\n)")] = ""
    note: Note = ""


class GetStatement(Input):
    """What was booked on the account, oldest first. `booked_from` is included, `booked_until` is not."""

    id: UUID
    booked_from: Moment | None = None
    booked_until: Moment | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


class CreditAccount(Value):
    """`balance` is what is owed; less than zero when what was paid off came back. `available` = `limit` - `balance`, never less than nothing.

    `version` counts changes of both.
    """

    customer_id: UUID
    version: int
    limit: Money
    balance: SignedMoney
    available: Money
    opened_at: datetime
    updated_at: datetime


class CreditEntry(Value):
    """`amount` changes what is owed: charges add to it, payments and refunds take off. `balance`: afterwards.

    merged: what came from another record, or went to it. `order_id`, `intent_id`: the sale and its payment intent. `register_id`: whose
    drawer the cash has gone into, with its store and the business date there.
    """

    id: UUID
    customer_id: UUID
    kind: Literal["charge", "payment", "refund", "merged"]
    amount: SignedMoney
    balance: SignedMoney
    at: datetime
    by: str
    reference: str = ""
    note: str = ""
    order_id: UUID | None = None
    intent_id: UUID | None = None
    register_id: UUID | None = None
    store_id: UUID | None = None
    business_date: date | None = None


class CreditStatement(Value):
    """`opening` + the amounts of all entries = `closing`, over all pages."""

    customer_id: UUID
    opening: SignedMoney
    closing: SignedMoney
    items: list[CreditEntry]
    next_cursor: str | None = None


# --- points ---------------------------------------------------------------------------------------------------


class SetProgram(Input):
    """How points are earned and what they are worth, in all stores of one currency. Sales from now on follow it; earlier ones
    keep the rules under which they were made.

    `earn_points`          for each full `earn_per` of what counts; times the group's `points_factor`, rounded down
    `point_value`          what a point pays; nothing: it cannot be paid with
    `minimum`              a sale of less earns nothing
    `excluded_categories`  what does not count
    `count_points`         also what was paid with points earns points
    `expire_months`        when points are lost; the earliest are used first. Missing: never
    """

    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]
    earn_points: Annotated[int, Meta(ge=0, le=1_000_000)]
    earn_per: Money
    point_value: Money
    minimum: Money | None = None
    excluded_categories: Annotated[list[Name], Meta(max_length=100)] = []
    count_points: bool = False
    expire_months: Annotated[int, Meta(ge=1, le=120)] | None = None
    active: bool = True


class ListPrograms(Input):
    """No filters."""


class PointsProgram(Value):
    """`begins_at`: sales that Kasir has known of before earn nothing."""

    currency: str
    version: int
    earn_points: int
    earn_per: Money
    point_value: Money
    minimum: Money
    excluded_categories: list[str]
    count_points: bool
    expire_months: int | None
    active: bool
    begins_at: datetime
    updated_at: datetime


class PointsProgramList(Value):
    items: list[PointsProgram]


class GetPoints(Input):
    id: UUID


class PointsExpiring(Value):
    at: datetime
    points: int


class PointsWorth(Value):
    """What the balance pays at most, in the stores of one currency."""

    points: int
    amount: Money


class PointsAccount(Value):
    """`balance` may be below zero: points were spent, and then what they had been earned with came back. `expiring`: the next ones."""

    customer_id: UUID
    balance: int
    worth: list[PointsWorth]
    expiring: list[PointsExpiring]


class AdjustPoints(Input):
    """By hand, with a reason. Not more are taken than there are. `expires_at`: of those that are given; missing: never."""

    id: UUID
    points: Annotated[int, Meta(ge=1, le=10**9)]
    reason: Name
    kind: Literal["give", "take"] = "give"
    expires_at: Moment | None = None


class ListPointsEntries(Input):
    """Newest first."""

    id: UUID
    limit: Limit = 50
    cursor: Cursor | None = None


class PointsEntry(Value):
    """earned, taken_back: by an order, as it stands. redeemed, given_back: paid with, and back again. kept: had been lost, but were taken
    back with their sale. erased: lost with the person's data."""

    id: UUID
    customer_id: UUID
    kind: Literal["earned", "taken_back", "redeemed", "given_back", "expired", "kept", "adjusted", "merged", "erased"]
    points: int
    balance: int
    at: datetime
    by: str
    note: str = ""
    order_id: UUID | None = None
    intent_id: UUID | None = None


class PointsEntryPage(Value):
    items: list[PointsEntry]
    next_cursor: str | None = None


# --- all of it ------------------------------------------------------------------------------------------------


class OrderSummary(Value):
    id: UUID
    store_id: UUID
    receipt: str
    sold_at: datetime
    status: str
    total: Money


class CustomerExport(Value):
    """`records`: the customer, and those that were merged into it. The first page has them all; the ledgers go on over the pages."""

    records: list[Profile]
    credit: CreditAccount | None
    points: int
    credit_entries: list[CreditEntry]
    points_entries: list[PointsEntry]
    orders: list[OrderSummary]
    next_cursor: str | None = None
    store_credits: list[Account] = []
    store_credit_entries: list[Entry] = []


class CheckCustomers(Input):
    """`cursor`: where the page before ended; the check goes through all accounts, charges and sales with points."""

    cursor: Cursor | None = None


class CustomerFinding(Value):
    """One record that differs. credit, points: entries do not sum up to the balance. lots: points that are there by sale are not the balance.
    order: a sale has earned other points than its rules say. charge: a payment intent has taken another amount, or none."""

    what: Literal["credit", "points", "lots", "order", "charge"]
    id: UUID
    detail: str


class CreditTotal(Value):
    """Over all pages: `charged` - `returned` - `paid` = `owed`. `points_paid`, `points_returned`: what points have paid, in money."""

    currency: str
    charged: int
    returned: int
    paid: int
    owed: int
    points_paid: int
    points_returned: int


class CustomersCheck(Value):
    """A page. No `findings` on any page: the books are right. `customers`: how many accounts it has looked at; `orders`, `charges`: how many
    were compared with `orders` and `payments`; `totals`: of these accounts and charges. Add up what all pages say.
    `behind`: so many events about orders have not been followed yet. With a `next_cursor` the check is not over: go on until there is none.
    """

    findings: list[CustomerFinding]
    customers: int
    orders: int
    charges: int
    totals: list[CreditTotal]
    behind: int = 0
    next_cursor: str | None = None


# --- for other actors -----------------------------------------------------------------------------------------


class LookUp(Input):
    """What others must know of customers. Ids that nobody has are left out of the answer."""

    ids: Annotated[list[UUID], Meta(max_length=500)]


class KnownCustomer(Value, omit_defaults=True):
    """`id` as it was asked for. Of a merged one all the rest is that of the record which took its place, `merged_into`.

    `tax_exempt`: by itself or by its group. `also`: records that were merged into it: their sales are its own.
    """

    id: UUID
    name: str
    group: str | None = None
    tax_exempt: bool = False
    merged_into: UUID | None = None
    erased: bool = False
    also: list[UUID] = []


class KnownCustomers(Value):
    items: list[KnownCustomer]


class LookErased(Input):
    """Is this record erased? If it is not, no erasing that has begun by now will erase it: it comes to nothing, and is tried again."""

    id: UUID


class Erasure(Value):
    erased: bool


class ChargeCustomer(Input):
    """Pay with what a customer has here: once for each intent, whatever it answers; asked again, it is the same answer."""

    intent_id: UUID
    order_id: UUID
    customer_id: UUID
    kind: Paying
    amount: Money


class GiveBackCharge(Input):
    """So much of the charge, all in all, goes back. Less than before changes nothing."""

    intent_id: UUID
    up_to: Annotated[int, Meta(ge=0, le=10**14)]


class FindCharge(Input):
    intent_id: UUID


class CustomerCharge(Value, omit_defaults=True):
    """`customer_id`: who has paid. `points`: how many it took; `returned`, `points_returned`: how much of it is back."""

    intent_id: UUID
    customer_id: UUID
    kind: Paying
    state: Literal["approved", "declined"]
    amount: Money
    returned: Money
    points: int = 0
    points_returned: int = 0
    failure: str = ""


# --- what is told -----------------------------------------------------------------------------------------------


class CustomerTold(Value):
    """No personal data: whoever may read them reads the customer. `changed`: names of its fields."""

    id: UUID
    version: int
    group: str | None
    tax_exempt: bool
    changed: list[str]
    by: str
    merged_into: UUID | None = None
    merged: UUID | None = None


class CreditTold(Value):
    """How the account is after `entry`, or after its limit was set."""

    customer_id: UUID
    version: int
    limit: Money
    balance: SignedMoney
    entry: CreditEntry | None = None


class PointsTold(Value):
    """`change`: by how many points the balance went up or down; `entries`: in which steps."""

    customer_id: UUID
    balance: int
    change: int
    entries: list[PointsEntry]


# --- refusals, commands, events -------------------------------------------------------------------------------

NOT_FOUND = Reason("customers.not_found", "not_found", "No such customer, group or charge", "Check the id or the code.")
STALE = Reason(
    "customers.stale", "stale", "Changed by somebody else",
    "Read it again, look at what changed, and send your change with the new `ETag`.",
)
ID_TAKEN = Reason("customers.id_taken", "conflict", "Another customer has this id", "Make a new id; or read the customer that has it, if it was you.")
CODE_TAKEN = Reason(
    "customers.code_taken", "conflict", "The code is taken",
    "Use another code, or none: then one is made. Or it is the same person: merge them.",
)
UNKNOWN_GROUP = Reason(
    "customers.unknown_group", "invalid", "No such customer group", "Create the group first; `GET /v1/customer-groups` lists them."
)
NEEDS_APPROVAL = Reason(
    "customers.needs_approval", "forbidden", "Somebody must approve it",
    "A group or an exemption makes every sale to this customer cheaper. Get an approval with `POST /v1/approvals` for the purpose `override`, and "
    "send the request again with it.",
)
GONE = Reason(
    "customers.gone", "conflict", "Merged into another record, or erased",
    "Read the customer: `merged_into` names the record that has taken its place. Who was erased cannot be changed any more.",
)
OWES = Reason(
    "customers.owes", "conflict", "There is a debt, or store credit",
    "Have what is owed paid off, or refund the sales. Have store credit spent; or, if the customer gives it up, close it: `PATCH /v1/accounts/{id}` "
    "with `\"active\": false`. Then erase.",
)
NO_CREDIT = Reason("customers.no_credit", "conflict", "No credit account", "Open one first: `POST /v1/customers/{id}/credit`.")
WRONG_CURRENCY = Reason(
    "customers.wrong_currency", "invalid", "Another currency",
    "Give amounts in the account's currency. Two records whose accounts differ in it cannot be merged before one is settled.",
)
WRONG_REGISTER = Reason(
    "customers.wrong_register", "invalid", "Not a register that takes it",
    "Name an active register of a store in the account's currency; `GET /v1/registers` lists them. Or none, if the money goes into no drawer.",
)
TOO_MUCH = Reason("customers.too_much", "conflict", "More than there is", "Pay at most what is owed; take away at most the points that there are.")
INVALID = Reason("customers.invalid", "invalid", "Not a possible request", "Correct the fields that `errors` names.")

CREATE_CUSTOMER = Command(
    "customers.create", CreateCustomer, Profile, "Add a customer", keyed=True, sealed=True,
    reasons=(ID_TAKEN, CODE_TAKEN, UNKNOWN_GROUP, NEEDS_APPROVAL, INVALID),
)
UPDATE_CUSTOMER = Command(
    "customers.update", UpdateCustomer, Profile, "Change a customer",
    reasons=(NOT_FOUND, STALE, GONE, CODE_TAKEN, UNKNOWN_GROUP, NEEDS_APPROVAL, INVALID),
)
GET_CUSTOMER = Command("customers.get", GetCustomer, Profile, "Get one customer", reasons=(NOT_FOUND,))
LIST_CUSTOMERS = Command("customers.list", ListCustomers, ProfilePage, "Find customers by name, phone or code; or list them", reasons=(INVALID,))
MERGE_CUSTOMERS = Command(
    "customers.merge", MergeCustomers, Profile, "Merge another record of the same person into this one", keyed=True, sealed=True,
    reasons=(NOT_FOUND, GONE, WRONG_CURRENCY, INVALID),
)
ERASE_CUSTOMER = Command("customers.erase", EraseCustomer, Profile, "Forget a person; the books stay", reasons=(NOT_FOUND, GONE, OWES))
EXPORT_CUSTOMER = Command("customers.export", ExportCustomer, CustomerExport, "All that is known of a person", reasons=(NOT_FOUND, INVALID))
CREATE_GROUP = Command("customers.create_group", CreateGroup, CustomerGroup, "Add a customer group", keyed=True, reasons=(CODE_TAKEN,))
UPDATE_GROUP = Command("customers.update_group", UpdateGroup, CustomerGroup, "Change a customer group", reasons=(NOT_FOUND, STALE))
GET_GROUP = Command("customers.get_group", GetGroup, CustomerGroup, "Get one customer group", reasons=(NOT_FOUND,))
LIST_GROUPS = Command("customers.list_groups", ListGroups, CustomerGroupPage, "List customer groups", reasons=(INVALID,))
SET_CREDIT = Command(
    "customers.set_credit", SetCredit, CreditAccount, "Open a credit account, or change its limit", keyed=True,
    reasons=(NOT_FOUND, GONE, WRONG_CURRENCY),
)
GET_CREDIT = Command("customers.get_credit", GetCredit, CreditAccount, "What a customer owes, and may owe", reasons=(NOT_FOUND, NO_CREDIT))
PAY_CREDIT = Command(
    "customers.pay_credit", PayCredit, CreditAccount, "Pay off what is owed", keyed=True,
    reasons=(NOT_FOUND, GONE, NO_CREDIT, WRONG_CURRENCY, WRONG_REGISTER, TOO_MUCH, INVALID),
)
GET_STATEMENT = Command("customers.statement", GetStatement, CreditStatement, "A credit account's statement", reasons=(NOT_FOUND, NO_CREDIT, INVALID))
SET_PROGRAM = Command(
    "customers.set_program", SetProgram, PointsProgram, "Set how points are earned and what they are worth", keyed=True,
    reasons=(WRONG_CURRENCY, INVALID),
)
LIST_PROGRAMS = Command("customers.list_programs", ListPrograms, PointsProgramList, "List points programs")
GET_POINTS = Command("customers.get_points", GetPoints, PointsAccount, "How many points a customer has", reasons=(NOT_FOUND,))
ADJUST_POINTS = Command(
    "customers.adjust_points", AdjustPoints, PointsAccount, "Give points, or take some away", keyed=True, reasons=(NOT_FOUND, GONE, TOO_MUCH, INVALID)
)
LIST_POINTS_ENTRIES = Command(
    "customers.points_entries", ListPointsEntries, PointsEntryPage, "A customer's points, entry by entry", reasons=(NOT_FOUND, INVALID)
)
CHECK_CUSTOMERS = Command(
    "customers.check", CheckCustomers, CustomersCheck, "Prove that credit accounts and points are right, or name what differs",
    reasons=(INVALID,), asks=True,
)

LOOK_UP = Command("customers.look_up", LookUp, KnownCustomers, "What others must know of customers")
LOOK_ERASED = Command(
    "customers.look_erased", LookErased, Erasure, "Whether somebody is erased; who is not, stays so until an erasing that begins later"
)
CHARGE = Command("customers.charge", ChargeCustomer, CustomerCharge, "Pay on account or with points, once for each intent")
GIVE_BACK = Command("customers.give_back", GiveBackCharge, CustomerCharge, "Give a charge back, in part or as a whole", reasons=(NOT_FOUND,))
FIND_CHARGE = Command("customers.find_charge", FindCharge, CustomerCharge, "What became of a charge", reasons=(NOT_FOUND,))

CUSTOMER_CREATED = Event("customer.created", CustomerTold, "A customer was added")
CUSTOMER_UPDATED = Event("customer.updated", CustomerTold, "A customer was changed")
CUSTOMER_MERGED = Event("customer.merged", CustomerTold, "A customer's record was merged into another")
CUSTOMER_ERASED = Event("customer.erased", CustomerTold, "A person's data were erased: forget them, too")
CREDIT_CHANGED = Event("credit.changed", CreditTold, "What a customer owes, or may owe, has changed")
POINTS_CHANGED = Event("points.changed", PointsTold, "A customer has more or fewer points")
CUSTOMER_EVENTS = (CUSTOMER_CREATED, CUSTOMER_UPDATED, CUSTOMER_MERGED, CUSTOMER_ERASED)
