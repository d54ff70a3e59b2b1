"""Proves that the books are right: each account is the sum of its entries, each payment is what its order has booked.

In pages: step by step through all accounts, then through all payments, while selling goes on. What is of one payment was written in one
transaction, and is read in one statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from actors.orders.contract import Order
from actors.payments import rules, store
from actors.payments.asking import find_orders
from actors.payments.contract import INVALID, CheckPayments, PaymentFinding, PaymentsCheck
from actors.payments.rules import Kept
from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor, wrong_cursor
from actors.runtime.walking import Part, walk
from actors.runtime.words import Refusal
from actors.runtime.work import Work

Phase = Literal["accounts", "intents"]
_FIRST = UUID(int=0)


class Place(NamedTuple):
    """Where a step begins: after this account or intent."""

    phase: Phase
    after: UUID = _FIRST


class Counts(NamedTuple):
    """What a step has looked at."""

    accounts: int = 0
    intents: int = 0
    unsettled: int = 0


async def check_payments(asked: Sequence[Asked[CheckPayments]], work: Work) -> list[PaymentsCheck | Refusal]:
    return [await _check(one.body, work) for one in asked]


async def _check(wish: CheckPayments, work: Work) -> PaymentsCheck | Refusal:
    try:
        place = read_cursor(wish.cursor, Place) if wish.cursor else Place("accounts")
    except ValueError:
        return wrong_cursor(INVALID)

    async def step(place: Place, size: int) -> Part[Place, Counts] | Refusal:
        return await (_accounts if place.phase == "accounts" else _intents)(place.after, size, work)

    parts = await walk(place, step)
    if isinstance(parts, Refusal):
        return parts
    last = parts[-1].next
    return PaymentsCheck(
        findings=[finding for part in parts for finding in part.findings], accounts=sum(part.told.accounts for part in parts),
        intents=sum(part.told.intents for part in parts), unsettled=sum(part.told.unsettled for part in parts),
        next_cursor=None if last is None else write_cursor(last.phase, str(last.after)),
    )  # fmt: skip


async def _accounts(after: UUID, size: int, work: Work) -> Part[Place, Counts]:
    rows = await work.read(store.SQL["check_accounts"], after, size)
    wrong = [_account(row) for row in rows if row["balance"] != row["entries_balance"] or not row["held"] == row["entries_held"] == row["promised"]]
    return Part(Place("accounts", rows[-1]["id"]) if len(rows) == size else Place("intents"), wrong, Counts(accounts=len(rows)))


async def _intents(after: UUID, size: int, work: Work) -> Part[Place, Counts] | Refusal:
    rows = await work.read(store.SQL["check_intents"], after, size)
    kept = [store.to_kept(row) for row in rows]
    wrong = [_booked(one) for one, row in zip(kept, rows, strict=True) if row["wrong"]]
    asked = [one for one, row in zip(kept, rows, strict=True) if (row["unsettled"] or one.taken is not None) and not row["wrong"]]
    orders = await find_orders((one.intent.order_id for one in asked), work)
    if isinstance(orders, Refusal):
        return orders
    counts = Counts(intents=len(rows), unsettled=sum(row["unsettled"] for row in rows))
    return Part(Place("intents", rows[-1]["id"]) if len(rows) == size else None, [*wrong, *_asked(asked, orders)], counts)


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


def _asked(asked: Sequence[Kept], orders: Mapping[UUID, Order]) -> list[PaymentFinding]:
    told = ((kept, _differs(kept, orders.get(kept.intent.order_id))) for kept in asked)
    return [PaymentFinding(what="intent", id=kept.intent.id, detail=detail) for kept, detail in told if detail]


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
