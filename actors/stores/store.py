"""Rows <-> stores and registers. Each is stored as the JSON that everybody gets to see, beside what it is found by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID
from zoneinfo import available_timezones

import msgspec
from msgspec import Raw, Struct

from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.queries import arrays, load_queries
from actors.runtime.words import Event, Position
from actors.stores.contract import CreateRegister, Register, Store
from actors.stores.rules import fold_code

if TYPE_CHECKING:
    from actors.runtime.database import Record
    from actors.runtime.work import Work

SQL = load_queries(__file__)

Kept = TypeVar("Kept", Store, Register)
_encode = msgspec.json.Encoder().encode
_decode_store = msgspec.json.Decoder(Store).decode
_decode_register = msgspec.json.Decoder(Register).decode


class Page(Struct, kw_only=True):
    """A `StorePage` or `RegisterPage` whose items are encoded already."""

    items: list[Raw]
    next_cursor: str | None = None


class Change(Struct, kw_only=True):
    """A `StoreChange`, encoded already."""

    position: int
    store: Raw | None
    register: Raw | None


class Feed(Struct, kw_only=True):
    items: list[Change]
    position: int
    more: bool


@cache
def time_zones() -> Collection[str]:
    """Reads the time zone database of this machine, once."""
    return frozenset(available_timezones())


# --- changing --------------------------------------------------------------------------------------------


async def take_turns(work: Work) -> None:
    """From here to the commit, nobody else changes stores or registers."""
    await work.execute(SQL["take_turns"])


async def load_stores(work: Work, ids: Iterable[UUID | None]) -> dict[UUID, Store]:
    rows = await work.fetch(SQL["get_stores"], _known(ids))
    return {row["id"]: _decode_store(row["body"]) for row in rows}


async def load_registers(work: Work, ids: Iterable[UUID | None]) -> dict[UUID, Register]:
    return _registers(await work.fetch(SQL["get_registers"], _known(ids)))


async def load_rivals(work: Work, asked: Sequence[CreateRegister]) -> dict[UUID, Register]:
    """The registers that those asked for could collide with."""
    stores, codes = [one.store_id for one in asked], [fold_code(one.code) for one in asked]
    return _registers(await work.fetch(SQL["find_registers"], _known(one.id for one in asked), stores, codes))


async def save_stores(work: Work, changes: Sequence[tuple[Event[Store], Store]]) -> None:
    """Records each change, and writes each store once, with the log position of its last change."""
    if rows := await _record(work, changes):
        await work.execute(SQL["save_stores"], *arrays((*row, body) for *row, _, body in rows))


async def save_registers(work: Work, changes: Sequence[tuple[Event[Register], Register]]) -> None:
    if rows := await _record(work, changes):
        await work.execute(
            SQL["save_registers"],
            *arrays((*row, body, register.store_id, fold_code(register.code)) for *row, register, body in rows),
        )


async def _record(work: Work, changes: Sequence[tuple[Event[Kept], Kept]]) -> list[tuple[UUID, int, Kept, str]]:
    """(id, position, kept, body) of each that changed, after its last change."""
    if not changes:
        return []
    first = await work.reserve(len(changes))
    rows: dict[UUID, tuple[UUID, int, Kept, str]] = {}
    for position, (event, kept) in enumerate(changes, first):
        body = _encode(kept)
        work.record(event, kept.id, Raw(body))
        rows[kept.id] = (kept.id, position, kept, body.decode())
    return list(rows.values())


def _known(ids: Iterable[UUID | None]) -> list[UUID]:
    return list({id for id in ids if id is not None})


def _registers(rows: Iterable[Record]) -> dict[UUID, Register]:
    return {row["id"]: _decode_register(row["body"]) for row in rows}


# --- reading ---------------------------------------------------------------------------------------------


async def get_stores(work: Work, ids: Iterable[UUID]) -> dict[UUID, Raw]:
    return {row["id"]: _raw(row["body"]) for row in await work.fetch(SQL["get_stores"], _known(ids))}


async def get_registers(work: Work, ids: Iterable[UUID]) -> dict[UUID, Raw]:
    return {row["id"]: _raw(row["body"]) for row in await work.fetch(SQL["get_registers"], _known(ids))}


async def list_stores(work: Work, cursor: str | None, limit: int) -> Page:
    """ValueError when the cursor is not one of ours. So for `list_registers`."""
    # One more than asked for tells whether there is a next page.
    return _page(await work.fetch(SQL["list_stores"], _start(cursor), limit + 1, work.page_bytes_max), limit)


async def list_registers(work: Work, cursor: str | None, limit: int, store_id: UUID | None) -> Page:
    return _page(await work.fetch(SQL["list_registers"], _start(cursor), limit + 1, store_id), limit)


async def list_changes(work: Work, after: int, limit: int) -> Feed:
    rows = await work.fetch(SQL["list_changes"], after, limit + 1, work.page_bytes_max)
    page = [Change(position=row["position"], **_either(row)) for row in rows[:limit]]
    return Feed(items=page, position=page[-1].position if page else after, more=_more(rows, page))


def _start(cursor: str | None) -> int:
    if not cursor:
        return 0
    (opened,) = read_cursor(cursor, tuple[Position])
    return opened


def _page(rows: Sequence[Record], limit: int) -> Page:
    items = [_raw(row["body"]) for row in rows[:limit]]
    more = _more(rows, items)
    return Page(items=items, next_cursor=write_cursor(rows[len(items) - 1]["opened"]) if more else None)


def _more(rows: Sequence[Record], page: Sequence[object]) -> bool:
    return bool(rows) and rows[0]["found"] > len(page)



def _raw(body: str) -> Raw:
    return Raw(body.encode())


def _either(row: Record) -> dict[str, Raw | None]:
    return {kind: _raw(row[kind]) if row[kind] is not None else None for kind in ("store", "register")}
