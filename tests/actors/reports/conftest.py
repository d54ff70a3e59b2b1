"""A house for the tests of reports alone: they count all that was ever sold in it, again and again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support import House, Servers, open_house


@pytest_asyncio.fixture(scope="package")
async def house(servers: Servers) -> AsyncIterator[House]:
    async with open_house(await servers.settings()) as house:
        yield house
