"""What leaves the stock: recipes, bundles and modifiers resolved to the variants that they are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from actors.orders.amounts import round_half_up
from actors.orders.items import Item, Part, Shelf

DEPTH_MAX = 5
"""How deep recipes are followed. What is deeper leaves the stock as it is: no recipe that contains itself can hang a till."""


class Need(NamedTuple):
    """`milli` thousandths of the item's own unit, for the whole line."""

    item: Item
    milli: int


def needs(shelf: Shelf, item: Item, base: int, extra: Iterable[tuple[Part, int]] = ()) -> list[Need]:
    """What `base` millionths of the item's unit take out of stock, and `extra` parts, each so many thousand times.

    Exact all the way down; rounded half up to thousandths once for each variant. Untracked things need nothing.
    """
    extra = tuple(extra)
    if not extra and (item.extras is None or not item.extras.parts):
        return [Need(item, round_half_up(base, 1000))] if item.stock != "untracked" else []
    level: dict[UUID, int] = {item.variant_id: base}
    for part, times in extra:
        level[part.variant_id] = level.get(part.variant_id, 0) + part.milli * times
    return _tracked(shelf, _leaves(shelf, level))


def _leaves(shelf: Shelf, level: dict[UUID, int]) -> dict[UUID, int]:
    """Amounts by variant, in 1000 ** -(DEPTH_MAX + 1) thousandths. Level by level, so that equal parts are followed together."""
    leaves: dict[UUID, int] = {}
    for depth in range(DEPTH_MAX + 1):
        below: dict[UUID, int] = {}
        for variant_id, amount in level.items():
            item = shelf.by_variant(variant_id)
            parts = item.extras.parts if item is not None and item.extras is not None else ()
            if parts and depth < DEPTH_MAX:
                for part in parts:
                    below[part.variant_id] = below.get(part.variant_id, 0) + amount * part.milli
            else:
                leaves[variant_id] = leaves.get(variant_id, 0) + amount * 1000 ** (DEPTH_MAX - depth)
        level = below
    return leaves


def _tracked(shelf: Shelf, leaves: dict[UUID, int]) -> list[Need]:
    found = ((shelf.by_variant(variant_id), amount) for variant_id, amount in leaves.items())
    rounded = ((item, round_half_up(amount, 1000 ** (DEPTH_MAX + 1))) for item, amount in found if item and item.stock != "untracked")
    return [Need(item, milli) for item, milli in rounded if milli]
