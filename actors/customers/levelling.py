"""Lots of points that do not come to what they should: put right with as little change as possible. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from actors.customers.holding import Lot

_NEVER = datetime.max.replace(tzinfo=UTC)


def even_lots(lots: Sequence[Lot], earned: Mapping[UUID, int], points: int, blank: Lot) -> list[Lot]:
    """As they should be. `earned`: what each order has earned, by the entries; `points`: what is left in all lots together; `blank`: an
    empty lot for what no other has room for."""
    even = [_as_earned(lot, earned) for lot in lots]
    missing = points - sum(lot.left for lot in even)
    # Too much is taken where it expires first, too little given where it expires last: as if it had been used in that order.
    order = sorted(range(len(even)), key=lambda index: (even[index].expires_at or _NEVER, even[index].id), reverse=missing > 0)
    for index in order:
        lot = even[index]
        change = min(missing, lot.earned - lot.expired - lot.left) if missing > 0 else max(missing, -lot.left)
        even[index] = replace(lot, left=lot.left + change)
        missing -= change
    return [*even, replace(blank, earned=missing, left=missing)] if missing > 0 else even


def _as_earned(lot: Lot, earned: Mapping[UUID, int]) -> Lot:
    """An order's lot has what the entries say of the order."""
    by_entries = earned.get(lot.order_id, lot.earned) if lot.order_id is not None else lot.earned
    expired = min(lot.expired, by_entries)
    return replace(lot, earned=by_entries, expired=expired, left=min(lot.left, by_entries - expired))
