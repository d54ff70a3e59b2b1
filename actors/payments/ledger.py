"""The ledger of gift cards and store credit: each entry changes what is there or what is kept back. Pure.

    issue, top_up, refund   balance +          hold      held +
    redeem                  balance -, held -  release   held -
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID, uuid5

from msgspec.structs import replace

from actors.payments.contract import ACCOUNT_CLOSED, NOT_ENOUGH, WRONG_CURRENCY, Account, Entry, Intent
from actors.payments.rules import total_of
from actors.runtime.money import shown
from actors.runtime.words import Money, Refusal, SignedMoney

Kind = Literal["issue", "top_up", "hold", "release", "redeem", "refund"]


class Posting(NamedTuple):
    """What an entry is to do: by how much the balance changes, and what is held."""

    kind: Kind
    amount: int
    held: int


def put_in(kind: Literal["issue", "top_up", "refund"], amount: int) -> Posting:
    return Posting(kind, amount, 0)


def postings(before: Intent | None, after: Intent) -> Sequence[Posting]:
    """What an intent's step means for its account."""
    total, state = total_of(after), before.state if before else None
    found = []
    if after.state == "held" and state != "held":
        found.append(Posting("hold", 0, total))
    if state == "held" and after.state == "returned":
        found.append(Posting("release", 0, -total))
    if state == "held" and after.state not in ("held", "returned"):
        found.append(Posting("redeem", -total, -total))
    back = after.refunded.amount - (before.refunded.amount if before else 0)
    if back > 0:
        found.append(put_in("refund", back))
    return found


def post(account: Account, posting: Posting, now: datetime) -> Account:
    """ValueError when less than nothing would be available: what is asked for is checked before."""
    balance, held = account.balance.amount + posting.amount, account.held.amount + posting.held
    if held < 0 or balance < held:
        raise ValueError(f"{posting.kind} of {posting.amount}/{posting.held} leaves {balance} with {held} held on {account.id}")
    return replace(
        account,
        version=account.version + 1,
        balance=_money(account, balance),
        held=_money(account, held),
        available=_money(account, balance - held),
        updated_at=now,
    )


def make_entry(
    id: UUID, account: Account, posting: Posting, now: datetime, by: str, note: str = "", *,
    intent_id: UUID | None = None, order_id: UUID | None = None,
) -> Entry:  # fmt: skip
    """`account`: as it is afterwards."""
    currency = account.balance.currency
    return Entry(
        id=id, account_id=account.id, kind=posting.kind, amount=SignedMoney(amount=posting.amount, currency=currency),
        held=SignedMoney(amount=posting.held, currency=currency), balance=account.balance, at=now, by=by, note=note,
        intent_id=intent_id, order_id=order_id,
    )  # fmt: skip


def open_account(
    id: UUID, kind: Literal["gift_card", "store_credit"], currency: str, now: datetime, *,
    hint: str = "", note: str = "", customer_id: UUID | None = None, expires_at: datetime | None = None,
) -> Account:  # fmt: skip
    """Empty, at version 0: its first entry makes it version 1."""
    nothing = Money(amount=0, currency=currency)
    return Account(
        id=id, version=0, kind=kind, balance=nothing, held=nothing, available=nothing, active=True, hint=hint, note=note,
        created_at=now, updated_at=now, customer_id=customer_id, expires_at=expires_at,
    )  # fmt: skip


def why_closed(account: Account, now: datetime) -> Refusal | None:
    """ACCOUNT_CLOSED for one that nothing may be taken from, or put on by hand. What is refunded to it still arrives."""
    if not account.active:
        return ACCOUNT_CLOSED.refuse("It was made inactive. Activate it, or use another.")
    if account.expires_at is not None and account.expires_at <= now:
        return ACCOUNT_CLOSED.refuse(f"It expired at {account.expires_at.isoformat()}. Use another.")
    return None


def check_payment(account: Account, amount: int, currency: str, now: datetime) -> Refusal | None:
    """Whether so much can be held on it."""
    if refusal := why_closed(account, now):
        return refusal
    if account.balance.currency != currency:
        detail = f"The account is in {account.balance.currency}. Give the amount in that."
        return WRONG_CURRENCY.refuse_at("/amount/currency", detail)
    if account.available.amount < amount:
        return NOT_ENOUGH.refuse(f"{shown(account.available.amount, currency)} are available. Pay the rest in another way.")
    return None


def account_beside(id: UUID, currency: str) -> UUID:
    """Where a refund goes when the account it names is in another currency: always the same one."""
    return uuid5(id, currency)


def _money(account: Account, amount: int) -> Money:
    return Money(amount=amount, currency=account.balance.currency)
