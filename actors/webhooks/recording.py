"""What came of posts goes into the database: all that has gathered in one transaction, usually one statement.

Nothing is lost when Postgres is away: it is kept, and merged with what comes meanwhile. Nothing is lost when the member dies
either: `done_to` never passes a row that is not recorded, so who takes over posts it, again if need be.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from actors.runtime.work import Work
from actors.webhooks.bag import Bag
from actors.webhooks.deliveries_store import SQL
from actors.webhooks.notes import Note
from actors.webhooks.postman import Postman

if TYPE_CHECKING:
    from actors.runtime.member import Member

DONE = {"delivered": "d", "failed": "f"}
Lane = tuple[int, int]
"""Endpoint and lane."""


async def record_once(member: Member, postman: Postman) -> bool:
    """False when Postgres did not take it: it is kept for the next time."""
    notes = postman.notes.take()
    if not notes:
        return True
    try:
        async with member.transaction() as work:
            mine, left = await _record(work, notes, UUID(member.name))
    except asyncio.CancelledError:
        postman.put_back(notes)
        raise
    except Exception as error:
        postman.put_back(notes)
        member.log.warning("webhook outcomes not recorded yet", outcomes=len(notes), error=str(error) or type(error).__name__)
        return False
    _settle(postman, notes, mine, left)
    return True


async def _record(work: Work, notes: Sequence[Note], member_id: UUID) -> tuple[set[int] | None, set[Lane]]:
    """Endpoints that are still in this member's charge (None: it was not asked), and the lanes that still hold something."""
    posted = [note for note in notes if note.attempts]
    attempts = (
        [note.number for note in posted], [note.seq for note in posted], [DONE.get(note.became, "p") for note in posted],
        [note.attempts for note in posted],
    )
    troubles = [note for note in notes if note.trouble or note.became in ("failed", "retry", "behind")]
    if not troubles:
        work.write(SQL["record_attempts"], *attempts)
        return None, set()
    held = await work.fetch(SQL["hold_charges"], sorted({note.number for note in notes}), member_id)
    mine = {row["endpoint"] for row in held}
    await work.execute(SQL["record_attempts"], *attempts)
    await _save_troubles(work, [note for note in troubles if note.number in mine and note.became in ("failed", "retry", "behind")])
    settled = [note for note in troubles if note.trouble and note.became in ("delivered", "failed")]
    await work.execute(SQL["drop_troubles"], [note.number for note in settled], [note.seq for note in settled])
    rows = await work.fetch(SQL["go_on"], *_columns(touched(troubles)))
    return mine, {(row["endpoint"], row["lane"]) for row in rows}


async def _save_troubles(work: Work, notes: Sequence[Note]) -> None:
    now = time.monotonic()
    await work.execute(
        SQL["save_troubles"], [note.number for note in notes], [note.seq for note in notes], [note.lane for note in notes],
        [note.became for note in notes], [max(0.0, note.due_at - now) for note in notes], [note.round for note in notes],
    )


def touched(notes: Iterable[Note]) -> list[Lane]:
    """Lanes where something was settled, or came to wait."""
    return sorted({(note.number, note.lane) for note in notes if note.became == "behind" or (note.trouble and note.became in DONE)})


def _columns(lanes: Sequence[Lane]) -> tuple[list[int], list[int]]:
    return [number for number, _ in lanes], [lane for _, lane in lanes]


def _settle(postman: Postman, notes: Sequence[Note], mine: set[int] | None, left: set[Lane]) -> None:
    for note in notes:
        bag = postman.bags.get(note.number)
        if bag is None or note.became == "tried":
            continue
        if note.became in ("retry", "behind"):
            bag.recorded(note.lane)
        if mine is None or note.number in mine or note.became == "delivered":
            bag.settled(note.seq, note.trouble, note.became in ("retry", "behind"))
        else:
            bag.lost(note.seq, note.trouble)
    for number, lane in touched(notes):
        bag = postman.bags.get(number)
        if bag is None:
            continue
        if (number, lane) in left:
            postman.due_now(bag)
        elif bag.noted[lane] <= 0:
            bag.lanes.blocked.discard(lane)
            postman.refill(bag)


# --- how far each has come


async def save_done_to(member: Member, bags: Iterable[Bag]) -> None:
    """Where a member that takes over begins to read."""
    moved = {bag.target.number: (bag, bag.done_to) for bag in bags if bag.done_to > bag.saved_to}
    if not moved:
        return
    async with member.transaction() as work:
        rows = await work.fetch(SQL["save_done_to"], list(moved), [done_to for _, done_to in moved.values()], UUID(member.name))
    for row in rows:
        bag, done_to = moved[row["endpoint"]]
        bag.saved(done_to)
