from __future__ import annotations

import pytest_asyncio

from tests.actors.shifts.counter import Counter
from tests.support import House


@pytest_asyncio.fixture
async def counter(house: House) -> Counter:
    store, register = await house.open_store()
    return Counter(house, store, register, await house.add_product())
