"""Counts end: what was counted is compared with what the books said at that moment, and the differences are applied.

Selling goes on meanwhile. What is sold after it was counted is not the count's business; what was sold before, and is heard of
only after the count was closed, is set off when it comes (`Book.enter`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from actors.inventory.book import Book
from actors.inventory.contract import COUNT_CLOSED, STALE, WRONG_STATE, CancelCount, CloseCount, Count
from actors.inventory.counts import KeptCount, not_found, save_counts, save_lines, take_counts, to_count
from actors.inventory.rules import expected_then, seen_by_count
from actors.inventory.store import SQL, Wanted, save_book, take_book, to_json
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work


async def close_counts(asked: Sequence[Asked[CloseCount]], work: Work) -> Sequence[Count | Refusal]:
    """Differences are applied under the locks of their levels, so nothing is sold between looking and writing."""
    counts, outcomes = await _take_open(asked, work)
    closing = [counts[one.body.id] for one, outcome in zip(asked, outcomes, strict=True) if outcome is None]
    book = await take_book(work, [wanted for kept in closing for wanted in _wanted(kept)])
    moved = await _moved_since(work, closing)
    for kept, one in ((counts[one.body.id], one) for one, outcome in zip(asked, outcomes, strict=True) if outcome is None):
        apply_count(book, kept, moved, one.by)
        kept.state, kept.closed_at = "closed", work.now
        kept.change(work.now)
        work.record(COUNT_CLOSED, kept.id, to_count(kept), one.traceparent)
    save_lines(work, [line for kept in closing for line in kept.lines.values() if line.expected is not None])
    save_counts(work, closing)
    save_book(work, book)
    return [outcome or to_count(counts[one.body.id]) for one, outcome in zip(asked, outcomes, strict=True)]


async def cancel_counts(asked: Sequence[Asked[CancelCount]], work: Work) -> Sequence[Count | Refusal]:
    counts, outcomes = await _take_open(asked, work)
    cancelled = [counts[one.body.id] for one, outcome in zip(asked, outcomes, strict=True) if outcome is None]
    for kept in cancelled:
        kept.state, kept.closed_at = "cancelled", work.now
        kept.change(work.now)
    save_counts(work, cancelled)
    return [outcome or to_count(counts[one.body.id]) for one, outcome in zip(asked, outcomes, strict=True)]


async def _take_open(
    asked: Sequence[Asked[CloseCount]] | Sequence[Asked[CancelCount]], work: Work
) -> tuple[dict[UUID, KeptCount], list[Refusal | None]]:
    """The counts, and for each request why it cannot be done. The second one for the same count is too late."""
    counts = await take_counts(work, [one.body.id for one in asked])
    taken: set[UUID] = set()
    outcomes = []
    for one in asked:
        outcome = _why_not(one.body, counts.get(one.body.id), taken)
        if outcome is None:
            taken.add(one.body.id)
        outcomes.append(outcome)
    return counts, outcomes


def _why_not(body: CloseCount | CancelCount, kept: KeptCount | None, taken: set[UUID]) -> Refusal | None:
    if kept is None:
        return not_found(body.id)
    if kept.state != "open" or kept.id in taken:
        return WRONG_STATE.refuse("The count has ended already. Open a new one.")
    if kept.version != body.if_version:
        return STALE.refuse(f"The count is at version {kept.version}. Look at it again.")
    return None


def apply_count(book: Book, kept: KeptCount, moved: dict[tuple[UUID, UUID, datetime], int], by: str) -> None:
    """What was counted later by a count that is closed already, is left as that one found it."""
    for line in kept.lines.values():
        key = (kept.store_id, line.variant_id)
        if line.counted is None or line.counted_at is None or seen_by_count(line.counted_at, book.levels[key].counted_at):
            continue
        level = book.levels[key]
        line.expected = expected_then(level.on_hand, moved.get((*key, line.counted_at), 0))
        level.counted_at, level.count_id = line.counted_at, kept.id
        book.touch(level)
        if line.counted != line.expected:
            difference = line.counted - line.expected
            book.enter(key, "count", difference, at=line.counted_at, reference_id=kept.id, reason=kept.note, by=by)


def _wanted(kept: KeptCount) -> list[Wanted]:
    return [Wanted(kept.store_id, line.variant_id, line.product_id, kept.currency) for line in kept.lines.values() if line.counted is not None]


async def _moved_since(work: Work, counts: Iterable[KeptCount]) -> dict[tuple[UUID, UUID, datetime], int]:
    """By store, variant and the moment that it was counted: what has moved since then."""
    lines = [
        {"store_id": kept.store_id, "variant_id": line.variant_id, "counted_at": line.counted_at, "after": first_id_at(line.counted_at)}
        for kept in counts for line in kept.lines.values() if line.counted_at is not None
    ]  # fmt: skip
    rows = await work.fetch(SQL["moved_since"], to_json(lines)) if lines else []
    return {(row["store_id"], row["variant_id"], row["counted_at"]): row["moved"] for row in rows}


def first_id_at(moment: datetime) -> UUID:
    """The first UUIDv7 (RFC 9562, 5.7) of that millisecond: 48 bits of time in front."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
