"""Rows <-> price lists and promotions. Each is stored as the JSON that everybody gets to see, beside what it is found by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from actors.catalog.contract import ListPromotions, PriceList, Promotion
from actors.catalog.offers import fold_code
from actors.catalog.store import SQL, Page
from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.queries import arrays
from actors.runtime.words import Event, Position

if TYPE_CHECKING:
    from actors.runtime.database import Record
    from actors.runtime.work import Work

Kept = TypeVar("Kept", PriceList, Promotion)
_encode = msgspec.json.Encoder().encode
_decode_price_list = msgspec.json.Decoder(PriceList).decode
_decode_promotion = msgspec.json.Decoder(Promotion).decode

NEWEST = 2**53
"""Beyond every position."""


class Change(Struct, kw_only=True):
    """An `OfferChange`, encoded already."""

    position: int
    price_list: Raw | None
    promotion: Raw | None


class Feed(Struct, kw_only=True):
    items: list[Change]
    position: int
    more: bool


# --- changing --------------------------------------------------------------------------------------------


async def take_price_lists(work: Work, codes: Iterable[str]) -> list[PriceList]:
    """Those that have one of the codes in any case. From here to the commit, nobody else changes the catalog."""
    await work.execute(SQL["take_turns"])
    rows = await work.fetch(SQL["find_price_lists"], sorted(set(map(fold_code, codes))))
    return [_decode_price_list(row["body"]) for row in rows]


async def take_promotions(work: Work, ids: Iterable[UUID], codes: Iterable[str] = ()) -> list[Promotion]:
    """Those with one of the ids, or of the codes in any case. From here to the commit, nobody else changes the catalog."""
    await work.execute(SQL["take_turns"])
    rows = await work.fetch(SQL["find_promotions"], list(set(ids)), sorted(set(map(fold_code, codes))))
    return [_decode_promotion(row["body"]) for row in rows]


async def save_price_lists(work: Work, changes: Sequence[tuple[Event[PriceList], PriceList]]) -> None:
    """Records each change, and writes each price list once, with the log position of its last change."""
    written = {kept.code: (kept.code, *rest, fold_code(kept.code)) for kept, *rest in await _record(work, changes)}
    if written:
        await work.execute(SQL["save_price_lists"], *arrays(written.values()))


async def save_promotions(work: Work, changes: Sequence[tuple[Event[Promotion], Promotion]]) -> None:
    written = {
        kept.id: (kept.id, *rest, None if kept.code is None else fold_code(kept.code), kept.active)
        for kept, *rest in await _record(work, changes)
    }
    if written:
        await work.execute(SQL["save_promotions"], *arrays(written.values()))


async def _record(work: Work, changes: Sequence[tuple[Event[Kept], Kept]]) -> list[tuple[Kept, int, str]]:
    """(kept, position, body) of each change."""
    if not changes:
        return []
    first = await work.reserve(len(changes))
    told = []
    for position, (event, kept) in enumerate(changes, first):
        body = _encode(kept)
        work.record(event, kept.code if isinstance(kept, PriceList) else kept.id, Raw(body))
        told.append((kept, position, body.decode()))
    return told


# --- reading ---------------------------------------------------------------------------------------------


async def get_price_lists(work: Work, codes: Iterable[str]) -> dict[str, Raw]:
    return {row["code"]: _raw(row["body"]) for row in await work.read(SQL["get_price_lists"], sorted(set(codes)))}


async def get_promotions(work: Work, ids: Iterable[UUID]) -> dict[UUID, Raw]:
    return {row["id"]: _raw(row["body"]) for row in await work.read(SQL["get_promotions"], list(set(ids)))}


async def list_price_lists(work: Work, cursor: str | None, limit: int) -> Page:
    """ValueError when the cursor is not one of ours. So for `list_promotions`."""
    return _page(await work.read(SQL["list_price_lists"], _start(cursor, 0), limit + 1, work.page_bytes_max), limit)


async def list_promotions(work: Work, asked: ListPromotions) -> Page:
    code = None if asked.code is None else fold_code(asked.code)
    given = (_start(asked.cursor, NEWEST), asked.limit + 1, work.page_bytes_max, code, asked.active)
    return _page(await work.read(SQL["list_promotions"], *given), asked.limit)


async def list_changes(work: Work, after: int, limit: int) -> Feed:
    rows = await work.read(SQL["list_offer_changes"], after, limit + 1, work.page_bytes_max)
    page = [
        Change(position=row["position"], price_list=_raw_or_none(row["price_list"]), promotion=_raw_or_none(row["promotion"]))
        for row in rows[:limit]
    ]
    return Feed(items=page, position=page[-1].position if page else after, more=_more(rows, page))


def _start(cursor: str | None, otherwise: int) -> int:
    if not cursor:
        return otherwise
    (opened,) = read_cursor(cursor, tuple[Position])
    return opened


def _page(rows: Sequence[Record], limit: int) -> Page:
    """One more row than asked for, or one that did not fit, tells that there is a next page."""
    items = [_raw(row["body"]) for row in rows[:limit]]
    return Page(items=items, next_cursor=write_cursor(rows[len(items) - 1]["opened"]) if _more(rows, items) else None)


def _more(rows: Sequence[Record], page: Sequence[object]) -> bool:
    return bool(rows) and rows[0]["found"] > len(page)


def _raw(body: str) -> Raw:
    return Raw(body.encode())


def _raw_or_none(body: str | None) -> Raw | None:
    return None if body is None else _raw(body)
