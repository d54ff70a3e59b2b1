"""One function per subject: load, decide, save."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING

from msgspec import Raw

from actors.runtime.actor import Asked
from actors.runtime.cursors import wrong_cursor
from actors.runtime.words import Event, FeedAfter, Refusal
from actors.stores import rules, store
from actors.stores.contract import (
    INVALID,
    NOT_FOUND,
    REGISTER_CREATED,
    REGISTER_UPDATED,
    STORE_CREATED,
    STORE_UPDATED,
    CreateRegister,
    CreateStore,
    GetRegister,
    GetStore,
    ListRegisters,
    ListStores,
    Register,
    Store,
    UpdateRegister,
    UpdateStore,
)

if TYPE_CHECKING:
    from actors.runtime.work import Work


# --- changing --------------------------------------------------------------------------------------------


async def create_stores(asked: Sequence[Asked[CreateStore]], work: Work) -> list[Store | Refusal]:
    await store.take_turns(work)
    stores = await store.load_stores(work, [one.body.id for one in asked])
    changes: list[tuple[Event[Store], Store]] = []
    outcomes = []
    for one in asked:
        outcome = rules.open_store(one.body, one.body.id or work.new_id(), stores, work.now, store.time_zones())
        if isinstance(outcome, Store):
            stores[outcome.id] = outcome
            changes.append((STORE_CREATED, outcome))
        outcomes.append(outcome)
    await store.save_stores(work, changes)
    return outcomes


async def update_stores(asked: Sequence[Asked[UpdateStore]], work: Work) -> list[Store | Refusal]:
    await store.take_turns(work)
    stores = await store.load_stores(work, [one.body.id for one in asked])
    changes: list[tuple[Event[Store], Store]] = []
    outcomes = []
    for one in asked:
        outcome = rules.change_store(one.body, stores, work.now, store.time_zones())
        if isinstance(outcome, Store) and outcome is not stores[outcome.id]:
            stores[outcome.id] = outcome
            changes.append((STORE_UPDATED, outcome))
        outcomes.append(outcome)
    await store.save_stores(work, changes)
    return outcomes


async def create_registers(asked: Sequence[Asked[CreateRegister]], work: Work) -> list[Register | Refusal]:
    await store.take_turns(work)
    stores = await store.load_stores(work, [one.body.store_id for one in asked])
    registers = await store.load_rivals(work, [one.body for one in asked])
    changes: list[tuple[Event[Register], Register]] = []
    outcomes = []
    for one in asked:
        outcome = rules.add_register(one.body, one.body.id or work.new_id(), stores, registers, work.now)
        if isinstance(outcome, Register):
            registers[outcome.id] = outcome
            changes.append((REGISTER_CREATED, outcome))
        outcomes.append(outcome)
    await store.save_registers(work, changes)
    return outcomes


async def update_registers(asked: Sequence[Asked[UpdateRegister]], work: Work) -> list[Register | Refusal]:
    await store.take_turns(work)
    registers = await store.load_registers(work, [one.body.id for one in asked])
    changes: list[tuple[Event[Register], Register]] = []
    outcomes = []
    for one in asked:
        outcome = rules.change_register(one.body, registers, work.now)
        if isinstance(outcome, Register) and outcome is not registers[outcome.id]:
            registers[outcome.id] = outcome
            changes.append((REGISTER_UPDATED, outcome))
        outcomes.append(outcome)
    await store.save_registers(work, changes)
    return outcomes


# --- reading ---------------------------------------------------------------------------------------------


async def get_stores(asked: Sequence[Asked[GetStore]], work: Work) -> list[Raw | Refusal]:
    found = await store.get_stores(work, [one.body.id for one in asked])
    return [found.get(one.body.id) or NOT_FOUND.refuse(f"There is no store {one.body.id}.") for one in asked]


async def get_registers(asked: Sequence[Asked[GetRegister]], work: Work) -> list[Raw | Refusal]:
    found = await store.get_registers(work, [one.body.id for one in asked])
    return [found.get(one.body.id) or NOT_FOUND.refuse(f"There is no register {one.body.id}.") for one in asked]


async def list_stores(asked: Sequence[Asked[ListStores]], work: Work) -> list[store.Page | Refusal]:
    return [await _or_bad_cursor(store.list_stores(work, one.body.cursor, one.body.limit)) for one in asked]


async def list_registers(asked: Sequence[Asked[ListRegisters]], work: Work) -> list[store.Page | Refusal]:
    return [
        await _or_bad_cursor(store.list_registers(work, one.body.cursor, one.body.limit, one.body.store_id)) for one in asked
    ]


async def _or_bad_cursor(page: Awaitable[store.Page]) -> store.Page | Refusal:
    try:
        return await page
    except ValueError:
        return wrong_cursor(INVALID)


async def list_changes(asked: Sequence[Asked[FeedAfter]], work: Work) -> list[store.Feed]:
    return [await store.list_changes(work, one.body.after, one.body.limit) for one in asked]
