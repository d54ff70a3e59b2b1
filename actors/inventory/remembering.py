"""What stock was worth at moments gone by: from what it is now, back through what has happened since. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from actors.inventory.contract import WorthThen

MINOR = 10_000_000
"""Of thousandths of a unit at 1/10,000 of a minor unit."""
COMES_IN = ("receipt", "transfer_in")
"""These tell the cost of what came; all others the average of their moment."""


class Change(NamedTuple):
    """All that happened to a variant in one span of time: `quantity` in thousandths; costs as the ledger has them, None when unknown."""

    quantity: int
    first_kind: str
    first_cost: int | None
    last_cost: int | None


class Variant(NamedTuple):
    """As it is now. `changes`: by span; span n begins with the nth moment, counted from 1, and ends with the next one, or now.

    `before`: the cost that the last movement before the first moment tells; it matters only where the next one came in at a cost of its own.
    """

    on_hand: int
    average_cost: int | None
    before: int | None
    changes: dict[int, Change]


def worths_then(variants: Sequence[Variant], moments: Sequence[datetime], currency: str) -> list[WorthThen]:
    """At each of the moments."""
    counted, values, below, uncosted = ([0] * len(moments) for _ in range(4))
    for variant in variants:
        for at, on_hand, cost in _back(variant, len(moments)):
            if on_hand > 0:
                counted[at] += 1
                values[at] += on_hand * (cost or 0)
                uncosted[at] += cost is None
            below[at] += on_hand < 0
    return [
        WorthThen(
            at=moment, currency=currency, variants=counted[at], value=(values[at] + MINOR // 2) // MINOR, below_zero=below[at],
            uncosted=uncosted[at],
        )
        for at, moment in enumerate(moments)
    ]  # fmt: skip


def _back(variant: Variant, moments: int) -> Iterator[tuple[int, int, int | None]]:
    """From the last moment to the first one: its index, what was on hand, and the average cost, as the next movement says, or the last one."""
    on_hand, later, spans = variant.on_hand, None, sorted(variant.changes)
    for at in reversed(range(moments)):
        if spans and spans[-1] == at + 1:
            later = variant.changes[spans.pop()]
            on_hand -= later.quantity
        if later is None:
            cost = variant.average_cost
        elif later.first_kind not in COMES_IN:
            cost = later.first_cost
        else:
            # Between two that came in it is taken to be the cost of the earlier one.
            cost = variant.changes[spans[-1]].last_cost if spans else variant.before
        yield at, on_hand, cost
