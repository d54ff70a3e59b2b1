"""What the stock is worth, and what it cost that left it: sums over levels and ledger, for reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from actors.inventory.closing import first_id_at
from actors.inventory.contract import AskCosts, AskWorth, StoreCosts, StoreWorth, StoreWorths, VariantCosts
from actors.inventory.store import SQL
from actors.runtime.actor import Asked
from actors.runtime.work import Work

SKEW = timedelta(minutes=1)
"""How far the clocks of members may be apart."""


async def tell_costs(asked: Sequence[Asked[AskCosts]], work: Work) -> list[StoreCosts]:
    return [await _costs(one.body, work) for one in asked]


async def _costs(wish: AskCosts, work: Work) -> StoreCosts:
    """What happened after a moment was written down after it, and ids are made as time goes: no further back does it look."""
    rows = await work.read(SQL["costs"], wish.store_id, first_id_at(wish.begin - SKEW), wish.begin, wish.end)
    return StoreCosts(
        items=[
            VariantCosts(
                variant_id=row["variant_id"], sold=row["sold"], cost=str(row["cost"]), lost=str(row["lost"]), uncosted=row["uncosted"]
            )
            for row in rows
        ]
    )


async def tell_worth(asked: Sequence[Asked[AskWorth]], work: Work) -> list[StoreWorths]:
    return [
        StoreWorths(items=[StoreWorth(**dict(row)) for row in await work.read(SQL["worth"], one.body.store_id)]) for one in asked
    ]
