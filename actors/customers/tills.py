"""The registers at which debts are paid in cash: asked for, because it is seldom."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID
from zoneinfo import ZoneInfo

from actors.customers.contract import WRONG_REGISTER
from actors.customers.holding import Till
from actors.runtime.days import business_date, read_clock
from actors.runtime.words import Money, Refusal
from actors.runtime.work import Work
from actors.stores.contract import GET_REGISTER, GET_STORE, GetRegister, GetStore


async def know_tills(work: Work, register_ids: Iterable[UUID | None]) -> dict[UUID | None, Till | Refusal]:
    """Each of those that are named, or why it cannot be one. It asks, so before the transaction begins."""
    return {id: await _know_till(work, id) for id in set(register_ids) if id is not None}


async def _know_till(work: Work, register_id: UUID) -> Till | Refusal:
    register = await work.ask(GET_REGISTER, GetRegister(id=register_id))
    if isinstance(register, Refusal):
        return _wrong(f"There is no register {register_id}. Take its id from the list of registers.") if register.kind == "not_found" else register
    if not register.active:
        return _wrong(f"The register {register.code} is not active. Switch it on, or name another.")
    store = await work.ask(GET_STORE, GetStore(id=register.store_id))
    if isinstance(store, Refusal):
        return store
    day = business_date(work.now, ZoneInfo(store.time_zone), read_clock(store.day_starts_at))
    return Till(register_id=register_id, store_id=store.id, business_date=day, currency=store.currency)


def unfit(till: Till | Refusal | None, amount: Money) -> Refusal | None:
    """Why this cash cannot go into that drawer, if it cannot."""
    if isinstance(till, Refusal):
        return till
    if till is not None and till.currency != amount.currency:
        return _wrong(f"Its store counts in {till.currency}. Name a register that counts in the account's currency.")
    return None


def _wrong(detail: str) -> Refusal:
    return WRONG_REGISTER.refuse_at("/register_id", detail)
