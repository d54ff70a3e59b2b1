"""Proves that the books are right: each account is the sum of its entries, each payment is what its order has booked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from actors.orders.contract import GET_ORDER, GetOrder, Order
from actors.orders.contract import NOT_FOUND as NO_ORDER
from actors.payments import rules, store
from actors.payments.contract import CheckPayments, PaymentFinding, PaymentsCheck
from actors.payments.rules import Kept
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work

FINDINGS_MAX = 200
ASKED_MAX = 500
"""So many orders are asked themselves: all that have not been heard of, up to this number, and as many of the newest."""


async def check_payments(asked: Sequence[Asked[CheckPayments]], work: Work) -> list[PaymentsCheck | Refusal]:
    found = await _check(work)
    return [found] * len(asked)


async def _check(work: Work) -> PaymentsCheck | Refusal:
    sql = store.SQL
    [counts] = await work.read(sql["count_books"])
    accounts = await work.read(sql["wrong_accounts"], FINDINGS_MAX)
    booked = [store.to_kept(row) for row in await work.read(sql["wrong_intents"], FINDINGS_MAX)]
    open_ = await work.read(sql["unsettled_intents"], ASKED_MAX)
    newest = await work.read(sql["newest_taken"], ASKED_MAX)
    orders = await _ask_orders(work, [store.to_kept(row) for row in (*open_, *newest)])
    if isinstance(orders, Refusal):
        return orders
    findings = [*map(_account, accounts), *map(_booked, booked), *_asked(orders, {kept.intent.id for kept in booked})]
    return PaymentsCheck(
        findings=findings[:FINDINGS_MAX], accounts=counts["accounts"], intents=counts["intents"],
        unsettled=open_[0]["unsettled"] if open_ else 0,
    )  # fmt: skip


def _account(row: Any) -> PaymentFinding:
    detail = (
        f"The account says {row['balance']} with {row['held']} held; its entries come to {row['entries_balance']} with "
        f"{row['entries_held']} held, and payments hold {row['promised']} ({row['currency']}, minor units)."
    )
    return PaymentFinding(what="account", id=row["id"], detail=detail)


def _booked(kept: Kept) -> PaymentFinding:
    intent = kept.intent
    detail = (
        f"The order {intent.order_id} has booked {kept.taken}, of which {kept.taken_refunded} went back; the payment is {intent.state}, "
        f"of {rules.total_of(intent)}, of which {intent.refund_due.amount} are to go back (minor units)."
    )
    return PaymentFinding(what="intent", id=intent.id, detail=detail)


async def _ask_orders(work: Work, kept: Sequence[Kept]) -> list[tuple[Kept, Order | None]] | Refusal:
    """Each payment with its order, None where there is none."""
    ids = sorted({one.intent.order_id for one in kept})
    answers = dict(zip(ids, await asyncio.gather(*(_ask_order(work, id) for id in ids)), strict=True))
    orders: dict[UUID, Order | None] = {}
    for id, answer in answers.items():
        if isinstance(answer, Refusal) and answer.code != NO_ORDER.code:
            return answer
        orders[id] = None if isinstance(answer, Refusal) else answer
    return [(one, orders[one.intent.order_id]) for one in kept]


async def _ask_order(work: Work, id: UUID) -> Order | Refusal:
    return await work.ask(GET_ORDER, GetOrder(id=id))


def _asked(pairs: Sequence[tuple[Kept, Order | None]], known: set[UUID]) -> list[PaymentFinding]:
    findings = []
    for kept, order in pairs:
        if kept.intent.id not in known and (detail := _differs(kept, order)):
            known.add(kept.intent.id)
            findings.append(PaymentFinding(what="intent", id=kept.intent.id, detail=detail))
    return findings


def _differs(kept: Kept, order: Order | None) -> str | None:
    """What is still on its way between the two is no difference."""
    if order is None:
        return None if kept.intent.state in ("returning", "returned") else f"There is no order {kept.intent.order_id}."
    tender = next((tender for tender in order.tenders if tender.intent_id == kept.intent.id), None)
    if tender is None:
        return None if kept.taken is None else f"The order {order.id} has no such tender any more."
    booked = tender.amount.amount + (tender.tip.amount if tender.tip else 0)
    if booked != rules.total_of(kept.intent):
        return f"The order {order.id} has {booked} for it, not {rules.total_of(kept.intent)} (minor units)."
    return None
