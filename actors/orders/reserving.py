"""Keeps goods back that may not be sold beyond what there is, before an order is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from actors.inventory.contract import RESERVE, Reserve, ReserveLine, ReserveMany, Short
from actors.orders import contract
from actors.orders.amounts import milli_text
from actors.orders.cart import CartLine
from actors.orders.settling import reservation
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work

AT_ONCE_MAX = 1000
"""What RESERVE takes."""


class Wanted(NamedTuple):
    """For the `version` of the order that is about to be committed. `lent_by`: an order whose lines move to it."""

    order_id: UUID
    store_id: UUID
    lines: Sequence[CartLine]
    version: int = 1
    lent_by: UUID | None = None


async def reserve(work: Work, wanted: Sequence[Wanted]) -> dict[UUID, Refusal]:
    """Orders whose goods could not be kept back, all or nothing, and why: `orders.out_of_stock`, or that inventory is busy.

    Before the transaction. It never becomes less by asking: that is up to the version that is committed, and told.
    """
    asks = [(one, _ask(one)) for one in wanted]
    refused: dict[UUID, Refusal] = {}
    for start in range(0, len(asks), AT_ONCE_MAX):
        part = asks[start : start + AT_ONCE_MAX]
        told = await work.ask(RESERVE, ReserveMany(items=[ask for _, ask in part]))
        if isinstance(told, Refusal):
            refused |= {one.order_id: told for one, _ in part}
            continue
        for (one, _), outcome in zip(part, told.items, strict=True):
            if outcome.short:
                refused[one.order_id] = _out_of_stock(one.lines, outcome.short)
    return refused


def needs_reserving(lines: Sequence[CartLine]) -> bool:
    return any(use.deny for line in lines for use in line.uses)


def let_go(work: Work, orders: Iterable[tuple[UUID, UUID]]) -> None:
    """Of (order, store) that never came to be, and whose ids nobody else can know: what was kept back is free again, without waiting.

    Everything else inventory finds out by itself, from what the orders tell, or after a minute.
    """
    items = [Reserve(order_id=order_id, store_id=store_id) for order_id, store_id in orders]
    if items:
        work.ask_in_background(RESERVE, ReserveMany(items=items))


def _ask(wanted: Wanted) -> Reserve:
    lines = [
        ReserveLine(variant_id=variant_id, product_id=product_id, quantity=milli_text(milli))
        for variant_id, product_id, milli in reservation(wanted.lines)
    ]
    return Reserve(order_id=wanted.order_id, store_id=wanted.store_id, lines=lines, version=wanted.version, lent_by=wanted.lent_by)


def _out_of_stock(lines: Sequence[CartLine], short: Sequence[Short]) -> Refusal:
    available = {entry.variant_id: entry.available for entry in short}
    errors = []
    for index, line in enumerate(lines):
        missing = [available[use.variant_id] for use in line.uses if use.deny and use.variant_id in available]
        if missing:
            errors.append(FieldError(pointer=f"/lines/{index}", detail=f"Of what {line.name} takes there is only {missing[0]} left."))
    return contract.OUT_OF_STOCK.refuse(errors[0].detail if errors else "There is not enough of it.", *errors)
