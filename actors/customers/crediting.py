"""Credit accounts: limits, paying off, statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from actors.customers.books import read_holders, save_books, take_books, to_credit, to_credit_entry
from actors.customers.contract import (
    GONE,
    INVALID,
    NO_CREDIT,
    TOO_MUCH,
    WRONG_CURRENCY,
    CreditAccount,
    CreditStatement,
    GetCredit,
    GetStatement,
    PayCredit,
    SetCredit,
)
from actors.customers.handlers import no_customer
from actors.customers.holding import Cause, Holder, Till
from actors.customers.store import SQL
from actors.customers.tills import know_tills, unfit
from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor, wrong_cursor
from actors.runtime.money import exponent_of, shown
from actors.runtime.words import FieldError, Money, Refusal, SignedMoney
from actors.runtime.work import Work


def no_credit(holder: Holder) -> Refusal:
    return NO_CREDIT.refuse(f"The customer {holder.id} has no credit account. Open one with its limit.")


def gone(holder: Holder) -> Refusal | None:
    return GONE.refuse("The customer was erased. Nothing can be booked any more.") if holder.erased else None


async def set_credits(asked: Sequence[Asked[SetCredit]], work: Work) -> list[CreditAccount | Refusal]:
    books = await take_books(work, [one.body.id for one in asked])
    outcomes: list[CreditAccount | Refusal] = []
    for one in asked:
        holder = books.find(one.body.id)
        refusal = no_customer(one.body.id) if holder is None else gone(holder) or _check_limit(holder, one.body.limit)
        if refusal is None and holder is not None:
            holder.set_limit(one.body.limit.amount, one.body.limit.currency)
            outcomes.append(to_credit(holder))
        elif refusal is not None:
            outcomes.append(refusal)
    save_books(work, books.all())
    return outcomes


def _check_limit(holder: Holder, limit: Money) -> Refusal | None:
    if exponent_of(limit.currency) is None:
        detail = f"{limit.currency} is no currency of ISO 4217. Give its three letters, like IDR."
    elif holder.currency is not None and limit.currency != holder.currency:
        detail = f"The account is in {holder.currency}. Give the amount in that."
    else:
        return None
    return WRONG_CURRENCY.refuse_at("/limit/currency", detail)


async def pay_credits(asked: Sequence[Asked[PayCredit]], work: Work) -> list[CreditAccount | Refusal]:
    tills = await know_tills(work, (one.body.register_id for one in asked))
    books = await take_books(work, [one.body.id for one in asked])
    outcomes: list[CreditAccount | Refusal] = []
    for one in asked:
        body = one.body
        holder = books.find(body.id)
        till = tills.get(body.register_id)
        refusal = no_customer(body.id) if holder is None else gone(holder) or _check_payment(holder, body.amount) or unfit(till, body.amount)
        if refusal is None and holder is not None:
            at = till if isinstance(till, Till) else None
            holder.owe("payment", -body.amount.amount, Cause(by=one.by, note=body.note, reference=body.reference, till=at))
            outcomes.append(to_credit(holder))
        elif refusal is not None:
            outcomes.append(refusal)
    save_books(work, books.all())
    return outcomes


def _check_payment(holder: Holder, amount: Money) -> Refusal | None:
    if holder.currency is None:
        return no_credit(holder)
    if amount.currency != holder.currency:
        return WRONG_CURRENCY.refuse_at("/amount/currency", f"The account is in {holder.currency}. Give the amount in that.")
    if not amount.amount:
        return INVALID.refuse("A payment is more than nothing.", FieldError(pointer="/amount/amount", detail="More than zero."))
    if amount.amount > holder.owed:
        return TOO_MUCH.refuse_at("/amount/amount", f"{shown(max(0, holder.owed), holder.currency)} are owed. Take that, or less.")
    return None


async def get_credits(asked: Sequence[Asked[GetCredit]], work: Work) -> list[CreditAccount | Refusal]:
    found = await read_holders(work, [one.body.id for one in asked])
    return [_credit(found.get(one.body.id), one.body) for one in asked]


def _credit(holder: Holder | None, asked: GetCredit) -> CreditAccount | Refusal:
    if holder is None:
        return no_customer(asked.id)
    return to_credit(holder) if holder.currency is not None else no_credit(holder)


# --- statements ---------------------------------------------------------------------------------------------


async def get_statements(asked: Sequence[Asked[GetStatement]], work: Work) -> list[CreditStatement | Refusal]:
    found = await read_holders(work, [one.body.id for one in asked])
    return [await _statement(found.get(one.body.id), one.body, work) for one in asked]


async def _statement(holder: Holder | None, asked: GetStatement, work: Work) -> CreditStatement | Refusal:
    if holder is None:
        return no_customer(asked.id)
    if holder.currency is None:
        return no_credit(holder)
    try:
        [after] = read_cursor(asked.cursor, tuple[int]) if asked.cursor else (0,)
    except ValueError:
        return wrong_cursor(INVALID)
    since, until = asked.booked_from, asked.booked_until
    if any(at is not None and not 1900 <= at.year < 9000 for at in (since, until)):
        return INVALID.refuse("No such time is in any statement.", FieldError(pointer="?booked_from", detail="Years from 1900 to 8999."))
    # What is still to come is everything until now; and what is booked while this is read is left to the next statement.
    until = None if until is not None and until > work.now else until
    rows = await work.read(SQL["credit_entries"], holder.id, after, since, until, asked.limit + 1, holder.credit_version)
    items = [to_credit_entry(row) for row in rows[: asked.limit]]
    opening = await _balance(holder.id, since, work) if since is not None else 0
    closing = await _balance(holder.id, until, work) if until is not None else holder.owed
    return CreditStatement(
        customer_id=holder.id, opening=SignedMoney(amount=opening, currency=holder.currency),
        closing=SignedMoney(amount=closing, currency=holder.currency), items=items,
        next_cursor=write_cursor(rows[asked.limit - 1]["number"]) if len(rows) > asked.limit else None,
    )  # fmt: skip


async def _balance(customer_id: UUID, before: datetime, work: Work) -> int:
    """Minor units that were owed then: nothing before the first entry."""
    return sum(row["balance"] for row in await work.read(SQL["balance_before"], customer_id, before))
