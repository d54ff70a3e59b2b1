"""Who did what, over REST, on the running house."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest_asyncio

from actors.runtime.words import Rights
from actors.staff.contract import CREATE_API_KEY, CreateApiKey
from actors.stores.contract import CREATE_STORE, CreateStore
from http_edge.app import Edge
from tests.http_edge.conftest import Counter
from tests.support import House, unique


@pytest_asyncio.fixture
async def office(house: House) -> AsyncIterator[Counter]:
    edge = Edge(house.settings, house.client)
    await edge.start()
    owner = await house.call(CREATE_API_KEY, CreateApiKey(name="office", scopes=["*"]))
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {owner.key}"}) as session:
        counter = Counter(edge, house, session)  # type: ignore[arg-type]
        counter.by = str(owner.id)  # type: ignore[attr-defined]
        yield counter
    await edge.stop()


async def call(office: Counter, method: str, path: str, body: Any = None, **headers: str) -> Any:
    more = {} if body is None else {"json": body}
    answer = await office.call(method, path, key=None, headers={"Idempotency-Key": unique(), **headers}, **more)
    assert answer.status < 300, answer.body
    return answer.json


async def trail(office: Counter, **query: str | int) -> list[dict[str, Any]]:
    """All pages."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = await office.call("GET", "/v1/audit", key=None, params={**query, **more})
        assert answer.status == 200, answer.body
        found += answer.json["items"]
        cursor = answer.json["next_cursor"]
        if not cursor:
            return found


async def test_what_was_done_in_many_actors_is_one_list_newest_first(office: Counter) -> None:
    store = await call(
        office, "POST", "/v1/stores", {"name": "Toko", "currency": "IDR", "time_zone": "Asia/Jakarta"}, **{"X-Request-Id": "open-the-store"}
    )
    variant = {"sku": unique(), "price": {"amount": 100, "currency": "IDR"}}
    product = await call(office, "POST", "/v1/products", {"name": "Teh", "variants": [variant]})
    await call(office, "PATCH", f"/v1/stores/{store['id']}", {"address": "Jl. Melati 5"}, **{"If-Match": '"1"'})
    lines = [{"variant_id": product["variants"][0]["id"], "quantity": "5"}]
    moved = await call(office, "POST", "/v1/inventory/receipts", {"store_id": store["id"], "lines": lines})
    await call(office, "GET", f"/v1/stores/{store['id']}")
    by = office.by  # type: ignore[attr-defined]

    done = await trail(office, by=by)

    assert [(one["actor"], one["command"], one["count"]) for one in done] == [
        ("inventory", "inventory.receive", 1), ("stores", "stores.update", 1), ("catalog", "catalog.create", 1), ("stores", "stores.create", 1),
    ]  # fmt: skip
    assert [one["about"] for one in done] == [[moved["items"][0]["id"]], [store["id"]], [product["id"]], [store["id"]]]
    assert {one["by"] for one in done} == {by}
    assert await trail(office, by=by, limit=1) == done
    assert await trail(office, about=store["id"]) == [done[1], done[3]]
    assert await trail(office, by=by, actor="catalog") == await trail(office, by=by, command="catalog.create") == [done[2]]
    assert await trail(office, by=by, actor="catalog", command="stores.create") == []
    assert await trail(office, by=by, since=done[2]["at"], until=done[0]["at"]) == done[1:3]


async def test_the_one_who_approved_it_stands_beside_the_one_who_did_it(office: Counter, house: House) -> None:
    by, approver = unique(), unique()
    ask = CreateStore(name="Toko", currency="IDR", time_zone="Asia/Jakarta")
    await house.call(CREATE_STORE, ask, by=by, approved_by=approver, rights=Rights())

    [entry] = await trail(office, approved_by=approver)

    assert (entry["by"], entry["approved_by"], entry["command"]) == (by, approver, "stores.create")


async def test_a_cursor_of_another_list_is_refused(office: Counter) -> None:
    for cursor in ("abc", "WyJ4Il0"):
        answer = await office.call("GET", "/v1/audit", key=None, params={"cursor": cursor})
        assert (answer.status, answer.json["code"]) == (422, "operations.wrong_cursor"), answer.body
