"""What customers have as store credit: `payments` keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from actors.payments.contract import LIST_OWNED, Account, ListOwned, OwnedPage
from actors.runtime.words import Refusal
from actors.runtime.work import Work

DONE = "-"
"""Instead of a cursor: all were there."""


async def owned_page(ids: Sequence[UUID], limit: int, cursor: str, work: Work) -> OwnedPage | Refusal:
    """`cursor`: "" for the first page. It asks, so before the transaction begins."""
    if cursor == DONE:
        return OwnedPage(accounts=[], entries=[])
    return await work.ask(LIST_OWNED, ListOwned(customer_ids=list(ids), limit=limit, cursor=cursor or None))


async def owned_by(ids: Sequence[UUID], work: Work) -> list[Account] | Refusal:
    """All of them."""
    found: list[Account] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await owned_page(ids, 200, cursor, work)
        if isinstance(page, Refusal):
            return page
        found += page.accounts
        cursor = page.next_cursor
    return found
