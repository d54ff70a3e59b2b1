"""Customers who are erased: from the moment at which `customers` asks for it, no store credit becomes theirs.

Who gives somebody store credit, and who forgets them, take turns: so what was given before is seen by the one who forgets, and
what comes after is refused, or, where it is a refund that must go somewhere, is nobody's but the one's who has its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from uuid import UUID

from actors.payments import store
from actors.payments.contract import ForgetOwners, StillOwned
from actors.runtime.actor import Asked
from actors.runtime.work import Work


async def forget_owners(asked: Sequence[Asked[ForgetOwners]], work: Work) -> list[StillOwned]:
    return [await _forget(one.body, work) for one in asked]


async def _forget(wish: ForgetOwners, work: Work) -> StillOwned:
    await take_turn(work, wish.customer_ids)
    if wish.undo:
        await work.execute(store.SQL["remember_owners"], wish.customer_ids, wish.attempt)
        return StillOwned(accounts=[])
    left = [store.to_account(row) for row in await work.fetch(store.SQL["still_owned"], wish.customer_ids)]
    if not left:
        await work.execute(store.SQL["forget_owners"], wish.customer_ids, wish.attempt, work.now)
    return StillOwned(accounts=left)


async def take_turn(work: Work, customer_ids: Iterable[UUID | None]) -> Set[UUID]:
    """Those of them who are forgotten. Until the commit that stays so. Before any account is locked."""
    ids = sorted({id for id in customer_ids if id is not None})
    if not ids:
        return frozenset()
    await work.execute(store.SQL["one_owner_at_a_time"], ids)
    return {row["customer_id"] for row in await work.fetch(store.SQL["forgotten"], ids)}
