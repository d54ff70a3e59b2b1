"""What is kept back for orders that are not paid yet: rows, and what they do to the book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from actors.inventory.book import Book, Key
from actors.inventory.store import SQL, to_json

if TYPE_CHECKING:
    from actors.runtime.work import Work


class KeptLine(Struct, frozen=True, gc=False):
    variant_id: UUID
    product_id: UUID
    milli: int


class Kept(Struct, frozen=True):
    """A reservation. Without lines it says that nothing is to be kept back any more.

    `version`: the newest one of the order that it was asked for; `confirmed`: the order has told that one, or a later one.
    """

    order_id: UUID
    store_id: UUID
    lines: tuple[KeptLine, ...]
    version: int
    confirmed: bool
    asked_at: datetime

    def levels(self) -> list[Key]:
        """Those that it touches."""
        return [(self.store_id, line.variant_id) for line in self.lines]


_lines = msgspec.json.Decoder(tuple[KeptLine, ...])


async def take_reservations(work: Work, order_ids: Iterable[UUID]) -> dict[UUID, Kept]:
    """Those that there are; nobody else changes them until the commit."""
    ids = list(set(order_ids))
    rows = await work.fetch(SQL["lock_reservations"], ids) if ids else []
    return {
        row["order_id"]: Kept(row["order_id"], row["store_id"], _lines.decode(row["lines"]), row["version"], row["confirmed"], row["asked_at"])
        for row in rows
    }


def save_reservations(work: Work, before: Mapping[UUID, Kept], after: Sequence[Kept]) -> None:
    """Inserts or updates them. One that somebody else has just made collides, and everything is looked at again."""
    new = [_row(kept) for kept in after if kept.order_id not in before]
    changed = [_row(kept) for kept in after if kept.order_id in before]
    if new:
        work.write(SQL["insert_reservations"], work.now, to_json(new))
    if changed:
        work.write(SQL["save_reservations"], work.now, to_json(changed))


def _row(kept: Kept) -> dict[str, object]:
    lines = to_json(kept.lines)
    return {"order_id": kept.order_id, "store_id": kept.store_id, "lines": lines, "version": kept.version, "confirmed": kept.confirmed}


def drop_reservations(work: Work, order_ids: Sequence[UUID]) -> None:
    if order_ids:
        work.write(SQL["drop_reservations"], list(order_ids))


# --- what they do to the book


def shortages(book: Book, before: Kept | None, after: Kept, lent: Kept | None = None) -> dict[UUID, int]:
    """How much of a variant this order could have, where that is less than `after` wants. `lent`: another one's, which it may take."""
    held = _held(before) if before is not None else {}
    for key, milli in (_held(lent) if lent is not None else {}).items():
        held[key] = held.get(key, 0) + milli
    short = {}
    for line in after.lines:
        key = (after.store_id, line.variant_id)
        level = book.levels.get(key)
        free = (level.available if level else 0) + held.get(key, 0)
        # What it holds already stays its own, even where the books have gone below zero meanwhile.
        if line.milli > max(free, held.get(key, 0)):
            short[line.variant_id] = max(free, 0)
    return short


def exchange(book: Book, before: Kept | None, after: Kept) -> None:
    """Keeps back exactly `after` instead of `before`."""
    held, wanted = _held(before) if before is not None else {}, _held(after)
    for key in dict.fromkeys([*held, *wanted]):
        difference = wanted.get(key, 0) - held.get(key, 0)
        if difference:
            book.enter(key, "reservation", reserved=difference, reference_id=after.order_id)


def _held(kept: Kept) -> dict[Key, int]:
    return {(kept.store_id, line.variant_id): line.milli for line in kept.lines}


def raised(before: Kept | None, wish: Kept) -> Kept:
    """At least what both want: which of them is committed is not known yet."""
    if before is None:
        return wish
    most = {line.variant_id: line for line in before.lines}
    for line in wish.lines:
        if line.variant_id not in most or most[line.variant_id].milli < line.milli:
            most[line.variant_id] = line
    return replace(wish, lines=tuple(most.values()), version=max(before.version, wish.version))


def confirm(kept: Kept) -> Kept:
    return replace(kept, confirmed=True)


def make_lines(lines: Iterable[tuple[UUID, UUID, int]]) -> tuple[KeptLine, ...]:
    """Of (variant id, product id, milli), each variant once."""
    merged: dict[UUID, KeptLine] = {}
    for variant_id, product_id, milli in lines:
        before = merged.get(variant_id)
        merged[variant_id] = KeptLine(variant_id, product_id, milli + (before.milli if before else 0))
    return tuple(merged.values())
