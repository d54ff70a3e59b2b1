"""Whose store credit it is to be: as `customers` knows them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from actors.customers.contract import LOOK_UP, KnownCustomer, LookUp
from actors.payments.contract import INVALID
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work


async def know_owners(work: Work, ids: Collection[UUID]) -> dict[UUID, UUID | Refusal]:
    """Of each the record that stands for the person by now, or why it cannot have any. It asks, so before the transaction begins."""
    if not ids:
        return {}
    told = await work.ask(LOOK_UP, LookUp(ids=sorted(ids)))
    if isinstance(told, Refusal):
        return dict.fromkeys(ids, told)
    known = {one.id: one for one in told.items}
    return {id: _owner(id, known.get(id)) for id in ids}


def _owner(id: UUID, known: KnownCustomer | None) -> UUID | Refusal:
    if known is None:
        return _refuse(f"There is no customer {id}.")
    return _refuse(f"The customer {id} was erased.") if known.erased else known.merged_into or known.id


def _refuse(detail: str) -> Refusal:
    return INVALID.refuse(f"{detail} Add the customer first, or name none.", FieldError(pointer="/customer_id", detail=detail))
