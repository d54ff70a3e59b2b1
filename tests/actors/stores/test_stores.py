"""Stores and registers as others meet them: over NATS, on Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any
from uuid import UUID

import msgspec
import pytest

from actors.runtime.client import Refused
from actors.runtime.words import FeedAfter, Refusal
from actors.stores.contract import (
    CREATE_REGISTER,
    CREATE_STORE,
    GET_REGISTER,
    GET_STORE,
    LIST_REGISTERS,
    LIST_STORES,
    STORE_CHANGES,
    UPDATE_REGISTER,
    UPDATE_STORE,
    CashRounding,
    CreateRegister,
    CreateStore,
    GetRegister,
    GetStore,
    ListRegisters,
    ListStores,
    RegisterChanges,
    Store,
    StoreChange,
    StoreChanges,
    Tax,
    UpdateRegister,
    UpdateStore,
)
from tests.support import House, some_id, unique


async def open_store(house: House, id: UUID | None = None) -> Store:
    return await house.call(
        CREATE_STORE,
        CreateStore(
            id=id,
            name=f"Toko {unique()}",
            currency="IDR",
            time_zone="Asia/Jakarta",
            taxes=[Tax(code="ppn", name="PPN", rate="11")],
            cash_rounding=CashRounding(increment=10000),
        ),
    )


async def no(asked: Awaitable[Any]) -> Refusal:
    with pytest.raises(Refused) as caught:
        await asked
    return caught.value.refusal


async def events_of(house: House, id: UUID) -> list[str]:
    rows = await house.fetch("SELECT name, body FROM stores.log WHERE key = $1 ORDER BY position", str(id))
    return [f"{row['name']} {msgspec.json.decode(row['body'])['data']['version']}" for row in rows]


async def follow(house: House, after: int, limit: int) -> list[StoreChange]:
    seen: list[StoreChange] = []
    while True:
        page = await house.call(STORE_CHANGES, FeedAfter(after=after, limit=limit))
        seen += page.items
        if not page.more:
            return seen
        after = page.position


async def end(house: House) -> int:
    return int((await house.fetch("SELECT position FROM stores.log_head"))[0][0])


async def test_a_store_is_opened_read_and_changed_and_each_is_told(house: House) -> None:
    opened = await open_store(house)
    assert opened == await house.call(GET_STORE, GetStore(id=opened.id))
    asked = UpdateStore(id=opened.id, if_version=1, changes=StoreChanges(address="Jalan Melati 1", cash_rounding=None))
    changed = await house.call(UPDATE_STORE, asked)
    assert (2, "Jalan Melati 1", None, opened.taxes) == (changed.version, changed.address, changed.cash_rounding, changed.taxes)
    refusal = await no(house.call(UPDATE_STORE, asked))
    assert ("stores.stale", True) == (refusal.code, "version 2 now" in refusal.detail)
    assert ["store.created 1", "store.updated 2"] == await events_of(house, opened.id)


async def test_a_register_is_added_read_and_put_out_of_use(house: House) -> None:
    store = await open_store(house)
    added = await house.call(CREATE_REGISTER, CreateRegister(store_id=store.id, code="K1", name="Kasir depan"))
    assert added == await house.call(GET_REGISTER, GetRegister(id=added.id))
    asked = UpdateRegister(id=added.id, if_version=1, changes=RegisterChanges(active=False))
    changed = await house.call(UPDATE_REGISTER, asked)
    assert (2, False, "Kasir depan") == (changed.version, changed.active, changed.name)
    assert "stores.stale" == (await no(house.call(UPDATE_REGISTER, asked))).code
    assert ["register.created 1", "register.updated 2"] == await events_of(house, added.id)


async def test_what_cannot_be_a_store_is_refused_with_every_reason(house: House) -> None:
    bad = CreateStore(name="Toko", currency="XAU", time_zone="Asia/Atlantis", taxes=[Tax(code="a", name="A", rate="1")] * 2)
    before = await end(house)
    refusal = await no(house.call(CREATE_STORE, bad))
    assert ("stores.invalid", ["/currency", "/time_zone", "/taxes/1/code"]) == (refusal.code, [error.pointer for error in refusal.errors])
    assert before == await end(house)


async def test_ids_that_are_not_there(house: House) -> None:
    nowhere = some_id()
    asked = [
        house.call(GET_STORE, GetStore(id=nowhere)),
        house.call(GET_REGISTER, GetRegister(id=nowhere)),
        house.call(UPDATE_STORE, UpdateStore(id=nowhere, if_version=1, changes=StoreChanges())),
        house.call(UPDATE_REGISTER, UpdateRegister(id=nowhere, if_version=1, changes=RegisterChanges())),
        house.call(CREATE_REGISTER, CreateRegister(store_id=nowhere, code="A")),
    ]
    assert ["stores.not_found"] * 5 == [(await no(each)).code for each in asked]


async def test_of_many_who_open_one_store_or_register_at_once_exactly_one_does(house: House) -> None:
    id = some_id()
    asked = CreateStore(id=id, name="Toko", currency="IDR", time_zone="Asia/Jakarta")
    replies = await asyncio.gather(*(house.client.ask(CREATE_STORE, asked) for _ in range(30)))
    assert ["stores.taken"] * 29 == [reply.refusal.code for reply in replies if reply.refusal]
    codes = [CreateRegister(store_id=id, code=code) for code in ["K1", "k1"] * 15]
    replies = await asyncio.gather(*(house.client.ask(CREATE_REGISTER, each) for each in codes))
    assert ["stores.taken"] * 29 == [reply.refusal.code for reply in replies if reply.refusal]


async def test_changes_at_once_of_one_version_let_one_through(house: House) -> None:
    store = await open_store(house)
    asked = [UpdateStore(id=store.id, if_version=1, changes=StoreChanges(name=f"Toko {n}")) for n in range(20)]
    replies = await asyncio.gather(*(house.client.ask(UPDATE_STORE, each) for each in asked))
    assert ["stores.stale"] * 19 == [reply.refusal.code for reply in replies if reply.refusal]
    assert ["store.created 1", "store.updated 2"] == await events_of(house, store.id)


async def test_lists_are_oldest_first_and_paged(house: House) -> None:
    stores = [await open_store(house) for _ in range(3)]
    listed: list[UUID] = []
    cursor = None
    while True:
        page = await house.call(LIST_STORES, ListStores(limit=2, cursor=cursor))
        listed += [store.id for store in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [store.id for store in stores] == listed[-3:]

    registers = [await house.call(CREATE_REGISTER, CreateRegister(store_id=stores[0].id, code=code)) for code in "BA"]
    first = await house.call(LIST_REGISTERS, ListRegisters(store_id=stores[0].id, limit=1))
    rest = await house.call(LIST_REGISTERS, ListRegisters(store_id=stores[0].id, limit=1, cursor=first.next_cursor))
    assert (registers, None) == ([*first.items, *rest.items], rest.next_cursor)


async def test_a_cursor_that_is_not_ours_is_refused(house: House) -> None:
    for asked in (house.call(LIST_STORES, ListStores(cursor="WyJhIl0")), house.call(LIST_REGISTERS, ListRegisters(cursor="xx"))):
        refusal = await no(asked)
        assert ("stores.invalid", ["?cursor"]) == (refusal.code, [error.pointer for error in refusal.errors])


async def test_the_feed_holds_stores_and_registers_as_they_are_now_in_the_order_of_their_last_change(house: House) -> None:
    after = await end(house)
    store = await open_store(house)
    register = await house.call(CREATE_REGISTER, CreateRegister(store_id=store.id, code="K1"))
    other = await open_store(house)
    store = await house.call(UPDATE_STORE, UpdateStore(id=store.id, if_version=1, changes=StoreChanges(name="Toko Baru")))
    expected = [
        StoreChange(position=after + 2, register=register),
        StoreChange(position=after + 3, store=other),
        StoreChange(position=after + 4, store=store),
    ]
    for limit in (1, 2, 1000):
        assert expected == await follow(house, after, limit)
    page = await house.call(STORE_CHANGES, FeedAfter(after=after + 4))
    assert ([], after + 4, False) == (page.items, page.position, page.more)
