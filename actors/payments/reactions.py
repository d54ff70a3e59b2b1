"""What orders tell: which payments they have taken, what of them goes back, and what they could not take.

An order tells everything about itself each time, so what comes twice or late is compared and found to be known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from actors.orders.contract import ORDER_CANCELLED, ORDER_CREATED, ORDER_EVENTS, ORDER_PAID, OrderTold, PaymentReturned
from actors.payments import ledger, rules, store
from actors.payments.books import Books
from actors.payments.contract import Account
from actors.payments.forgetting import take_turn
from actors.payments.rules import Kept
from actors.runtime.actor import Happened
from actors.runtime.envelopes import decode_event
from actors.runtime.words import Money
from actors.runtime.work import Work

HEARD = tuple(event for event in ORDER_EVENTS if event is not ORDER_CREATED)
"""A payment begins for an order that is there, and a refund comes later still: `order.created`, of which there are most by far,
never speaks of either."""
_SPEAKS_OF_PAYMENTS = (b'"intent_id":"', b'"store_credit"')
_ENDS = (ORDER_PAID.name, ORDER_CANCELLED.name)


class _Tender(msgspec.Struct):
    amount: Money
    refunded: Money
    tip: Money | None = None
    intent_id: UUID | None = None


class _Back(msgspec.Struct):
    type: str
    amount: Money
    tip: Money | None = None
    account_id: UUID | None = None


class _Refund(msgspec.Struct):
    number: int
    by: str
    tenders: list[_Back]


class _Customer(msgspec.Struct):
    id: UUID | None = None


class _Order(msgspec.Struct):
    """What of an order concerns payments; the rest is not even decoded."""

    id: UUID
    version: int
    status: str
    tenders: list[_Tender]
    refunds: list[_Refund] = []
    customer: _Customer | None = None


class _Told(msgspec.Struct):
    order: _Order


class _News(msgspec.Struct):
    order: _Order
    position: int


class Credit(msgspec.Struct, frozen=True):
    """A refund that becomes store credit."""

    order_id: UUID
    refund_number: int
    account_id: UUID
    amount: Money
    by: str
    customer_id: UUID | None


async def hear_orders(happened: Sequence[Happened[OrderTold]], work: Work) -> None:
    news = [_read(one) for one in happened if _concerns(one)]
    if not news:
        return
    ended = {one.order.id for one in news if one.order.status in ("completed", "cancelled")}
    intent_ids = [tender.intent_id for one in news for tender in one.order.tenders if tender.intent_id is not None]
    credits = _credits(one.order for one in news)
    forgotten = await take_turn(work, (one.customer_id for one in credits))
    books = await store.take_books(work, intent_ids, [id for one in credits for id in _accounts_of(one)], pending_of=ended)
    for one in news:
        _hear(books, one)
    for kept in [kept for kept in books.intents.values() if kept.intent.state == "pending" and kept.intent.order_id in ended]:
        books.put(rules.fail(kept, "cancelled", work.now, "The order waits for it no longer."))
    await _give_credit(books, [_nobodys(one) if one.customer_id in forgotten else one for one in credits], work)
    store.save_books(work, books)
    work.after_commit(work.resource.look)


def _concerns(one: Happened[OrderTold]) -> bool:
    """Nearly all sales are in cash: a look at the bytes spares decoding them. What is seen in vain does no harm."""
    return one.name in _ENDS or any(word in one.body for word in _SPEAKS_OF_PAYMENTS)


def _read(one: Happened[OrderTold]) -> _News:
    return _News(decode_event(_Told, one.body).order, one.position)


def _hear(books: Books, news: _News) -> None:
    for tender in news.order.tenders:
        kept = books.intents.get(tender.intent_id) if tender.intent_id is not None else None
        if kept is None:
            continue
        taken = tender.amount.amount + (tender.tip.amount if tender.tip else 0)
        hear_tender(books, kept, news.order.id, taken, tender.refunded.amount, news.position)


def hear_tender(books: Books, kept: Kept, order_id: UUID, taken: int, refunded: int, position: int) -> None:
    kept = books.put(rules.hear_order(kept, order_id, taken, refunded, position, books.now))
    books.put(rules.refund_here(kept, books.now))


# --- store credit for what was refunded -----------------------------------------------------------------------


def _credits(orders: Iterable[_Order]) -> list[Credit]:
    """All that the newest version of each order gives as credit; what goes back to a payment names no account."""
    newest: dict[UUID, _Order] = {}
    for order in orders:
        if order.id not in newest or newest[order.id].version < order.version:
            newest[order.id] = order
    sums: dict[tuple[UUID, int, UUID], Credit] = {}
    for order in newest.values():
        for refund in order.refunds:
            for back in refund.tenders:
                # Also what had been paid by an exchange: no payment knows of that tender.
                if back.type == "store_credit" and back.account_id is not None:
                    _add(sums, order, refund, back, back.account_id)
    return list(sums.values())


def _nobodys(credit: Credit) -> Credit:
    """Whoever bought was erased: who has the number of the credit, which the refund tells, has it."""
    return msgspec.structs.replace(credit, customer_id=None)


def _add(sums: dict[tuple[UUID, int, UUID], Credit], order: _Order, refund: _Refund, back: _Back, account_id: UUID) -> None:
    key = (order.id, refund.number, account_id)
    before = sums[key].amount.amount if key in sums else 0
    amount = Money(amount=before + back.amount.amount + (back.tip.amount if back.tip else 0), currency=back.amount.currency)
    sums[key] = Credit(order.id, refund.number, account_id, amount, refund.by, order.customer.id if order.customer else None)


def _accounts_of(credit: Credit) -> tuple[UUID, UUID]:
    """The account that is named, and the one beside it for another currency."""
    return credit.account_id, ledger.account_beside(credit.account_id, credit.amount.currency)


async def _give_credit(books: Books, credits: Sequence[Credit], work: Work) -> None:
    if not credits:
        return
    rows = await work.fetch(store.SQL["credited_refunds"], [one.order_id for one in credits])
    done = {(row["order_id"], row["refund_number"], row["account_id"]) for row in rows}
    for one in credits:
        account = _account_for(books, one)
        if one.amount.amount and (one.order_id, one.refund_number, account.id) not in done:
            books.credit(account, one.amount.amount, one.order_id, one.refund_number, one.by)


def _account_for(books: Books, credit: Credit) -> Account:
    currency = credit.amount.currency
    for id in _accounts_of(credit):
        account = books.accounts.get(id)
        if account is None:
            return ledger.open_account(id, "store_credit", currency, books.now, note="From a refund", customer_id=credit.customer_id)
        if account.balance.currency == currency:
            return account
    raise ValueError(f"no account in {currency} can be opened beside {credit.account_id}")


# --- what orders could not take -------------------------------------------------------------------------------


async def take_back(happened: Sequence[Happened[PaymentReturned]], work: Work) -> None:
    books = await store.take_books(work, [one.data.intent_id for one in happened])
    for one in happened:
        if kept := books.intents.get(one.data.intent_id):
            kept = books.put(rules.give_back(kept, work.now, one.data.reason))
            books.put(rules.refund_here(kept, work.now))
    store.save_books(work, books)
    work.after_commit(work.resource.look)
