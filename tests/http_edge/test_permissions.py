"""Every route with every built-in role, with a register's key and with none: 401 and 403 exactly where docs/permissions.md says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from actors.staff.contract import ROLES
from deploy.generate import permissions_page
from http_edge.app import Edge
from http_edge.permissions import CALLERS, may_call
from http_edge.routes import ROUTES
from tests.actors.staff.people import enrol, hire, sign_in
from tests.http_edge.test_bad_bodies import path_of
from tests.support import House, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOWHERE = "?not-a-parameter=1"
"""No route knows it, so whoever may call one is told so, and nothing happens. Who may not call it is told that before."""


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def keys(house: House) -> dict[str, str | None]:
    """By name of the caller."""
    register = await enrol(house)
    people = {role: await sign_in(house, await hire(house, role), register) for role in ROLES}
    return {**{role: session.key for role, session in people.items()}, "register": register.key, "no key": None}


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def asking(house: House) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    edge = Edge(house.settings, house.client)
    await edge.start()
    await eventually(lambda: edge.gate.loaded)
    async with aiohttp.ClientSession() as session:
        yield edge.address, session
    await edge.stop()


@pytest.mark.parametrize("caller", CALLERS)
async def test_every_route(asking: tuple[str, aiohttp.ClientSession], keys: dict[str, str | None], caller: str) -> None:
    address, session = asking
    key = keys[caller]
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    wrong: list[tuple[Any, ...]] = []
    for route in ROUTES:
        async with session.request(route.method, address + path_of(route) + NOWHERE, headers=headers) as response:
            refused = response.status if response.status in (401, 403) else 0
            expected = 0 if may_call(route, CALLERS[caller]) else 403 if key else 401
            if refused != expected:
                wrong.append((route.method, route.path, response.status, await response.text()))
    assert wrong == []


async def test_the_callers_are_the_roles_that_there_are() -> None:
    assert {*ROLES, "register", "no key"} == set(CALLERS)


@pytest.mark.parametrize(
    ("route", "callers"),
    [
        ("POST /v1/orders", "cashier supervisor manager owner register"), ("POST /v1/products", "manager owner"),
        ("GET /v1/inventory/levels", "supervisor manager owner"), ("POST /v1/people", "manager owner"), ("GET /v1/people", "manager owner operator"),
        ("POST /v1/api-keys", "manager owner"), ("POST /v1/webhook-endpoints", "owner operator"), ("GET /v1/dead-letters", "owner operator"),
        ("POST /v1/sessions", "register"), ("DELETE /v1/sessions/current", "cashier supervisor manager owner operator"),
        ("POST /v1/enrolments", "cashier supervisor manager owner operator register no_key"),
        ("POST /v1/registers/{register_id}/enrolment", "manager owner"), ("POST /v1/gift-cards", "manager owner"),
        ("POST /v1/payment-callbacks/{provider}", "cashier supervisor manager owner operator register no_key"),
    ],
)  # fmt: skip
async def test_what_the_page_says(route: str, callers: str) -> None:
    """Said once more by hand, so that a slip in the table of scopes shows."""
    [row] = [line for line in permissions_page().splitlines() if line.startswith(f"| `{route}` |")]
    marks = [cell.strip() for cell in row.split("|")[4:-2]]
    assert callers.replace("_", " ") == " ".join(name for name, mark in zip(CALLERS, marks, strict=True) if mark)
