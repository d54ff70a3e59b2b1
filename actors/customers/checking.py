"""Proves that the books are right: balances are the sums of their entries, points are what sales have earned, charges are what payments took."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from actors.customers.books import to_lot
from actors.customers.charging import to_charge
from actors.customers.contract import CheckCustomers, CreditTotal, CustomerCharge, CustomerFinding, CustomersCheck
from actors.customers.earning import Sold, earned_by
from actors.customers.holding import Lot
from actors.customers.store import SQL
from actors.orders.contract import GET_ORDER, GetOrder, Order
from actors.payments.contract import GET_INTENT, GetIntent, Intent
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work

FINDINGS_MAX = 200
ASKED_MAX = 300
"""So many of the newest sales with points, and of the newest charges, are compared with what others say."""
AT_ONCE = 32


async def check_customers(asked: Sequence[Asked[CheckCustomers]], work: Work) -> list[CustomersCheck | Refusal]:
    found = await _check(work)
    return [found] * len(asked)


async def _check(work: Work) -> CustomersCheck | Refusal:
    behind = await work.catch_up("orders")
    if isinstance(behind, Refusal):
        return behind
    findings = await _ledgers(work)
    [count] = await work.read(SQL["count_customers"])
    totals = [CreditTotal(**dict(row)) for row in await work.read(SQL["credit_totals"])]
    lots = [to_lot(row) for row in await work.read(SQL["newest_lots"], ASKED_MAX) if not row["erased"]]
    charges = [to_charge(row) for row in await work.read(SQL["newest_charges"], ASKED_MAX)]
    findings += [found for found in await _all([_compare_lot(work, lot) for lot in lots]) if found is not None]
    findings += [found for found in await _all([_compare_charge(work, charge) for charge in charges]) if found is not None]
    return CustomersCheck(
        findings=findings[:FINDINGS_MAX], customers=count["count"], orders=len(lots), charges=len(charges), totals=totals, behind=behind
    )


async def _all(asking: Sequence[Any]) -> list[Any]:
    """A few at a time: others want answers, too."""
    found: list[Any] = []
    for start in range(0, len(asking), AT_ONCE):
        found += await asyncio.gather(*asking[start : start + AT_ONCE])
    return found


async def _ledgers(work: Work) -> list[CustomerFinding]:
    """Each row of these says what a record has, beside what it should have."""
    findings = []
    for row in await work.read(SQL["wrong_credit"], FINDINGS_MAX):
        detail = f"The account says that {row['owed']} are owed; its entries come to {row['entries']} (minor units)."
        findings.append(CustomerFinding(what="credit", id=row["customer_id"], detail=detail))
    for row in await work.read(SQL["wrong_points"], FINDINGS_MAX):
        detail = f"The balance is {row['points']} points; its entries come to {row['entries']}."
        findings.append(CustomerFinding(what="points", id=row["customer_id"], detail=detail))
    for row in await work.read(SQL["wrong_lots"], FINDINGS_MAX):
        detail = f"The balance is {row['points']} points; {row['lots']} are left of those that came."
        findings.append(CustomerFinding(what="lots", id=row["customer_id"], detail=detail))
    for row in await work.read(SQL["wrong_charges"], FINDINGS_MAX):
        detail = f"{row['amount']} were charged and {row['returned']} came back, and the account's entries come to {row['booked']} (minor units)."
        findings.append(CustomerFinding(what="charge", id=row["intent_id"], detail=detail))
    return findings


async def _compare_lot(work: Work, lot: Lot) -> CustomerFinding | None:
    """What has not been heard of yet is no difference."""
    assert lot.order_id is not None
    order: Order | Refusal = await work.ask(GET_ORDER, GetOrder(id=lot.order_id))
    if isinstance(order, Refusal):
        return CustomerFinding(what="order", id=lot.order_id, detail=f"The order cannot be read: {order.detail}")
    if order.version != lot.version or lot.terms is None:
        return None
    should = earned_by(_as_sold(order), lot.terms)
    if lot.earned == should:
        return None
    return CustomerFinding(what="order", id=order.id, detail=f"It has earned {lot.earned} points; by its rules it should be {should}.")


def _as_sold(order: Order) -> Sold:
    sold: Sold = msgspec.json.decode(msgspec.json.encode(order), type=Sold)
    return sold


async def _compare_charge(work: Work, charge: CustomerCharge) -> CustomerFinding | None:
    intent: Intent | Refusal = await work.ask(GET_INTENT, GetIntent(id=charge.intent_id))
    if isinstance(intent, Refusal):
        return _differs(charge.intent_id, f"The payment intent cannot be read: {intent.detail}")
    total = intent.amount.amount + (intent.tip.amount if intent.tip else 0)
    if total != charge.amount.amount:
        return _differs(charge.intent_id, f"The payment is of {total}, and {charge.amount.amount} were charged (minor units).")
    if not intent.refunded.amount <= charge.returned.amount <= max(intent.refund_due.amount, intent.refunded.amount):
        detail = f"{intent.refunded.amount} of the payment went back, and {charge.returned.amount} of the charge (minor units)."
        return _differs(charge.intent_id, detail)
    return None


def _differs(intent_id: UUID, detail: str) -> CustomerFinding:
    return CustomerFinding(what="charge", id=intent_id, detail=detail)
