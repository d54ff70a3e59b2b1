"""Points are lost when their time is over. Whoever wants to pay with them has them expire first, so this may be late."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from actors.customers.books import save_books, take_books
from actors.customers.store import SQL

if TYPE_CHECKING:
    from actors.runtime.member import Member

LOOK_SECONDS = 15.0
AT_ONCE = 500


async def expire_points(member: Member) -> None:
    """Runs until cancelled."""
    while True:
        try:
            while not member.stopping.is_set() and await _expire_some(member) == AT_ONCE:
                pass
        except Exception as error:
            member.log.warning("points due not expired yet", error=str(error) or type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(member.stopping.wait(), LOOK_SECONDS)
            await asyncio.Event().wait()


async def _expire_some(member: Member) -> int:
    """How many customers had something to lose, at most `AT_ONCE`."""
    async with member.transaction() as work:
        due = [row["customer_id"] for row in await work.read(SQL["expiring"], work.now, AT_ONCE)]
        if due:
            books = await take_books(work, due, with_lots=True)
            for holder in books.all():
                holder.expire()
            save_books(work, books.all())
        return len(due)
