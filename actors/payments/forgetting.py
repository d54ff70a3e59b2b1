"""Customers who are erased: from the moment at which `customers` asks for it, no store credit becomes theirs unless it says that they are not.

Who gives somebody store credit, and who forgets them, take turns: so what was given before is seen by the one who forgets, and
what comes after is refused, or, where it is a refund that must go somewhere, is nobody's but the one's who has its number.

    about to be erased ("in doubt") ──customers says: erased──> forgotten for good
                                    ──customers says: not, and that erasing comes to nothing──> as before
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from actors.customers.contract import LOOK_ERASED, LookErased
from actors.payments import store
from actors.payments.contract import ForgetOwners, StillOwned
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work

if TYPE_CHECKING:
    from actors.runtime.member import Member

LOOK_SECONDS = 15.0
"""So often, and not before they are in doubt for so long, customers is asked though nobody wants to give them anything."""
AT_ONCE = 100


async def forget_owners(asked: Sequence[Asked[ForgetOwners]], work: Work) -> list[StillOwned]:
    return [await _forget(one.body, work) for one in asked]


async def _forget(wish: ForgetOwners, work: Work) -> StillOwned:
    await take_turn(work, wish.customer_ids)
    left = [store.to_account(row) for row in await work.fetch(store.SQL["still_owned"], wish.customer_ids)]
    if not left:
        await work.execute(store.SQL["forget_owners"], wish.customer_ids, wish.attempt, work.now)
    return StillOwned(accounts=left)


# --- giving ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """By `customers`, of who was in doubt. `alive`: and which attempt has come to nothing. `unsaid`: why nobody could tell."""

    alive: dict[UUID, UUID] = field(default_factory=dict)
    erased: list[UUID] = field(default_factory=list)
    unsaid: dict[UUID, Refusal] = field(default_factory=dict)


NOTHING_SAID = Said()


async def ask_of_doubts(work: Work, customer_ids: Iterable[UUID | None]) -> Said:
    """It asks, so before the transaction begins; and only where there is a doubt. `take_turn` keeps what was said."""
    said = Said()
    ids = _distinct(customer_ids)
    for row in await work.read(store.SQL["in_doubt"], ids) if ids else ():
        id = row["customer_id"]
        told = await work.ask(LOOK_ERASED, LookErased(id=id))
        if isinstance(told, Refusal):
            said.unsaid[id] = told
        elif told.erased:
            said.erased.append(id)
        else:
            said.alive[id] = row["attempt"]
    return said


async def take_turn(work: Work, customer_ids: Iterable[UUID | None], said: Said = NOTHING_SAID) -> Set[UUID]:
    """Those of them who are forgotten, or in doubt. Until the commit that stays so. Before any account is locked."""
    ids = _distinct(customer_ids)
    if not ids:
        return frozenset()
    await work.execute(store.SQL["one_owner_at_a_time"], ids)
    if said.alive:
        await work.execute(store.SQL["remember_owners"], list(said.alive), list(said.alive.values()))
    if said.erased:
        await work.execute(store.SQL["forget_for_good"], said.erased)
    return {row["customer_id"] for row in await work.fetch(store.SQL["forgotten"], ids)}


def _distinct(ids: Iterable[UUID | None]) -> list[UUID]:
    return sorted({id for id in ids if id is not None})


# --- looking --------------------------------------------------------------------------------------------------


async def settle_doubts(member: Member) -> None:
    """Runs until cancelled. For refunds, which cannot wait until `customers` has been asked."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await settle_some(member, LOOK_SECONDS)
        except Exception as error:
            member.log.warning("customers in doubt not settled yet", error=str(error) or type(error).__name__)


async def settle_some(member: Member, after_seconds: float) -> None:
    async with member.transaction() as work:
        rows = await work.read(store.SQL["long_in_doubt"], work.now - timedelta(seconds=after_seconds), AT_ONCE)
        ids = [row["customer_id"] for row in rows]
        await take_turn(work, ids, await ask_of_doubts(work, ids))
