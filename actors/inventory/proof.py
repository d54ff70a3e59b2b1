"""The proof: the ledger adds up to the levels, and holds exactly what orders say that they have taken and given back.

It goes step by step through all levels, then through what is kept back, then through all orders, while selling goes on: what is
compared was written in one transaction, and is read in one statement. Orders whose latest version has not arrived here are not judged.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from msgspec import Struct

from actors.inventory.contract import Finding
from actors.inventory.store import FIRST, LAST, SQL, to_json
from actors.orders.contract import LIST_STOCK_USES, ListStockUses, StockUses
from actors.runtime.quantities import write_milli
from actors.runtime.words import Refusal
from actors.runtime.work import Work

Phase = Literal["levels", "reserved", "orders"]
QUANTITIES = ("on_hand", "reserved", "in_transit")


class Place(NamedTuple):
    """Where a step begins: after this store and variant, or after this order."""

    phase: Phase
    after: UUID = FIRST
    variant_id: UUID = FIRST


FIRST_PLACE = Place("levels")


class Part(Struct):
    """What one step has looked at and found. `next`: where the next one begins, None at the end of everything."""

    next: Place | None
    findings: list[Finding]
    levels: int = 0
    movements: int = 0
    orders: int = 0
    behind: int = 0


Step = Callable[[Place, int, UUID | None, Work], Awaitable[Part | Refusal]]
"""(where it begins, how many to look at, of which store, work)"""


async def check_levels(place: Place, size: int, store_id: UUID | None, work: Work) -> Part:
    """So many levels, those too that are not there but should be."""
    rows = await work.read(SQL["check_levels"], *_from(place, store_id), size)
    return Part(
        next=_behind("levels", rows[-1]) if len(rows) == size else Place("reserved"),
        findings=[
            _finding("level", row, row[what], row[f"level_{what}"])
            for row in rows for what in QUANTITIES if row[what] != row[f"level_{what}"]
        ],
        levels=sum(row["kept"] for row in rows),
        movements=sum(row["movements"] for row in rows),
    )  # fmt: skip


async def check_reserved(place: Place, size: int, store_id: UUID | None, work: Work) -> Part:
    """What is kept back at this moment is little, and is looked at as a whole; as many as `size` differences make a step."""
    rows = await work.read(SQL["check_reserved"], *_from(place, store_id), size)
    return Part(
        next=_behind("reserved", rows[-1]) if len(rows) == size else Place("orders"),
        findings=[_finding("reservation", row, row["expected"], row["found"]) for row in rows],
    )


def _from(place: Place, store_id: UUID | None) -> tuple[UUID, UUID, UUID]:
    """After which store and variant, and up to which store."""
    begin = (place.after, place.variant_id) if store_id is None else max((place.after, place.variant_id), (store_id, FIRST))
    return *begin, store_id or LAST


def _behind(phase: Phase, row: Any) -> Place:
    return Place(phase, row["store_id"], row["variant_id"])


async def check_orders(place: Place, size: int, store_id: UUID | None, work: Work) -> Part | Refusal:
    """So many orders, in the order of their ids; and all those between them that only the ledger knows."""
    page = await work.ask(LIST_STOCK_USES, ListStockUses(after=place.after, limit=size))
    if isinstance(page, Refusal):
        return page
    until = page.items[-1].id if page.more else LAST
    unknown = await work.read(SQL["orders_not_told"], place.after, until, to_json([uses.id for uses in page.items]), store_id, size)
    if len(unknown) == size:
        until = unknown[-1]["order_id"]
    told = [uses for uses in page.items if uses.id <= until and store_id in (None, uses.store_id)]
    part = Part(next=None if until == LAST else Place("orders", until), findings=[], orders=len(told))
    await _check_told(part, told, work)
    return await _check_unknown(part, [row["order_id"] for row in unknown], work) or part


async def _check_told(part: Part, told: Sequence[StockUses], work: Work) -> None:
    if not told:
        return
    page = to_json(told)
    counted, *differing = await work.read(SQL["check_orders"], page)
    part.behind = len(told) - counted["judged"]
    for row in differing:
        for expected, found in ((row["sold"], row["found_sold"]), (row["returned"], row["found_returned"])):
            if expected != found:
                part.findings.append(_finding("order", row, expected, found, row["order_id"]))
    for row in await work.read(SQL["check_kept"], page):
        part.findings.append(_finding("reservation", row, row["expected"], row["found"], row["order_id"]))


async def _check_unknown(part: Part, ids: Sequence[UUID], work: Work) -> Refusal | None:
    """Orders that came after the page was read are asked for again."""
    if not ids:
        return None
    again = await work.ask(LIST_STOCK_USES, ListStockUses(ids=list(ids)))
    if isinstance(again, Refusal):
        return again
    there = {uses.id for uses in again.items}
    for row in await work.read(SQL["applied_uses"], [id for id in ids if id not in there]):
        if row["sold"] != row["returned"]:
            part.findings.append(_finding("order", row, 0, row["sold"] - row["returned"], row["order_id"]))
    return None


def _finding(what: Any, row: Any, expected: int, found: int, order_id: UUID | None = None) -> Finding:
    return Finding(
        what=what, store_id=row["store_id"], variant_id=row["variant_id"], expected=write_milli(expected), found=write_milli(found),
        order_id=order_id,
    )  # fmt: skip


STEPS: Mapping[Phase, Step] = {"levels": check_levels, "reserved": check_reserved, "orders": check_orders}
