"""Customers who are forgotten, and money that comes for them meanwhile; with a way to stop whoever is at it in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from actors.customers.contract import ERASE_CUSTOMER, EraseCustomer, Profile
from actors.payments.contract import (
    FORGET_OWNERS,
    GET_ACCOUNT,
    LIST_ACCOUNTS,
    OPEN_STORE_CREDIT,
    TOP_UP,
    Account,
    ForgetOwners,
    GetAccount,
    ListAccounts,
    OpenStoreCredit,
    TopUp,
)
from actors.runtime.database import connect_alone
from tests.actors.customers.support import Shop
from tests.support import eventually, rupiah, some_id

HOLD = "SELECT FROM customers.customers WHERE id = $1 FOR UPDATE"


@asynccontextmanager
async def holding(shop: Shop, sql: str, *args: Any) -> AsyncIterator[Any]:
    """A connection that keeps what it has locked until the end; for whoever is to be stopped in the middle."""
    connection = await connect_alone(shop.house.settings.database_url)
    try:
        async with connection.transaction():
            await connection.fetch(sql, *args)
            yield connection
    finally:
        await connection.close()


async def waiting(shop: Shop, count: int = 1) -> None:
    """So many wait for a lock of somebody else."""
    sql = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    await eventually(lambda: _as_many(shop, sql, count))


async def _as_many(shop: Shop, sql: str, count: int) -> bool:
    return len(await shop.house.fetch(sql)) == count


def erase(shop: Shop, who: Profile) -> asyncio.Task[Profile]:
    return asyncio.create_task(shop.house.call(ERASE_CUSTOMER, EraseCustomer(id=who.id)))


def top_up(shop: Shop, credit: Account) -> asyncio.Task[Account]:
    return asyncio.create_task(shop.house.call(TOP_UP, TopUp(id=credit.id, amount=rupiah(1))))


async def forget(shop: Shop, who: Profile) -> None:
    """As `customers` begins to erase somebody; and then, perhaps, is killed."""
    assert (await shop.house.call(FORGET_OWNERS, ForgetOwners(customer_ids=[who.id], attempt=some_id()))).accounts == []


async def give(shop: Shop, who: Profile) -> Account:
    return await shop.house.call(OPEN_STORE_CREDIT, OpenStoreCredit(amount=rupiah(35_000), customer_id=who.id))


async def spent_credit(shop: Shop, who: Profile) -> Account:
    """Nothing is left on it."""
    account = await give(shop, who)
    order = await shop.order(None)
    await shop.begin(order, "store_credit", account_id=account.id)
    await shop.order_becomes(order.id, "completed")

    async def empty() -> Account | None:
        now = await shop.house.call(GET_ACCOUNT, GetAccount(id=account.id))
        return now if not now.balance.amount else None

    found: Account = await eventually(empty)
    return found


async def is_forgotten(shop: Shop, who: Profile) -> bool:
    return bool(await shop.house.fetch("SELECT FROM payments.forgotten WHERE customer_id = $1", who.id))


async def owned(shop: Shop, who: Profile) -> list[Account]:
    return (await shop.house.call(LIST_ACCOUNTS, ListAccounts(customer_id=who.id))).items
