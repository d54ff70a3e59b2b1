"""One real PostgreSQL and one real NATS for the whole run (for each worker, side by side); one Kasir on them that most tests share."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import hypothesis
import pytest
import pytest_asyncio
import uvloop

from actors.runtime.logs import configure_logs
from actors.runtime.settings import Settings
from deploy.embedded.nats import start_nats
from deploy.embedded.postgres import start_postgres
from tests.support import ACCOUNTS, House, Servers, open_house

# As `kasir` itself does it: thousands of tests stay loaded, and are no garbage.
gc.set_threshold(50_000, 20, 50)
asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

# How long an example takes depends on who else is busy.
hypothesis.settings.register_profile("kasir", deadline=None)
hypothesis.settings.load_profile("kasir")

# Durability is what the fault tests are about, with servers of their own; here it would only be slow. With little memory to share, each of the
# thousands of connections begins and ends sooner.
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "400", "shared_buffers": "32MB"}

FIRST = (
    "tests/faults/test_drawers.py", "tests/faults/test_simulation.py", "tests/http_edge/test_bad_bodies.py", "tests/http_edge/test_openapi.py",
    "tests/faults/", "tests/journeys/", "tests/deploy/",
)
"""What takes longest. Begun first, and not all of the faults at once, nobody is waited for in the end (--no-loadscope-reorder keeps to it)."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def turn(item: pytest.Item) -> int:
        return next((place for place, path in enumerate(FIRST) if item.nodeid.startswith(path)), len(FIRST))

    items.sort(key=turn)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="faults at length: all of them, again and again, in random order")
    parser.addoption("--seed", type=int, help="the order of --long, to see it again")


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    configure_logs(Settings(log_level="warning"))


@pytest_asyncio.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    folder = tmp_path_factory.mktemp("servers")
    async with await start_postgres(folder, settings=QUICK) as postgres, await start_nats(folder, accounts=ACCOUNTS) as nats:
        yield Servers(postgres, nats)


@pytest_asyncio.fixture(scope="session")
async def house(servers: Servers) -> AsyncIterator[House]:
    """All actors, shared: use ids, SKUs and keys of your own."""
    async with open_house(await servers.settings()) as house:
        yield house


@pytest_asyncio.fixture
async def fresh_house(servers: Servers) -> AsyncIterator[Callable[..., Awaitable[House]]]:
    """`await fresh_house(webhooks_lease_seconds=1)`: a Kasir that nobody else uses, with settings of its own."""
    async with AsyncExitStack() as stack:

        async def make(actors: tuple[str, ...] = (), **given: Any) -> House:
            return await stack.enter_async_context(open_house(await servers.settings(**given), actors))

        yield make
