"""One shop that all tests of payments share: orders and cards of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.actors.payments.support import Shop, open_shop
from tests.support import Servers


@pytest_asyncio.fixture(scope="package")
async def shop(servers: Servers) -> AsyncIterator[Shop]:
    async with open_shop(servers) as shop:
        yield shop
