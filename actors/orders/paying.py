"""Open orders get tenders: what the register takes, and what payments has approved. One that is paid in full completes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Raw

from actors.orders.contract import OVERPAID, PAYMENT_RETURNED, Order, PaymentReturned, PayOrder, Tender
from actors.orders.quoting import find_till, know_tills, tenders_of
from actors.orders.rows import Kept
from actors.orders.rules import TENDERS_MAX, wrong_state
from actors.orders.saving import Settling, Who, not_found, rounds, save_settled, till_for
from actors.orders.settling import resettle
from actors.orders.store import take_orders
from actors.orders.tills import Till
from actors.payments.contract import Intent
from actors.runtime.actor import Asked, Happened
from actors.runtime.money import shown
from actors.runtime.words import Money, Refusal
from actors.runtime.work import Work


async def pay_orders(asked: Sequence[Asked[PayOrder]], work: Work) -> list[Raw | Refusal | None]:
    ids = [one.body.id for one in asked]
    await know_tills((one.body.register_id for one in asked), work)
    await _know_tills_of(await take_orders(work, ids), work)
    outcomes: list[Raw | Refusal | None] = [None] * len(asked)
    for around in rounds(asked, ids):
        orders = await take_orders(work, ids)
        settlings: list[tuple[int, Settling]] = []
        for index, one in around:
            outcome = _pay(orders.get(one.body.id), one, work)
            if isinstance(outcome, Refusal):
                outcomes[index] = outcome
            else:
                settlings.append((index, outcome))
        for (index, _), saved in zip(settlings, await save_settled([settling for _, settling in settlings], work), strict=True):
            outcomes[index] = saved
    return outcomes


async def _know_tills_of(orders: Mapping[UUID, Kept], work: Work) -> None:
    await know_tills((kept.order.register_id for kept in orders.values()), work)


def _pay(kept: Kept | None, one: Asked[PayOrder], work: Work) -> Settling | Refusal:
    ask = one.body
    if kept is None:
        return not_found(ask.id)
    refusal = not_payable(kept.order)
    if refusal is not None:
        return refusal
    till = till_for(kept.order, ask.register_id, work)
    if isinstance(till, Refusal):
        return till
    given = tenders_of(ask.tenders, work.now, till, after=kept.order.tenders)
    return given if isinstance(given, Refusal) else _with_tenders(kept, till, given, Who(one.by, traceparent=one.traceparent))


def not_payable(order: Order) -> Refusal | None:
    if order.status == "open":
        return None
    why = {
        "draft": "It is held: take it up first, by moving it to open.", "completed": "It is paid in full already.",
        "cancelled": "It was cancelled: place a new one.",
    }
    return wrong_state(why[order.status])


def _with_tenders(kept: Kept, till: Till, given: Sequence[Tender], who: Who) -> Settling | Refusal:
    too_much = _more_than_missing(kept.order, given)
    if too_much is not None:
        return too_much
    tenders = [*kept.order.tenders, *given]
    if len(tenders) > TENDERS_MAX:
        return wrong_state(f"An order has at most {TENDERS_MAX} tenders. Pay the rest with the last one, or split the bill.", "/tenders")
    settled = resettle(kept.order, tenders, till)
    if isinstance(settled, Refusal):
        return settled
    return Settling(kept, till, settled, who, {"tenders": tenders})


def _more_than_missing(order: Order, given: Sequence[Tender]) -> Refusal | None:
    """Cash from before is no reason to give change for what is paid without cash now."""
    missing = order.totals.missing
    other = sum(tender.amount.amount for tender in given if tender.type != "cash")
    if other <= missing.amount:
        return None
    detail = f"Only {shown(missing.amount, missing.currency)} are missing, and only cash gives change."
    return OVERPAID.refuse_at("/tenders", detail)


# --- what payments tells


async def take_payments(happened: Sequence[Happened[Intent]], work: Work) -> None:
    """Approved money becomes a tender. What its order cannot take goes back: payments hears of it, and never asks twice."""
    intents = [one.data for one in happened]
    ids = [intent.order_id for intent in intents]
    await _know_tills_of(await take_orders(work, ids), work)
    for around in rounds(list(zip(happened, intents, strict=True)), ids):
        orders = await take_orders(work, ids)
        settlings = []
        for _, (event, intent) in around:
            outcome = _take(orders.get(intent.order_id), intent, event, work)
            if isinstance(outcome, Settling):
                settlings.append(outcome)
            elif outcome is not None:
                returned = PaymentReturned(order_id=intent.order_id, intent_id=intent.id, amount=intent.amount, reason=outcome)
                work.record(PAYMENT_RETURNED, intent.order_id, returned, event.traceparent)
        await save_settled(settlings, work)


def _take(kept: Kept | None, intent: Intent, event: Happened[Intent], work: Work) -> Settling | str | None:
    """The order with this tender; or why it cannot have it; or None when it has it already."""
    if kept is None:
        return f"There is no order {intent.order_id}."
    order = kept.order
    if any(tender.intent_id == intent.id for tender in order.tenders):
        return None
    refusal = not_payable(order)
    if refusal is not None:
        return refusal.detail
    till = find_till(order.register_id, work, offline=True)
    if isinstance(till, Refusal):
        raise LookupError(till.detail)
    if intent.amount.currency != till.currency:
        return f"The order is in {till.currency}."
    outcome = _with_tenders(kept, till, [_tender(order, intent, work)], Who("", traceparent=event.traceparent))
    return outcome.detail if isinstance(outcome, Refusal) else outcome


def _tender(order: Order, intent: Intent, work: Work) -> Tender:
    return Tender(
        number=max((tender.number for tender in order.tenders), default=0) + 1,
        type=intent.tender_type,
        amount=intent.amount,
        reference=intent.reference,
        at=work.now,
        refunded=Money(amount=0, currency=intent.amount.currency),
        tip=intent.tip,
        intent_id=intent.id,
        account_id=intent.account_id,
    )
