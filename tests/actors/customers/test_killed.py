"""Members that are killed: while many pay on one account the limit holds, and what was approved is what is owed; in the middle of erasing
somebody, who then can be given store credit again, or be erased."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from actors.customers.contract import CHARGE, GIVE_BACK, ChargeCustomer, CreditAccount, CustomerCharge, GiveBackCharge, Profile
from actors.runtime.client import Refused
from actors.runtime.ids import new_id
from actors.runtime.settings import Settings
from actors.runtime.words import Command
from deploy.embedded.child import Child, spawn
from tests.actors.customers.erasing import HOLD, erase, give, holding, is_forgotten
from tests.actors.customers.support import Shop, furnish
from tests.deploy.support import environ
from tests.support import House, Servers, eventually, open_house, rupiah

OTHERS = ("stores", "catalog", "orders", "inventory", "payments")
CLIENTS, EACH, LIMIT = 50, 4, 1_000_000


@asynccontextmanager
async def member(settings: Settings, log: Path) -> AsyncIterator[Child]:
    """`kasir run customers`, in a process of its own."""
    told = {
        "KASIR_NATS_URL": settings.nats_url, "KASIR_DATABASE_URL": settings.database_url, "KASIR_SECRET_KEY": settings.secret_key,
        "KASIR_LOG_LEVEL": "warning", "KASIR_DATABASE_POOL": "4",
    }  # fmt: skip
    with log.open("wb") as output:
        child = spawn("customers", [sys.executable, "-m", "deploy", "run", "customers"], environ=environ(**told), output=output)
    try:
        yield child
    finally:
        await child.end((signal.SIGTERM, 20.0))


async def test_members_are_killed_while_fifty_clients_pay(servers: Servers, tmp_path: Path) -> None:
    settings = await servers.settings()
    async with AsyncExitStack() as stack:
        children = [await stack.enter_async_context(member(settings, tmp_path / f"{number}.log")) for number in range(2)]
        house = await stack.enter_async_context(open_house(settings, OTHERS))
        shop = await furnish(house)
        sari = await eventually_customer(shop)
        await credit_of(shop, sari, LIMIT)
        paying = asyncio.gather(*(pay(house, sari.id, number) for number in range(CLIENTS)))
        for number, child in enumerate(children):
            await some_are_booked(house, 10 * (number + 1))
            child.process.kill()
            assert await child.wait() == -signal.SIGKILL
            await stack.enter_async_context(member(settings, tmp_path / f"after-{number}.log"))
        charges = [charge for some in await paying for charge in some]
        approved = [charge for charge in charges if charge.state == "approved"]
        assert CLIENTS * EACH == len(charges)
        owed = sum(charge.amount.amount for charge in approved)
        # Each is of Rp 10,000 to 10,049: no more than the limit, and no room for another one.
        assert rupiah(LIMIT).amount - 1_004_900 < owed <= rupiah(LIMIT).amount
        assert owed == (await credit_of(shop, sari)).balance.amount
        for charge in approved[::2]:
            await surely(house, GIVE_BACK, GiveBackCharge(intent_id=charge.intent_id, up_to=charge.amount.amount))
        owed -= sum(charge.amount.amount for charge in approved[::2])
        assert owed == (await credit_of(shop, sari)).balance.amount
        [row] = await house.fetch("SELECT sum(amount)::bigint AS owed, count(*) AS entries FROM customers.credit_entries")
        assert (owed, len(approved) + len(approved[::2])) == (row["owed"], row["entries"])


async def test_a_member_is_killed_while_it_erases_somebody(servers: Servers, tmp_path: Path) -> None:
    settings = await servers.settings()
    async with AsyncExitStack() as stack:
        child = await stack.enter_async_context(member(settings, tmp_path / "first.log"))
        house = await stack.enter_async_context(open_house(settings, OTHERS))
        shop = await furnish(house)
        sari = await eventually_customer(shop)
        async with holding(shop, HOLD, sari.id):
            erasing = erase(shop, sari)
            await eventually(lambda: is_forgotten(shop, sari))
            child.process.kill()
            assert await child.wait() == -signal.SIGKILL
            # Whoever asked does not wait for an answer that nobody gives.
            erasing.cancel()

        await stack.enter_async_context(member(settings, tmp_path / "second.log"))
        again = await eventually_customer(shop)
        assert (await give(shop, sari)).customer_id == sari.id
        with pytest.raises(Refused, match="There is store credit"):
            await erase(shop, sari)
        assert (await erase(shop, again)).name == ""


async def credit_of(shop: Shop, profile: Profile, *limit: int) -> CreditAccount:
    """As soon as a member is there again."""

    async def told() -> CreditAccount | None:
        try:
            return await shop.credit(profile, *limit)
        except Refused:
            return None

    found: CreditAccount = await eventually(told, within_seconds=60)
    return found


async def eventually_customer(shop: Shop) -> Profile:
    """Once a member is there."""

    async def there() -> Profile | None:
        try:
            return await shop.customer("Sari")
        except Refused:
            return None

    found: Profile = await eventually(there, within_seconds=60)
    return found


async def pay(house: House, customer_id: UUID, number: int) -> list[CustomerCharge]:
    amount = rupiah(10_000 + number)
    asked = [ChargeCustomer(intent_id=new_id(), order_id=new_id(), customer_id=customer_id, kind="on_account", amount=amount) for _ in range(EACH)]
    return [await surely(house, CHARGE, one) for one in asked]


async def surely(house: House, command: Command[Any, CustomerCharge], asked: Any) -> CustomerCharge:
    """Asks as `payments` does: again and again until there is an answer, the same thing under the same id."""

    async def answered() -> CustomerCharge | None:
        try:
            return await house.client.call(command, asked, timeout_seconds=2)
        except Refused:
            return None

    charge: CustomerCharge = await eventually(answered, within_seconds=60)
    return charge


async def some_are_booked(house: House, count: int) -> None:
    async def there() -> bool:
        return (await house.fetch("SELECT count(*) AS count FROM customers.charges"))[0]["count"] >= count

    await eventually(there, within_seconds=60)
