"""What `payments` answers and tells."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from actors.runtime.words import NOT_BLANK, Command, Cursor, Event, Input, Limit, Money, Note, Reason, SignedMoney, Value, Version

# --- vocabulary ------------------------------------------------------------------------------------------

Method = Annotated[
    Literal["manual", "qris", "card", "gift_card", "store_credit", "on_account", "points"],
    Meta(
        description="manual: the terminal beside the register has said yes. qris: a code that the customer's phone scans. card: through a "
        "provider. gift_card and store_credit: from an account here. on_account and points: by the order's customer, as far as limit and points go."
    ),
]
IntentState = Annotated[
    Literal["pending", "held", "approved", "declined", "expired", "cancelled", "returning", "returned"],
    Meta(
        description="pending: waits for the provider. held: an account's money is kept back for it. approved: the money is there. "
        "returning, returned: it is given back, because its order could not take it."
    ),
]
AccountKind = Literal["gift_card", "store_credit"]
Reference = Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1F\x7F]*$(?!\n)")]
GiftCode = Annotated[
    str, Meta(min_length=8, max_length=64, pattern=r"^[0-9A-Za-z-]+$(?!\n)", description="As printed on the card; case and dashes do not matter.")
]
Provider = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[a-z][a-z0-9_]*$(?!\n)", description="Which provider.")]

# --- intents ------------------------------------------------------------------------------------------------


class CreateIntent(Input):
    """A payment for an open order, up to what is missing on it. `id` may be the client's own.

    `reference`   manual: the terminal's, which is needed. `card_type`: what the tender is called then
    `code`        gift_card: the card's; its `account_id` will do, too. store_credit: `account_id`
    `provider`    qris and card: which one; the configured one when missing. qris: "merchant" for the store's own code, whatever is configured
    """

    order_id: UUID
    method: Method
    amount: Money
    id: UUID | None = None
    reference: Reference = ""
    card_type: Literal["card", "qris", "transfer", "voucher", "other"] = "card"
    code: GiftCode | None = None
    account_id: UUID | None = None
    provider: Provider | None = None
    tip: Money | None = None
    expires_in_seconds: Annotated[int, Meta(ge=10, le=86_400)] = 300


class CancelIntent(Input):
    """Not paid yet: it is called off. Asked again, the answer is the intent as it is."""

    id: UUID
    reason: Note = ""


class GetIntent(Input):
    id: UUID


class ListIntents(Input):
    """Newest first."""

    order_id: UUID | None = None
    state: IntentState | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class TakeCallback(Input):
    """What a provider sent, as it came: `body` is base64 of the exact bytes, for the signature is over them."""

    provider: Provider
    body: Annotated[str, Meta(max_length=100_000)]
    headers: dict[str, str] = {}


class Taken(Value):
    """`outcome` "known": it had come before. "ignored": it concerns nothing of ours."""

    outcome: Literal["taken", "known", "ignored"]


class Qr(Value):
    """`payload`: what the code says, by EMVCo MPM. Its picture is at the intent's `/qr.png` and `/qr.svg`."""

    payload: str


class Intent(Value):
    """`refunded`: how much of `amount` (with its tip) has gone back; `refund_due`: how much of it should have. They meet in the end."""

    id: UUID
    version: int
    order_id: UUID
    method: Method
    state: IntentState
    amount: Money
    reference: str
    refunded: Money
    refund_due: Money
    tender_type: Literal["card", "qris", "transfer", "voucher", "other", "gift_card", "store_credit", "on_account", "points"]
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    provider: str | None = None
    tip: Money | None = None
    account_id: UUID | None = None
    qr: Qr | None = None
    failure: str = ""
    customer_id: UUID | None = None


class IntentPage(Value):
    items: list[Intent]
    next_cursor: str | None = None


class GetQr(Input):
    id: UUID
    format: Literal["png", "svg"] = "png"


class QrPicture(Value):
    """`content` is base64."""

    content_type: str
    content: str


class SetMerchant(Input):
    """The merchant's static QRIS code of a store, as text; dynamic codes are made from it. With it, no provider is needed to show one."""

    store_id: UUID
    qris: Annotated[str, Meta(min_length=20, max_length=512, pattern=rf"^{NOT_BLANK}[\x20-\x7E]+$(?!\n)")]


class Merchant(Value):
    store_id: UUID
    qris: str
    merchant_name: str
    merchant_city: str
    version: int
    updated_at: datetime


class GetMerchant(Input):
    store_id: UUID


class ConfirmIntent(Input):
    """Somebody has seen the money come in: for QRIS from the merchant's static code, which no provider reports."""

    id: UUID
    reference: Reference = ""


# --- gift cards and store credit --------------------------------------------------------------------------------


class IssueGiftCard(Input):
    """`code` as printed on the card; a new one is made when missing. It is shown once."""

    amount: Money
    code: GiftCode | None = None
    id: UUID | None = None
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None
    note: Note = ""


class OpenStoreCredit(Input):
    """`customer_id`: of a customer that there is. Of one that was merged into another, the credit is the other one's."""

    amount: Money
    customer_id: UUID | None = None
    id: UUID | None = None
    note: Note = ""


class TopUp(Input):
    id: UUID
    amount: Money
    note: Note = ""


class FindGiftCard(Input):
    """What is on it. By POST, so that its code is in no log."""

    code: GiftCode


class GetAccount(Input):
    id: UUID


class AccountChanges(Input):
    active: bool | UnsetType = UNSET
    note: Note | UnsetType = UNSET


class UpdateAccount(Input):
    id: UUID
    if_version: Version
    changes: AccountChanges


class ListAccounts(Input):
    """Newest first. `customer_id`: those of the person, by whichever of the records that were merged into one."""

    kind: AccountKind | None = None
    customer_id: UUID | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class ListEntries(Input):
    """Newest first."""

    account_id: UUID
    limit: Limit = 50
    cursor: Cursor | None = None


class Account(Value):
    """`available` = `balance` - `held`, and never below zero. `hint`: the last four characters of a gift card's code."""

    id: UUID
    version: int
    kind: AccountKind
    balance: Money
    held: Money
    available: Money
    active: bool
    hint: str
    note: str
    created_at: datetime
    updated_at: datetime
    customer_id: UUID | None = None
    expires_at: datetime | None = None


class NewGiftCard(Account):
    """The only time that the code itself is shown."""

    code: str = ""


class Entry(Value):
    """`amount` changes the balance, `held` what is kept back."""

    id: UUID
    account_id: UUID
    kind: Literal["issue", "top_up", "hold", "release", "redeem", "refund"]
    amount: SignedMoney
    held: SignedMoney
    balance: Money
    at: datetime
    by: str
    note: str
    intent_id: UUID | None = None
    order_id: UUID | None = None


class AccountPage(Value):
    items: list[Account]
    next_cursor: str | None = None


class EntryPage(Value):
    items: list[Entry]
    next_cursor: str | None = None


class ListOwned(Input):
    """The store credits of any of these customers, and what was booked on them; each in the order of ids. For exporting what is known of a person."""

    customer_ids: list[UUID]
    limit: Limit = 200
    cursor: Cursor | None = None


class OwnedPage(Value):
    accounts: list[Account]
    entries: list[Entry]
    next_cursor: str | None = None


class ForgetOwners(Input):
    """They are about to be erased: nobody gives them store credit any more, unless some of them still has any, or until `customers` says
    that they are not. `attempt`: an id of its own for each time that it is tried.
    """

    customer_ids: list[UUID]
    attempt: UUID


class StillOwned(Value):
    """What is left on active accounts; some of them, when they are many. None: they are forgotten."""

    accounts: list[Account]


class CheckPayments(Input):
    """`cursor`: where the page before ended; the check goes through all accounts and intents."""

    cursor: Cursor | None = None


class PaymentFinding(Value):
    """One record that differs. "account": entries do not sum up to the balance. "intent": the order has another amount, or none."""

    what: Literal["account", "intent"]
    id: UUID
    detail: str


class PaymentsCheck(Value):
    """A page. No `findings` on any page: the books are right. `accounts`, `intents`: how many it has looked at; `unsettled`: of these intents,
    those whose order has not been heard of yet, or that are still going back. With a `next_cursor` the check is not over: go on until there is none.
    """

    findings: list[PaymentFinding]
    accounts: int
    intents: int
    unsettled: int
    next_cursor: str | None = None


# --- refusals, commands, events -------------------------------------------------------------------------------

NOT_FOUND = Reason("payments.not_found", "not_found", "No such intent or account", "Check the id, or the gift card's code.")
STALE = Reason(
    "payments.stale", "stale", "Changed by somebody else",
    "Read it again, look at what changed, and send your change with the new `ETag`.",
)
ID_TAKEN = Reason("payments.id_taken", "conflict", "Another one has this id", "Make a new id; or read the one that has it, if it was you.")
CODE_TAKEN = Reason("payments.code_taken", "conflict", "Another gift card has this code", "Use another code, or none: then one is made.")
UNKNOWN_ORDER = Reason(
    "payments.unknown_order", "invalid", "No such order",
    "Place the order first, without its tenders; then begin the payment with its id.",
)
UNKNOWN_STORE = Reason("payments.unknown_store", "invalid", "No such store", "Use the id of a store; `GET /v1/stores` lists them.")
NOT_PAYABLE = Reason(
    "payments.not_payable", "conflict", "The order is not waiting for a payment",
    "Only an open order takes payments. Read it: it may be paid, held or called off.",
)
TOO_MUCH = Reason(
    "payments.too_much", "conflict", "More than the order still needs",
    "Ask for at most the order's `totals.missing`, less what other pending intents are for.",
)
NOT_ENOUGH = Reason("payments.not_enough", "conflict", "Not so much on the account", "Take less from this account, and the rest another way.")
ACCOUNT_CLOSED = Reason(
    "payments.account_closed", "conflict", "The account is not active, or has expired",
    "Activate the account, or pay another way.",
)
WRONG_STATE = Reason(
    "payments.wrong_state", "conflict", "Not possible in the intent's state",
    "Read the intent: it is already paid, or over. Begin a new one if the order still waits.",
)
WRONG_CURRENCY = Reason("payments.wrong_currency", "invalid", "Another currency", "Give the amount in the currency of the order, or of the account.")
NO_PROVIDER = Reason(
    "payments.no_provider", "invalid", "No such provider",
    "Use a provider that this Kasir has, or leave it out; the operator configures them.",
)
NO_MERCHANT = Reason(
    "payments.no_merchant", "conflict", "The store has no QRIS code",
    "Give the store its merchant's code first: `POST /v1/stores/{store_id}/qris`.",
)
BAD_SIGNATURE = Reason(
    "payments.bad_signature", "forbidden", "Not signed by the provider",
    "Sign the callback with the secret that the operator configured, over the exact bytes.",
)
WRONG_QRIS = Reason(
    "payments.wrong_qris", "invalid", "Not a QRIS code of a merchant",
    "Give the text inside the merchant's static QR code, unchanged, with its checksum.",
)
NO_CUSTOMER = Reason(
    "payments.no_customer", "conflict", "The order names no customer",
    "Change the order so that its `customer` has the `id` of who pays; then begin the payment again.",
)
INVALID = Reason("payments.invalid", "invalid", "Not a possible request", "Correct the fields that `errors` names.")

CREATE_INTENT = Command(
    "payments.create_intent", CreateIntent, Intent, "Begin a payment for an open order", keyed=True,
    reasons=(
        UNKNOWN_ORDER, NOT_PAYABLE, TOO_MUCH, WRONG_CURRENCY, NOT_FOUND, NOT_ENOUGH, ACCOUNT_CLOSED, NO_PROVIDER, NO_MERCHANT, NO_CUSTOMER,
        ID_TAKEN, INVALID,
    ),
)
CONFIRM_INTENT = Command(
    "payments.confirm_intent", ConfirmIntent, Intent, "Say that the money has come", keyed=True, reasons=(NOT_FOUND, WRONG_STATE)
)
CANCEL_INTENT = Command("payments.cancel_intent", CancelIntent, Intent, "Call a payment off", reasons=(NOT_FOUND, WRONG_STATE))
GET_INTENT = Command("payments.get_intent", GetIntent, Intent, "Get one intent", reasons=(NOT_FOUND,))
LIST_INTENTS = Command("payments.list_intents", ListIntents, IntentPage, "List intents, newest first", reasons=(INVALID,))
GET_QR = Command("payments.qr", GetQr, QrPicture, "The picture of an intent's QR code", reasons=(NOT_FOUND,))
TAKE_CALLBACK = Command(
    "payments.take_callback", TakeCallback, Taken, "Take what a provider reports", reasons=(NO_PROVIDER, BAD_SIGNATURE, INVALID)
)
SET_MERCHANT = Command(
    "payments.set_merchant", SetMerchant, Merchant, "Give a store its merchant's QRIS code", keyed=True, reasons=(UNKNOWN_STORE, WRONG_QRIS)
)
GET_MERCHANT = Command("payments.get_merchant", GetMerchant, Merchant, "Get a store's QRIS code", reasons=(NOT_FOUND,))
ISSUE_GIFT_CARD = Command(
    "payments.issue_gift_card", IssueGiftCard, NewGiftCard, "Issue a gift card", keyed=True, sealed=True,
    reasons=(CODE_TAKEN, ID_TAKEN, WRONG_CURRENCY, INVALID),
)
OPEN_STORE_CREDIT = Command(
    "payments.open_store_credit", OpenStoreCredit, Account, "Give somebody store credit", keyed=True, reasons=(ID_TAKEN, WRONG_CURRENCY, INVALID)
)
TOP_UP = Command(
    "payments.top_up", TopUp, Account, "Put more on an account", keyed=True, reasons=(NOT_FOUND, ACCOUNT_CLOSED, WRONG_CURRENCY, INVALID)
)
FIND_GIFT_CARD = Command("payments.find_gift_card", FindGiftCard, Account, "What is on a gift card", reasons=(NOT_FOUND,))
GET_ACCOUNT = Command("payments.get_account", GetAccount, Account, "Get one account", reasons=(NOT_FOUND,))
UPDATE_ACCOUNT = Command("payments.update_account", UpdateAccount, Account, "Change an account", reasons=(NOT_FOUND, STALE))
LIST_ACCOUNTS = Command("payments.list_accounts", ListAccounts, AccountPage, "List gift cards and store credits", reasons=(INVALID,))
LIST_OWNED = Command("payments.list_owned", ListOwned, OwnedPage, "What customers have as store credit", reasons=(INVALID,))
FORGET_OWNERS = Command("payments.forget_owners", ForgetOwners, StillOwned, "Give these customers no store credit any more")
LIST_ENTRIES = Command("payments.list_entries", ListEntries, EntryPage, "An account's ledger", reasons=(NOT_FOUND, INVALID))
CHECK_PAYMENTS = Command(
    "payments.check", CheckPayments, PaymentsCheck, "Prove that accounts, intents and orders agree, or name what differs", reasons=(INVALID,)
)

PAYMENT_APPROVED = Event("payment.approved", Intent, "A payment was approved, or an account's money is held for it")
PAYMENT_FAILED = Event("payment.failed", Intent, "A payment was declined, has expired, or was called off")
PAYMENT_REFUNDED = Event("payment.refunded", Intent, "A payment was given back, in part or as a whole")
ACCOUNT_OPENED = Event("account.opened", Account, "A gift card or a store credit was issued")
ACCOUNT_UPDATED = Event("account.updated", Account, "What is on an account has changed")
