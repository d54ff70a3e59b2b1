"""Paying on account and with points: what `payments` asks, once for each intent however often it asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from actors.customers.books import Books, save_books, take_books
from actors.customers.contract import NOT_FOUND, ChargeCustomer, CustomerCharge, FindCharge, GiveBackCharge, PointsProgram
from actors.customers.earning import months_after, points_back, points_needed
from actors.customers.holding import Cause, Holder
from actors.customers.store import SQL, list_programs, to_json
from actors.runtime.actor import Asked
from actors.runtime.money import shown
from actors.runtime.words import Money, Refusal
from actors.runtime.work import Work

# --- charging -----------------------------------------------------------------------------------------------


async def charge_customers(asked: Sequence[Asked[ChargeCustomer]], work: Work) -> list[CustomerCharge]:
    books = await take_books(work, [one.body.customer_id for one in asked], with_lots=any(one.body.kind == "points" for one in asked))
    # After the lock: who has been charged by another member meanwhile is found here.
    rows = await work.fetch(SQL["find_charges"], [one.body.intent_id for one in asked])
    known = {row["intent_id"]: to_charge(row) for row in rows}
    programs = await list_programs(work)
    made: list[dict[str, Any]] = []
    for one in asked:
        if one.body.intent_id not in known:
            charge = known[one.body.intent_id] = _charge(books, one.body, programs)
            made.append(_row(charge, one.body, work.now))
    save_books(work, books.all())
    if made:
        work.write(SQL["insert_charges"], to_json(made))
    return [known[one.body.intent_id] for one in asked]


def _charge(books: Books, asked: ChargeCustomer, programs: Mapping[str, PointsProgram]) -> CustomerCharge:
    holder = books.find(asked.customer_id)
    cause = Cause(order_id=asked.order_id, intent_id=asked.intent_id)
    nothing = Money(amount=0, currency=asked.amount.currency)
    charge = CustomerCharge(
        intent_id=asked.intent_id, customer_id=holder.id if holder else asked.customer_id, kind=asked.kind, state="declined", amount=asked.amount,
        returned=nothing,
    )  # fmt: skip
    if holder is None or holder.erased:
        return replace(charge, failure="The order's customer is not known here.")
    if asked.kind == "points":
        return _with_points(holder, charge, programs.get(asked.amount.currency), cause)
    if failure := _why_not(holder, asked.amount):
        return replace(charge, failure=failure)
    holder.owe("charge", asked.amount.amount, cause)
    return replace(charge, state="approved")


def _why_not(holder: Holder, amount: Money) -> str:
    if holder.currency is None:
        return "The customer has no credit account."
    if holder.currency != amount.currency:
        return f"The customer's credit account is in {holder.currency}."
    available = max(0, holder.limit - holder.owed)
    return f"The customer may owe {shown(available, amount.currency)} more." if amount.amount > available else ""


def _with_points(holder: Holder, charge: CustomerCharge, program: PointsProgram | None, cause: Cause) -> CustomerCharge:
    if program is None or not program.active or not program.point_value.amount:
        return replace(charge, failure=f"Nothing in {charge.amount.currency} is paid with points.")
    holder.expire()
    points = points_needed(charge.amount.amount, program.point_value.amount)
    if not holder.use(points, cause):
        return replace(charge, failure=f"It takes {points} points, and there are {max(0, holder.points)}.")
    return replace(charge, state="approved", points=points)


def _row(charge: CustomerCharge, asked: ChargeCustomer, at: datetime) -> dict[str, Any]:
    return {
        "intent_id": charge.intent_id, "customer_id": charge.customer_id, "order_id": asked.order_id, "kind": charge.kind, "state": charge.state,
        "currency": charge.amount.currency, "amount": charge.amount.amount, "points": charge.points, "failure": charge.failure, "at": at,
    }  # fmt: skip


# --- giving back --------------------------------------------------------------------------------------------


async def give_back(asked: Sequence[Asked[GiveBackCharge]], work: Work) -> list[CustomerCharge | Refusal]:
    """Cumulative: whatever comes twice, or late, is known already."""
    ids = [one.body.intent_id for one in asked]
    found = await work.fetch(SQL["find_charges"], ids)
    # The charge may move to another customer until that one's account is locked: its row is read again then.
    books = await take_books(work, [row["customer_id"] for row in found])
    rows = {row["intent_id"]: row for row in await work.fetch(SQL["lock_charges"], ids)}
    charges = {id: to_charge(row) for id, row in rows.items()}
    programs = await list_programs(work)
    changed: set[UUID] = set()
    outcomes: list[CustomerCharge | Refusal] = []
    for one in asked:
        charge = charges.get(one.body.intent_id)
        if charge is None:
            outcomes.append(_no_charge(one.body.intent_id))
            continue
        after = _back(books, charge, one.body.up_to, rows[charge.intent_id]["order_id"], programs)
        if after is not charge:
            charges[after.intent_id] = after
            changed.add(after.intent_id)
        outcomes.append(after)
    save_books(work, books.all())
    if changed:
        work.write(SQL["save_charges"], to_json([_returned(charges[id]) for id in sorted(changed)]))
    return outcomes


def _back(books: Books, charge: CustomerCharge, up_to: int, order_id: UUID, programs: Mapping[str, PointsProgram]) -> CustomerCharge:
    returned = min(up_to, charge.amount.amount)
    if charge.state != "approved" or returned <= charge.returned.amount:
        return charge
    holder = books.find(charge.customer_id)
    assert holder is not None
    cause = Cause(order_id=order_id, intent_id=charge.intent_id)
    points = points_back(charge.points, charge.amount.amount, returned)
    if charge.kind == "on_account":
        holder.owe("refund", charge.returned.amount - returned, cause)
    elif not holder.erased:
        program = programs.get(charge.amount.currency)
        expires_at = months_after(holder.at, program.expire_months) if program is not None else None
        holder.give(points - charge.points_returned, expires_at, cause, "given_back")
    return replace(charge, returned=replace(charge.returned, amount=returned), points_returned=points)


def _returned(charge: CustomerCharge) -> dict[str, Any]:
    return {"intent_id": charge.intent_id, "returned": charge.returned.amount, "points_returned": charge.points_returned}


async def find_charges(asked: Sequence[Asked[FindCharge]], work: Work) -> list[CustomerCharge | Refusal]:
    rows = await work.read(SQL["find_charges"], [one.body.intent_id for one in asked])
    found = {row["intent_id"]: to_charge(row) for row in rows}
    return [found.get(one.body.intent_id) or _no_charge(one.body.intent_id) for one in asked]


def _no_charge(intent_id: UUID) -> Refusal:
    return NOT_FOUND.refuse(f"No customer was charged for {intent_id}.")


def to_charge(row: Any) -> CustomerCharge:
    def money(amount: int) -> Money:
        return Money(amount=amount, currency=row["currency"])

    return CustomerCharge(
        intent_id=row["intent_id"], customer_id=row["customer_id"], kind=row["kind"], state=row["state"], amount=money(row["amount"]),
        returned=money(row["returned"]), points=row["points"], points_returned=row["points_returned"], failure=row["failure"],
    )  # fmt: skip
