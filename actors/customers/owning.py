"""What customers have as store credit: `payments` keeps it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from actors.customers.contract import OWES
from actors.payments.contract import FORGET_OWNERS, LIST_OWNED, ForgetOwners, ListOwned, OwnedPage
from actors.runtime.money import shown
from actors.runtime.words import Refusal
from actors.runtime.work import Work

DONE = "-"
"""Instead of a cursor: all were there."""


async def owned_page(ids: Sequence[UUID], limit: int, cursor: str, work: Work) -> OwnedPage | Refusal:
    """`cursor`: "" for the first page. It asks, so before the transaction begins."""
    if cursor == DONE:
        return OwnedPage(accounts=[], entries=[])
    return await work.ask(LIST_OWNED, ListOwned(customer_ids=list(ids), limit=limit, cursor=cursor or None))


async def give_up(ids: Collection[UUID], work: Work) -> Refusal | None:
    """From now on `payments` gives none of them store credit before it has asked whether they are erased; OWES where there still is any.

    It asks, so before the transaction begins.
    """
    told = await work.ask(FORGET_OWNERS, ForgetOwners(customer_ids=sorted(ids), attempt=work.new_id()))
    if isinstance(told, Refusal):
        return told
    if not told.accounts:
        return None
    sums = ", ".join(f"{shown(account.balance.amount, account.balance.currency)} on {account.id}" for account in told.accounts)
    return OWES.refuse(f"There is store credit: {sums}. Have it spent, or close it if the customer gives it up.")
