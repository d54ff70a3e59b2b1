"""Rows <-> the book of a batch. Levels are locked in one order; what is decided is written with the commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from msgspec import Struct

from actors.inventory.book import Book, Entry, Key, Standing
from actors.runtime.queries import load_queries

if TYPE_CHECKING:
    from actors.runtime.work import Work

SQL = load_queries(__file__)
_encode = msgspec.json.encode

FIRST = UUID(int=0)
LAST = UUID(int=2**128 - 1)


class Wanted(Struct, gc=False):
    """A level that is needed, and what it is made of when it is not there yet."""

    store_id: UUID
    variant_id: UUID
    product_id: UUID
    currency: str

    @property
    def key(self) -> Key:
        return self.store_id, self.variant_id


async def take_book(work: Work, wanted: Iterable[Wanted]) -> Book:
    """These levels, made where they are missing; nobody else changes them until the commit."""
    return await take_levels(work, list({level.key: level for level in wanted}.values()))


async def take_levels(work: Work, wanted: Sequence[Struct]) -> Book:
    """As `take_book`, of structs with the fields of `Wanted`, no two of one level; their ids may be text."""
    if not wanted:
        return Book([], work.now, work.new_id)
    rows = to_json(wanted)
    found = await work.fetch(SQL["lock_levels_if_all"], rows)
    if not found:
        await work.execute(SQL["make_levels"], work.now, rows)
        found = await work.fetch(SQL["read_levels"], rows)
    return Book([to_standing(row) for row in found], work.now, work.new_id)


async def take_known_book(work: Work, keys: Iterable[Key]) -> Book:
    """Those of these levels that there are; nobody else changes them until the commit."""
    wanted = [{"store_id": store_id, "variant_id": variant_id} for store_id, variant_id in set(keys)]
    rows = await work.fetch(SQL["lock_levels"], to_json(wanted)) if wanted else []
    return Book([to_standing(row) for row in rows], work.now, work.new_id)


def save_book(work: Work, book: Book) -> None:
    """Once per batch: levels, movements, and what was crossed."""
    if book.entries:
        work.write(SQL["insert_movements"], to_json(book.entries))
    if book.sold.heads:
        work.write(SQL["insert_sold"], work.now, *book.sold.columns(work.new_id()))
    if book.changed:
        work.write(SQL["save_levels"], to_json(book.changed))
    for event, told in book.crossings():
        work.record(event, told.level.variant_id, told)


def to_standing(row: Any) -> Standing:
    """Of a row with the columns of a level, in the order of its fields."""
    return Standing(*row)


def to_entry(row: Any) -> Entry:
    return Entry(*row)


def to_json(rows: object) -> str:
    return _encode(rows).decode()
