"""Rows <-> counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import Struct

from actors.inventory.contract import NOT_FOUND, Count, CountLine, CountState, ListCounts
from actors.inventory.store import LAST, SQL, to_json
from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.quantities import write_milli
from actors.runtime.words import Refusal

if TYPE_CHECKING:
    from actors.runtime.work import Work

LINE_BYTES = 260
"""About what a line takes in a message, at most."""


class CountedVariant(Struct):
    """A line of a count, as it is kept."""

    count_id: UUID
    variant_id: UUID
    product_id: UUID
    counted: int | None = None
    counted_at: datetime | None = None
    expected: int | None = None


class KeptCount(Struct):
    id: UUID
    store_id: UUID
    currency: str
    version: int
    state: CountState
    note: str
    opened_by: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    lines: dict[UUID, CountedVariant]

    def change(self, now: datetime) -> None:
        self.version += 1
        self.updated_at = now


def not_found(id: UUID) -> Refusal:
    return NOT_FOUND.refuse(f"There is no count {id}.")


def to_count(kept: KeptCount) -> Count:
    return Count(
        id=kept.id,
        version=kept.version,
        store_id=kept.store_id,
        state=kept.state,
        note=kept.note,
        lines=[_to_line(line) for line in sorted(kept.lines.values(), key=lambda line: line.variant_id)],
        opened_by=kept.opened_by,
        created_at=kept.created_at,
        updated_at=kept.updated_at,
        closed_at=kept.closed_at,
    )


def _to_line(line: CountedVariant) -> CountLine:
    known = line.counted is not None and line.expected is not None
    return CountLine(
        variant_id=line.variant_id,
        product_id=line.product_id,
        counted=_text(line.counted),
        counted_at=line.counted_at,
        expected=_text(line.expected),
        difference=write_milli((line.counted or 0) - (line.expected or 0)) if known else None,
    )


def _text(milli: int | None) -> str | None:
    return None if milli is None else write_milli(milli)


async def find_counts(work: Work, ids: Iterable[UUID]) -> dict[UUID, KeptCount]:
    return await _with_lines(work, await work.read(SQL["find_counts"], list(set(ids))))


async def take_counts(work: Work, ids: Iterable[UUID]) -> dict[UUID, KeptCount]:
    """Nobody else changes them until the commit."""
    return await _with_lines(work, await work.fetch(SQL["lock_counts"], list(set(ids))))


async def _with_lines(work: Work, rows: Sequence[Any]) -> dict[UUID, KeptCount]:
    counts = {kept.id: kept for kept in (KeptCount(**dict(row), lines={}) for row in rows)}
    for row in await work.read(SQL["find_count_lines"], list(counts)) if counts else []:
        counts[row["count_id"]].lines[row["variant_id"]] = CountedVariant(*row)
    return counts


def insert_counts(work: Work, counts: Sequence[KeptCount]) -> None:
    if counts:
        said = [{"currency": kept.currency, "note": kept.note, "opened_by": kept.opened_by} for kept in counts]
        work.write(SQL["insert_counts"], work.now, to_json([_row(kept) | one for kept, one in zip(counts, said, strict=True)]))
        save_lines(work, [line for kept in counts for line in kept.lines.values()])


def save_counts(work: Work, counts: Iterable[KeptCount]) -> None:
    rows = [_row(kept) for kept in counts]
    if rows:
        work.write(SQL["save_counts"], to_json(rows))


def _row(kept: KeptCount) -> dict[str, object]:
    return {
        "id": kept.id, "store_id": kept.store_id, "version": kept.version, "state": kept.state, "lines": len(kept.lines),
        "updated_at": kept.updated_at, "closed_at": kept.closed_at,
    }  # fmt: skip


def save_lines(work: Work, lines: Sequence[CountedVariant]) -> None:
    if lines:
        work.write(SQL["save_count_lines"], to_json(lines))


async def list_page(work: Work, wish: ListCounts) -> tuple[list[Count], str | None]:
    """Newest first, and the cursor of the next page. ValueError for a cursor that is not ours."""
    before = read_cursor(wish.cursor, tuple[UUID])[0] if wish.cursor else LAST
    rows = await work.read(SQL["list_counts"], before, wish.store_id, wish.state, wish.limit + 1)
    ids: list[UUID] = []
    size = 0
    for row in rows[: wish.limit]:
        size += 2 * LINE_BYTES + row["lines"] * LINE_BYTES
        if ids and size > work.page_bytes_max:
            break
        ids.append(row["id"])
    counts = await find_counts(work, ids)
    more = len(rows) > len(ids)
    return [to_count(counts[id]) for id in ids], write_cursor(str(ids[-1])) if more else None
