"""One shop that all tests of customers share: customers and orders of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.actors.customers.support import Shop, open_shop
from tests.support import Servers


@pytest_asyncio.fixture(scope="package")
async def shop(servers: Servers) -> AsyncIterator[Shop]:
    async with open_shop(servers) as shop:
        yield shop


@pytest_asyncio.fixture(scope="package")
async def beside(servers: Servers) -> AsyncIterator[Shop]:
    """One whose customers are charged for payments that nobody knows: its books are right only for themselves."""
    async with open_shop(servers) as shop:
        yield shop
