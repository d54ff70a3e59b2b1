"""Proves that the books are right: balances are the sums of their entries, charges are what payments took, points are what sales have earned.

It goes step by step through all accounts, then through all charges, then through all sales with points, while selling goes on: what is
compared was written in one transaction, and is read in one statement. Orders whose latest version has not been heard of are not judged.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from actors.customers.books import to_lot
from actors.customers.charging import to_charge
from actors.customers.contract import CustomerCharge, CustomerFinding
from actors.customers.earning import Sold, earned_by
from actors.customers.holding import Lot
from actors.customers.store import SQL
from actors.orders.contract import GET_ORDER, GetOrder, Order
from actors.payments.contract import GET_INTENT, GetIntent, Intent
from actors.runtime.walking import Part, few_at_a_time
from actors.runtime.words import Refusal
from actors.runtime.work import Work

Phase = Literal["accounts", "charges", "sales"]
_FIRST = UUID(int=0)


class Place(NamedTuple):
    """Where a step begins: after this customer, payment intent or lot."""

    phase: Phase
    after: UUID = _FIRST


FIRST_PLACE = Place("accounts")


class Counts(NamedTuple):
    """What a step has looked at. `sums`: (currency, name of a `CreditTotal`, minor units)."""

    customers: int = 0
    charges: int = 0
    orders: int = 0
    sums: Sequence[tuple[str, str, int]] = ()


Found = Part[Place, Counts]


def _next(phase: Phase, rows: Sequence[Any], size: int, key: str, then: Phase | None) -> Place | None:
    if len(rows) == size:
        return Place(phase, rows[-1][key])
    return None if then is None else Place(then)


# --- accounts


async def check_accounts(after: UUID, size: int, work: Work) -> Found:
    rows = await work.read(SQL["check_accounts"], after, size)
    findings = [finding for row in rows for finding in _wrong_account(row)]
    sums = [(row["currency"], name, row[name]) for row in rows if row["currency"] for name in ("charged", "returned", "paid", "owed")]
    return Part(_next("accounts", rows, size, "customer_id", "charges"), findings, Counts(customers=len(rows), sums=sums))


def _wrong_account(row: Any) -> list[CustomerFinding]:
    """Each says what a record has, beside what it should have."""
    findings = []
    if row["owed"] != row["credit_entries"]:
        detail = f"The account says that {row['owed']} are owed; its entries come to {row['credit_entries']} (minor units)."
        findings.append(CustomerFinding(what="credit", id=row["customer_id"], detail=detail))
    if row["points"] != row["points_entries"]:
        detail = f"The balance is {row['points']} points; its entries come to {row['points_entries']}."
        findings.append(CustomerFinding(what="points", id=row["customer_id"], detail=detail))
    if max(row["points"], 0) != row["lots"]:
        detail = f"The balance is {row['points']} points; {row['lots']} are left of those that came."
        findings.append(CustomerFinding(what="lots", id=row["customer_id"], detail=detail))
    return findings


# --- charges


async def check_charges(after: UUID, size: int, work: Work) -> Found | Refusal:
    rows = await work.read(SQL["check_charges"], after, size)
    findings = [finding for row in rows for finding in _wrong_charge(row)]
    approved = [to_charge(row) for row in rows if row["state"] == "approved"]
    compared = await few_at_a_time(lambda charge: _compare_charge(charge, work), approved)
    if isinstance(compared, Refusal):
        return compared
    findings += chain.from_iterable(compared)
    by_points = [charge for charge in approved if charge.kind == "points"]
    sums = [(charge.amount.currency, "points_paid", charge.amount.amount) for charge in by_points]
    sums += [(charge.amount.currency, "points_returned", charge.returned.amount) for charge in by_points]
    return Part(_next("charges", rows, size, "intent_id", "sales"), findings, Counts(charges=len(approved), sums=sums))


def _wrong_charge(row: Any) -> list[CustomerFinding]:
    """What entries of credit say of a payment intent, beside what its charge says."""
    should = row["amount"] - row["returned"] if row["state"] == "approved" else 0
    if row["kind"] != "on_account" or row["booked"] == should:
        return []
    detail = f"{row['amount']} were charged and {row['returned']} came back, and the account's entries come to {row['booked']} (minor units)."
    return [_differs(row["intent_id"], detail)]


async def _compare_charge(charge: CustomerCharge, work: Work) -> list[CustomerFinding] | Refusal:
    intent: Intent | Refusal = await work.ask(GET_INTENT, GetIntent(id=charge.intent_id))
    if isinstance(intent, Refusal):
        return [_differs(charge.intent_id, f"The payment intent cannot be read: {intent.detail}")] if intent.kind == "not_found" else intent
    total = intent.amount.amount + (intent.tip.amount if intent.tip else 0)
    if total != charge.amount.amount:
        return [_differs(charge.intent_id, f"The payment is of {total}, and {charge.amount.amount} were charged (minor units).")]
    if not intent.refunded.amount <= charge.returned.amount <= max(intent.refund_due.amount, intent.refunded.amount):
        detail = f"{intent.refunded.amount} of the payment went back, and {charge.returned.amount} of the charge (minor units)."
        return [_differs(charge.intent_id, detail)]
    return []


def _differs(intent_id: UUID, detail: str) -> CustomerFinding:
    return CustomerFinding(what="charge", id=intent_id, detail=detail)


# --- sales with points


async def check_sales(after: UUID, size: int, work: Work) -> Found | Refusal:
    rows = await work.read(SQL["check_sales"], after, size)
    lots = [to_lot(row) for row in rows if not row["erased"]]
    compared = await few_at_a_time(lambda lot: _compare_lot(lot, work), lots)
    if isinstance(compared, Refusal):
        return compared
    return Part(_next("sales", rows, size, "id", None), list(chain.from_iterable(compared)), Counts(orders=len(lots)))


async def _compare_lot(lot: Lot, work: Work) -> list[CustomerFinding] | Refusal:
    """What has not been heard of yet is no difference."""
    assert lot.order_id is not None
    order: Order | Refusal = await work.ask(GET_ORDER, GetOrder(id=lot.order_id))
    if isinstance(order, Refusal):
        if order.kind != "not_found":
            return order
        return [CustomerFinding(what="order", id=lot.order_id, detail=f"The order cannot be read: {order.detail}")]
    if order.version != lot.version or lot.terms is None:
        return []
    should = earned_by(_as_sold(order), lot.terms)
    if lot.earned == should:
        return []
    return [CustomerFinding(what="order", id=order.id, detail=f"It has earned {lot.earned} points; by its rules it should be {should}.")]


def _as_sold(order: Order) -> Sold:
    sold: Sold = msgspec.json.decode(msgspec.json.encode(order), type=Sold)
    return sold


Step = Callable[[UUID, int, Work], Awaitable[Found | Refusal]]
"""(after whom or what, how many to look at, work)"""
STEPS: Mapping[Phase, Step] = {"accounts": check_accounts, "charges": check_charges, "sales": check_sales}
