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


async def records_of(id: UUID, work: Work) -> list[UUID] | Refusal:
    """This record, and all that are one with it: a credit keeps the one that it was given to. It asks, as above."""
    told = await work.ask(LOOK_UP, LookUp(ids=[id]))
    if isinstance(told, Refusal):
        return told
    return sorted({id, *(other for one in told.items for other in (one.merged_into or id, *one.also))})


def _owner(id: UUID, known: KnownCustomer | None) -> UUID | Refusal:
    if known is None:
        return _refuse(f"There is no customer {id}.")
    return erased(id) if known.erased else known.merged_into or known.id


def erased(id: UUID) -> Refusal:
    return _refuse(f"The customer {id} was erased.")


def _refuse(detail: str) -> Refusal:
    return INVALID.refuse(f"{detail} Add the customer first, or name none.", FieldError(pointer="/customer_id", detail=detail))
