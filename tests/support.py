"""What tests share: waiting for a condition, and a running Kasir of their own."""

from __future__ import annotations

import asyncio
import inspect
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from actors.catalog.contract import CREATE_PRODUCT, CreateProduct, Product, VariantInput
from actors.runtime.client import Client
from actors.runtime.database import Database, connect_alone
from actors.runtime.ids import new_id
from actors.runtime.migrations import migrate, migrate_installation
from actors.runtime.runtime import Runtime
from actors.runtime.settings import Settings
from actors.runtime.words import Command, Money
from actors.stores.contract import (
    CREATE_REGISTER,
    CREATE_STORE,
    CashRounding,
    CreateRegister,
    CreateStore,
    Register,
    Store,
    Tax,
)
from deploy.compose import load_actors
from deploy.embedded.nats import Nats
from deploy.embedded.postgres import Postgres

Told = TypeVar("Told")

SECRET_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
ACCOUNTS = [f"t{number}" for number in range(200)]
LOOK_SECONDS_MIN, LOOK_SECONDS_MAX = 0.01, 0.1
_numbers = itertools.count()


async def eventually(condition: Callable[[], Any], *, within_seconds: float = 60.0) -> Any:
    """The first true value of `condition` (sync or async). Fails, naming the last value, when there is none even on a busy machine."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        waited = loop.time() - began
        if waited > within_seconds:
            raise AssertionError(f"not within {within_seconds} s; last: {value!r}")
        # What takes long is looked at less often: those who look take the time of those who are waited for.
        await asyncio.sleep(min(max(waited / 10, LOOK_SECONDS_MIN), LOOK_SECONDS_MAX))


@dataclass
class Servers:
    """The real PostgreSQL and NATS of this test run."""

    postgres: Postgres
    nats: Nats
    _migrated: bool = False

    async def settings(self, *, empty: bool = False, **given: Any) -> Settings:
        """A database and a NATS account that nobody else uses. With every actor's tables, unless it is to be `empty`."""
        number = next(_numbers)
        template = "template1" if empty else await self._with_tables()
        # By file, not through the log: a third of the work, and what is lost in a crash here is nobody's loss.
        await _execute(self.postgres.url, f"CREATE DATABASE test_{number} TEMPLATE {template} STRATEGY FILE_COPY")
        values = {
            "nats_url": self.nats.url_of(ACCOUNTS[number]), "database_url": self.postgres.url_of(f"test_{number}"),
            "secret_key": SECRET_KEY, "http_port": 0, "rate_limit_per_second": 0, "webhooks_allow": "127.0.0.0/8,::1/128",
            "database_pool": 6,
            # Where nothing is to be late, nothing is: how busy the machine is proves nothing.
            "request_timeout_seconds": 20.0, **given,
        }
        return Settings(**values)

    async def _with_tables(self) -> str:
        """A database that every actor's migrations have gone through, and nothing else: a copy of it is made much sooner than its like."""
        if not self._migrated:
            await _execute(self.postgres.url, "CREATE DATABASE migrated")
            database = Database(self.postgres.url_of("migrated"), pool=2)
            await database.connect()
            await migrate_installation(database)
            for actor in load_actors():
                await migrate(database, actor.name, actor.folder / "migrations")
            await database.disconnect()
            self._migrated = True
        return "migrated"


@dataclass
class House:
    """All actors, running."""

    settings: Settings
    runtime: Runtime

    @property
    def client(self) -> Client:
        return self.runtime.client

    @property
    def database(self) -> Database:
        return self.runtime.database

    async def call(self, command: Command[Any, Told], request: Any, **context: Any) -> Told:
        """The result; raises Refused for a "no". Keyed commands get a fresh key unless one is given."""
        if command.keyed:
            context.setdefault("key", str(new_id()))
        return await self.client.call(command, request, **context)

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        async with self.database.connection() as connection:
            rows: list[Any] = await connection.fetch(sql, *args)
            return rows

    async def open_store(self, **given: Any) -> tuple[Store, Register]:
        """A store in Jakarta with PPN and cash rounding to Rp 100, and its register K1."""
        values = {
            "name": "Toko Melati", "currency": "IDR", "time_zone": "Asia/Jakarta",
            "taxes": [Tax(code="ppn", name="PPN", rate="11", included=True)], "cash_rounding": CashRounding(increment=10000), **given,
        }
        store = await self.call(CREATE_STORE, CreateStore(**values))
        return store, await self.call(CREATE_REGISTER, CreateRegister(store_id=store.id, code="K1"))

    async def add_product(self, name: str = "Indomie Goreng", price: int = 350000, **given: Any) -> Product:
        """One variant, with a SKU of its own unless one is given."""
        sku = given.pop("sku", None) or f"S{unique()}"
        price_money = Money(amount=price, currency=given.pop("currency", "IDR"))
        variant = VariantInput(sku=sku, price=price_money, barcodes=given.pop("barcodes", []), packs=given.pop("packs", []))
        return await self.call(CREATE_PRODUCT, CreateProduct(name=name, variants=[variant], **{"taxes": ["ppn"], **given}))


def unique() -> str:
    """Something that nobody else in this database uses."""
    return new_id().hex[-12:]


def rupiah(amount: int) -> Money:
    """Whole rupiah, as Kasir writes them: rupiah(3500) is Rp 3.500."""
    return Money(amount=amount * 100, currency="IDR")


def some_id() -> UUID:
    return new_id()


async def _execute(url: str, statement: str) -> None:
    connection = await connect_alone(url)
    try:
        await connection.execute(statement, timeout=120)
    finally:
        await connection.close()


@asynccontextmanager
async def open_house(settings: Settings, actors: tuple[str, ...] = ()) -> AsyncIterator[House]:
    """Runs the named actors, or all, until the end."""
    everybody = load_actors()
    runtime = Runtime(settings, [actor for actor in everybody if not actors or actor.name in actors], everybody)
    await runtime.start()
    try:
        yield House(settings, runtime)
    finally:
        await runtime.stop()
