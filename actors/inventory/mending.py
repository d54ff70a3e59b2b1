"""Derives again what is derived, while selling goes on: levels from the ledger, what the ledger has of orders from the orders themselves, and
what is kept back from the reservations.

The ledger is never edited. What it lacks of an order, or has too much, is a further movement, exactly as if the order had been heard of again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from actors.inventory.deriving import QUANTITIES, derive_levels, even_reserved
from actors.inventory.following import apply_orders
from actors.inventory.heard import HeardOrder, Told
from actors.inventory.store import FIRST, LAST, SQL, to_json
from actors.orders.contract import GET_ORDER, LIST_STOCK_USES, GetOrder, ListStockUses, Order, StockUses
from actors.runtime.actor import Asked
from actors.runtime.cursors import write_cursor
from actors.runtime.envelopes import decoder, encode
from actors.runtime.mending import mend_pages
from actors.runtime.upkeep import Mend, Mended
from actors.runtime.walking import few_at_a_time
from actors.runtime.words import Refusal
from actors.runtime.work import Work

SIZE = 200
"""Levels, or orders, of one page."""


class Place(NamedTuple):
    """Where a page begins: after this store and variant, or after this order."""

    phase: Literal["levels", "orders", "reserved"] = "levels"
    after: UUID = FIRST
    variant_id: UUID = FIRST


async def mend_stock(asked: Sequence[Asked[Mend]], work: Work) -> list[Mended | Refusal]:
    """One a batch: it asks others first, and then needs a transaction."""
    return await mend_pages(asked, work, Place(), _mend)


async def _mend(place: Place, work: Work) -> Mended | Refusal:
    return await STEPS[place.phase](place, work)


def _page(looked_at: int, mended: list[str], following: Place | None) -> Mended:
    cursor = None if following is None else write_cursor(following.phase, str(following.after), str(following.variant_id))
    return Mended(looked_at=looked_at, mended=mended, left=[], next_cursor=cursor)


async def _levels(place: Place, work: Work) -> Mended:
    rows = await work.read(SQL["check_levels"], place.after, place.variant_id, LAST, SIZE)
    wrong = [row for row in rows if not row["kept"] or any(row[name] != row[f"level_{name}"] for name in QUANTITIES)]
    missing = [_key(row) for row in wrong if not row["kept"]]
    done = await derive_levels([_key(row) for row in wrong], missing, work) if wrong else []
    return _page(len(rows), done, Place("levels", *_key(rows[-1])) if len(rows) == SIZE else Place("orders"))


async def _reserved(place: Place, work: Work) -> Mended:
    rows = await work.read(SQL["check_reserved"], place.after, place.variant_id, LAST, SIZE)
    done = await even_reserved([_key(row) for row in rows], work) if rows else []
    return _page(len(rows), done, Place("reserved", *_key(rows[-1])) if len(rows) == SIZE else None)


def _key(row: Any) -> tuple[UUID, UUID]:
    return row["store_id"], row["variant_id"]


# --- orders


async def _orders(place: Place, work: Work) -> Mended | Refusal:
    page = await work.ask(LIST_STOCK_USES, ListStockUses(after=place.after, limit=SIZE))
    if isinstance(page, Refusal):
        return page
    seen = await _suspects(page.items, work)
    orders = await few_at_a_time(lambda id: work.ask(GET_ORDER, GetOrder(id=id)), list(seen))
    if isinstance(orders, Refusal):
        return orders
    done = await _hear_again(seen, orders, work) if orders else []
    return _page(len(page.items), done, Place("orders", page.items[-1].id) if page.more else Place("reserved"))


async def _suspects(told: Sequence[StockUses], work: Work) -> dict[UUID, int]:
    """Those of which something differs, or which have not been heard of as they are told; with the version that is known, 0 for none."""
    if not told:
        return {}
    rows = await work.read(SQL["heard_versions"], [uses.id for uses in told])
    known = {row["order_id"]: int(row["version"]) for row in rows}
    page = to_json(told)
    wrong = {row["order_id"] for name in ("check_orders", "check_kept") for row in await work.read(SQL[name], page)}
    wrong |= {uses.id for uses in told if known.get(uses.id, uses.version if not (uses.stock or uses.reserved) else 0) != uses.version}
    return {uses.id: known.get(uses.id, 0) for uses in told if uses.id in wrong}


async def _hear_again(seen: Mapping[UUID, int], orders: Sequence[Order], work: Work) -> list[str]:
    """Those that have not gone on since they were looked at. A version that the order has not come to yet is one that somebody made up."""
    wanted = [{"id": order.id, "store_id": order.store_id, "at_most": max(order.version, seen[order.id])} for order in orders]
    forgotten = {row["order_id"] for row in await work.fetch(SQL["forget_versions"], to_json(wanted))}
    heard = [order for order in orders if order.id in forgotten]
    await apply_orders({order.id: Told(order=decoder(HeardOrder).decode(encode(order))) for order in heard}, work)
    # One that is only new is not worth a word: its news is on its way.
    return [f"order {order.id}: heard of again, at version {order.version}" for order in heard if seen[order.id] >= order.version]


STEPS: Mapping[str, Callable[[Place, Work], Awaitable[Mended | Refusal]]] = {"levels": _levels, "orders": _orders, "reserved": _reserved}
