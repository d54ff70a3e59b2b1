"""What the stock is worth, and what it cost that left it: sums over levels and ledger, for reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from actors.inventory.closing import first_id_at
from actors.inventory.contract import (
    AskCosts,
    AskWorth,
    AskWorthThen,
    StoreCosts,
    StoreWorth,
    StoreWorths,
    VariantCosts,
    WorthsThen,
)
from actors.inventory.remembering import Change, Variant, worths_then
from actors.inventory.store import SQL
from actors.runtime.actor import Asked
from actors.runtime.work import Work

SKEW = timedelta(minutes=1)
"""How far the clocks of members may be apart."""


LOOKED_AT_MAX = 200_000
"""So many of a store's newest movements are added up for what was, and none before."""


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


async def tell_worth_then(asked: Sequence[Asked[AskWorthThen]], work: Work) -> list[WorthsThen]:
    return [await _then(one.body, work) for one in asked]


async def _then(wish: AskWorthThen, work: Work) -> WorthsThen:
    rows = await work.read(SQL["worth_horizon"], wish.store_id, LOOKED_AT_MAX)
    moments = [one for one in wish.moments if not rows or first_id_at(one - SKEW) > rows[0]["id"]]
    if not moments:
        return WorthsThen(items=[])
    variants: dict[UUID, Variant] = {}
    currency = ""
    for row in await work.read(SQL["changes_since"], wish.store_id, first_id_at(moments[0] - SKEW), moments):
        currency = row["currency"]
        variant = variants.setdefault(row["variant_id"], Variant(row["on_hand"], row["average_cost"], row["before"], {}))
        if row["span"] is not None:
            variant.changes[row["span"]] = Change(row["quantity"], row["first_kind"], row["first_cost"], row["last_cost"])
    items = worths_then(list(variants.values()), moments, currency)
    return WorthsThen(items=items, empty_before=None if rows else await _began(wish, work))


async def _began(wish: AskWorthThen, work: Work) -> datetime:
    """When the first thing happened in the store; where nothing has yet, the last moment that is asked about."""
    [row] = await work.read(SQL["ledger_began"], wish.store_id)
    return row["at"] or wish.moments[-1]
