"""How a payment begins: what the order still needs, who is to pay it, and what is shown to the customer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from msgspec.structs import replace

from actors.orders.contract import GET_ORDER, TIP_MAX, GetOrder, Order
from actors.orders.contract import NOT_FOUND as NO_ORDER
from actors.payments import ledger, qris, rules, store
from actors.payments.books import Books
from actors.payments.codes import code_hash
from actors.payments.contract import (
    ID_TAKEN,
    INVALID,
    NO_CUSTOMER,
    NO_MERCHANT,
    NO_PROVIDER,
    NOT_FOUND,
    NOT_PAYABLE,
    TOO_MUCH,
    UNKNOWN_ORDER,
    WRONG_CURRENCY,
    CreateIntent,
    Intent,
    Merchant,
    Qr,
)
from actors.payments.in_house import NAME as IN_HOUSE
from actors.payments.providers import Provider, find_provider
from actors.payments.rules import Kept
from actors.runtime.actor import Asked
from actors.runtime.money import shown
from actors.runtime.words import FieldError, Money, Refusal
from actors.runtime.work import Work

ACCOUNTS = ("gift_card", "store_credit")
BY_CUSTOMER = ("on_account", "points")
MERCHANT = "merchant"
"""Named as the provider of a QRIS payment: nobody but the merchant, by the store's own code."""
AMOUNT_MAX = 10**13
"""What `Money` can say."""


@dataclass(frozen=True)
class Around:
    """What a batch of new payments is decided by, besides the books."""

    orders: Mapping[UUID, Order | Refusal]
    merchants: Mapping[UUID, Merchant]
    providers: Mapping[str, Provider]
    codes: Mapping[bytes, UUID]
    secret_key: str

    def account_of(self, asked: CreateIntent) -> UUID | None:
        if asked.method == "gift_card" and asked.code is not None:
            return self.codes.get(code_hash(self.secret_key, asked.code))
        return asked.account_id


async def create_intents(asked: Sequence[Asked[CreateIntent]], work: Work) -> list[Intent | Refusal]:
    """Orders are asked before anything is locked. Two payments for one order then begin one after the other, and the second
    sees the first: whatever the answer was, together they are never more than was missing."""
    around = await _look_around([one.body for one in asked], work)
    await work.execute(store.SQL["one_at_a_time"], list(around.orders))
    wanted = [one.body.id for one in asked if one.body.id is not None]
    rows = await work.fetch(store.SQL["live_of_orders"], list(around.orders), wanted)
    accounts = {id for one in asked if (id := around.account_of(one.body))}
    books = await store.take_books(work, account_ids=accounts)
    books.intents.update((row["id"], store.to_kept(row)) for row in rows)
    outcomes = [_create(books, one, around) for one in asked]
    store.save_books(work, books)
    work.after_commit(work.resource.look)
    return outcomes


async def _look_around(asked: Sequence[CreateIntent], work: Work) -> Around:
    ids = sorted({one.order_id for one in asked})
    orders = dict(zip(ids, await asyncio.gather(*(_ask_order(work, id) for id in ids)), strict=True))
    secret_key = work.settings.secret_key
    hashes = [code_hash(secret_key, one.code) for one in asked if one.code is not None]
    shops = {order.store_id for order in orders.values() if isinstance(order, Order)}
    codes = await store.find_codes(work, hashes) if hashes else {}
    return Around(orders, await store.find_merchants(work, shops), work.resource.providers, codes, secret_key)


async def _ask_order(work: Work, id: UUID) -> Order | Refusal:
    return await work.ask(GET_ORDER, GetOrder(id=id))


def _create(books: Books, one: Asked[CreateIntent], around: Around) -> Intent | Refusal:
    asked = one.body
    order = around.orders[asked.order_id]
    if isinstance(order, Refusal):
        return _no_order(asked, order)
    if refusal := _check_shape(asked) or _check_order(books, asked, order):
        return refusal
    intent = _draft(books, asked)
    if asked.method in ACCOUNTS:
        begun = _from_account(books, asked, intent, around)
    elif asked.method in BY_CUSTOMER:
        begun = _by_customer(asked, intent, order)
    elif asked.method == "manual":
        begun = replace(intent, state="approved", tender_type=asked.card_type)
    else:
        begun = _outside(asked, intent, order, around)
    return begun if isinstance(begun, Refusal) else books.put(Kept(intent=begun), one.by).intent


def _no_order(asked: CreateIntent, refusal: Refusal) -> Refusal:
    if refusal.code != NO_ORDER.code:
        return refusal
    return UNKNOWN_ORDER.refuse(f"There is no order {asked.order_id}.", FieldError(pointer="/order_id", detail="No such order."))


def _check_shape(asked: CreateIntent) -> Refusal | None:
    """What can never be a payment."""
    errors = []
    if asked.amount.amount == 0:
        errors.append(FieldError(pointer="/amount/amount", detail="A payment is more than nothing."))
    if asked.tip is not None and asked.tip.currency != asked.amount.currency:
        errors.append(FieldError(pointer="/tip/currency", detail=f"The amount is in {asked.amount.currency}. Give the tip in that."))
    elif asked.tip is not None and (asked.tip.amount > TIP_MAX or asked.amount.amount + asked.tip.amount > AMOUNT_MAX):
        bound = min(TIP_MAX, AMOUNT_MAX - asked.amount.amount)
        errors.append(FieldError(pointer="/tip/amount", detail=f"A tip is at most {shown(bound, asked.tip.currency)} with this amount."))
    if asked.method == "manual" and not asked.reference.strip():
        errors.append(FieldError(pointer="/reference", detail="Give the reference that the terminal has printed: the payment is found by it."))
    if asked.method == "gift_card" and (asked.code is None) == (asked.account_id is None):
        errors.append(FieldError(pointer="/code", detail="A gift card is named by its code or its account_id."))
    if asked.method == "store_credit" and asked.account_id is None:
        errors.append(FieldError(pointer="/account_id", detail="Store credit is named by its account_id."))
    return INVALID.refuse("Correct the fields named in errors.", *errors) if errors else None


def _check_order(books: Books, asked: CreateIntent, order: Order) -> Refusal | None:
    if asked.id is not None and asked.id in books.intents:
        return ID_TAKEN.refuse(f"There is a payment {asked.id} already. Give each an id of its own.", FieldError(pointer="/id", detail="Taken."))
    if order.status != "open":
        return NOT_PAYABLE.refuse(f"The order is {order.status}. Only an open order takes payments.")
    missing = order.totals.missing
    if asked.amount.currency != missing.currency:
        detail = f"The order is in {missing.currency}. Give the amount in that."
        return WRONG_CURRENCY.refuse_at("/amount/currency", detail)
    free = missing.amount - _promised(books, order)
    if asked.amount.amount > free:
        needed, promised = (shown(amount, missing.currency) for amount in (missing.amount, missing.amount - max(free, 0)))
        under_way = f", and {promised} of it is on its way by another payment. Wait for that one, or call it off" if free < missing.amount else ""
        detail = f"The order needs {needed} more{under_way}. Take that, or less."
        return TOO_MUCH.refuse_at("/amount/amount", detail)
    return None


def _promised(books: Books, order: Order) -> int:
    """What other payments may still bring, or have brought since the order answered."""
    taken = {tender.intent_id for tender in order.tenders}
    others = (kept.intent for kept in books.intents.values() if kept.intent.order_id == order.id)
    return sum(intent.amount.amount for intent in others if intent.state in rules.LIVE and intent.id not in taken)


def _draft(books: Books, asked: CreateIntent) -> Intent:
    nothing = Money(amount=0, currency=asked.amount.currency)
    return Intent(
        id=asked.id or books.new_id(), version=1, order_id=asked.order_id, method=asked.method, state="pending", amount=asked.amount,
        reference=asked.reference, refunded=nothing, refund_due=nothing, tender_type="other",
        expires_at=books.now + timedelta(seconds=asked.expires_in_seconds), created_at=books.now, updated_at=books.now,
        tip=asked.tip if asked.tip is not None and asked.tip.amount else None,
    )  # fmt: skip


def _from_account(books: Books, asked: CreateIntent, intent: Intent, around: Around) -> Intent | Refusal:
    id = around.account_of(asked)
    account = books.accounts.get(id) if id is not None else None
    pointer = "/code" if asked.code is not None else "/account_id"
    if account is None or account.kind != asked.method:
        detail = f"There is no such {asked.method.replace('_', ' ')}. Look at its code or id again, or take another way to pay."
        return NOT_FOUND.refuse_at(pointer, detail)
    if refusal := ledger.check_payment(account, rules.total_of(intent), intent.amount.currency, books.now):
        return refusal
    return replace(intent, state="held", tender_type=asked.method, account_id=account.id, reference=intent.reference or account.hint)


def _by_customer(asked: CreateIntent, intent: Intent, order: Order) -> Intent | Refusal:
    """The order says who; whether limit or points are enough is known once the customer is charged."""
    if order.customer is None or order.customer.id is None:
        detail = "The order names no customer that could pay it like that. Put the customer on the order first."
        return NO_CUSTOMER.refuse_at("/order_id", detail)
    kind: Literal["on_account", "points"] = "points" if asked.method == "points" else "on_account"
    return replace(intent, provider=IN_HOUSE, tender_type=kind, customer_id=order.customer.id)


def _outside(asked: CreateIntent, intent: Intent, order: Order, around: Around) -> Intent | Refusal:
    """Through a provider; a QRIS payment without one, or by wish, by the merchant's own code."""
    own = asked.provider == MERCHANT and asked.method == "qris"
    name = None if own else find_provider(around.providers, asked.provider, asked.method)
    if name is not None:
        return replace(intent, provider=name, tender_type=asked.method)
    if not own and (asked.provider is not None or asked.method == "card"):
        detail = f"{asked.provider or 'No provider'} takes no {asked.method} payments here. Take another way to pay, or have it set up."
        return NO_PROVIDER.refuse_at("/provider", detail)
    merchant = around.merchants.get(order.store_id)
    if merchant is None:
        return NO_MERCHANT.refuse("Give the store its merchant's QRIS code first, or take the payment through a provider.")
    try:
        payload = qris.make_dynamic(merchant.qris, rules.total_of(intent))
    except qris.NotQris as error:
        return INVALID.refuse(f"No QRIS code can be made: {error}.", FieldError(pointer="/amount/amount", detail=str(error)))
    return replace(intent, tender_type="qris", qr=Qr(payload=payload))
