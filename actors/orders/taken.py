"""What each line has taken out of stock, so that a part of it can come back exactly. Pure; thousandths of each variant's own unit."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from actors.orders.amounts import quantity_milli
from actors.orders.cart import Cart, CartLine
from actors.orders.contract import Order

Taken = Mapping[int, Mapping[UUID, int]]
"""By the line's number, and the variant's id."""


def taken_of(order: Order, cart: Cart) -> Taken | None:
    """None where the order itself tells it, as it does wherever nothing but the things themselves was sold: no recipes, no packs."""
    if not order.stock or all(_tells_itself(line) for line in cart.lines):
        return None
    taken: dict[int, dict[UUID, int]] = {}
    for line in cart.lines:
        uses = taken.setdefault(line.number, {})
        for use in line.uses:
            uses[use.variant_id] = uses.get(use.variant_id, 0) + use.milli
    return None if taken == told_by(order) else taken


def _tells_itself(line: CartLine) -> bool:
    """The quick way for nearly every line: it takes itself, as much as it says."""
    uses = line.uses
    return len(uses) == 1 and uses[0].variant_id == line.variant_id and uses[0].milli == line.quantity_milli


def told_by(order: Order) -> Taken:
    """Each line has taken as much as was sold of it, when stock is kept of it."""
    kept = {use.variant_id for use in order.stock}
    return {line.number: {line.variant_id: quantity_milli(line.quantity)} if line.variant_id in kept else {} for line in order.lines}
