"""Quantities, costs and what a count tells: pure arithmetic on whole numbers.

Quantities are thousandths of the variant's own unit ("milli"); costs are of one unit, in 1/10,000 of the minor unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from actors.inventory.contract import STOCK_BACK, STOCK_LOW, STOCK_OUT, StockTold
from actors.runtime.quantities import WHOLE
from actors.runtime.words import Event

COST_SCALE = 10_000


def write_cost(cost: int | None) -> str:
    """In minor units, with up to four decimals: "350000", "1250.3333"; "" when it is not known."""
    if cost is None:
        return ""
    whole, rest = divmod(cost, COST_SCALE)
    return f"{whole}.{rest:04}".rstrip("0") if rest else str(whole)


def in_own_unit(milli: int, contains: int) -> int | None:
    """So many thousandths of a pack, each of which `contains` thousandths of the own unit, in thousandths of that. None when it does not come out."""
    own, rest = divmod(milli * contains, WHOLE)
    return None if rest else own


def cost_of_own_unit(cost: int, contains: int) -> int:
    """Of a pack's `cost`, rounded half to even."""
    own, rest = divmod(cost * WHOLE, contains)
    return own + (2 * rest > contains or (2 * rest == contains and own % 2))


def average_cost(on_hand: int, average: int | None, quantity: int, unit_cost: int | None) -> int | None:
    """The cost of one unit after `quantity` came in at `unit_cost`, rounded half up.

    What came in without a cost comes at the average. Where there was nothing, or less than nothing, the new cost is the average.
    """
    if unit_cost is None:
        return average
    if average is None or on_hand <= 0:
        return unit_cost
    whole = on_hand + quantity
    return (2 * (on_hand * average + quantity * unit_cost) + whole) // (2 * whole)


def expected_then(on_hand: int, moved_since: int) -> int:
    """What the books say of an earlier moment: what is there now, without all that happened after it."""
    return on_hand - moved_since


def seen_by_count(at: datetime, counted_at: datetime | None) -> bool:
    """Whether whoever counted found it so already: it happened before they did, and only its news came later."""
    return counted_at is not None and at <= counted_at


def crossings(before: int, after: int, reorder_point: int | None) -> Iterator[Event[StockTold]]:
    """What is to be told when what is on hand goes from `before` to `after`."""
    if reorder_point is not None and before > reorder_point >= after:
        yield STOCK_LOW
    if before > 0 >= after:
        yield STOCK_OUT
    if before <= 0 < after:
        yield STOCK_BACK
