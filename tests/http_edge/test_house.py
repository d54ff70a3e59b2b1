"""The edge on the running house: what only the whole of it can show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from actors.orders.contract import Order
from actors.staff.contract import CREATE_API_KEY, REVOKE_API_KEY, CreateApiKey, RevokeApiKey
from http_edge.app import Edge
from tests.http_edge.conftest import Counter
from tests.support import House, eventually, unique


@pytest_asyncio.fixture
async def shop(house: House) -> AsyncIterator[Counter]:
    edge = Edge(house.settings, house.client)
    await edge.start()
    await eventually(lambda: edge.gate.loaded)
    owner = await house.call(CREATE_API_KEY, CreateApiKey(name="shop", scopes=["*"]))
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {owner.key}"}) as session:
        yield Counter(edge, house, session)  # type: ignore[arg-type]
    await edge.stop()


async def sale(house: House) -> dict[str, Any]:
    _, register = await house.open_store()
    product = await house.add_product()
    line = {"sku": product.variants[0].sku, "quantity": 2}
    return {"register_id": str(register.id), "lines": [line], "tenders": [{"type": "cash", "amount": {"amount": 1_000_000, "currency": "IDR"}}]}


async def test_a_sale_and_its_retry(shop: Counter, house: House) -> None:
    body, key = await sale(house), {"Idempotency-Key": unique()}
    first = await eventually(lambda: placed(shop, body, key))
    again = await shop.call("POST", "/v1/orders", key=None, json=body, headers=key)
    assert (first.status, again.status, again.body, again.headers["Idempotent-Replayed"]) == (201, 201, first.body, "true")
    order = msgspec.json.decode(first.body, type=Order)
    assert first.headers["Location"] == f"/v1/orders/{order.id}"
    got = await shop.call("GET", first.headers["Location"], key=None, headers={"If-None-Match": first.headers["ETag"]})
    assert got.status == 304
    other = await shop.call("POST", "/v1/orders", key=None, json={**body, "note": "another"}, headers=key)
    assert (other.status, other.json["code"]) == (422, "runtime.key_reused")
    recalled = await shop.call("GET", f"/v1/idempotency-keys/{key['Idempotency-Key']}", key=None)
    assert (recalled.status, recalled.json["command"], recalled.json["outcome"]["id"]) == (200, "orders.place", str(order.id))


async def placed(shop: Counter, body: Any, key: dict[str, str]) -> Any:
    """The price list of `orders` follows the catalog a moment later; until then the product is not known."""
    answer = await shop.call("POST", "/v1/orders", key=None, json=body, headers=key)
    return answer if answer.status == 201 else None


async def test_a_revoked_key_stops_within_a_second(shop: Counter, house: House) -> None:
    made = await house.call(CREATE_API_KEY, CreateApiKey(name="gone soon", scopes=["catalog:read"]))
    assert (await shop.call("GET", "/v1/products", key=made.key)).status == 200, "a new key works at once"
    await house.call(REVOKE_API_KEY, RevokeApiKey(id=made.id))
    async with asyncio.timeout(1):
        while (await shop.call("GET", "/v1/products", key=made.key)).status != 401:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
async def test_it_is_ready(shop: Counter, path: str) -> None:
    assert (await shop.call("GET", path, key=None)).status == 200


async def test_dead_letters_are_listed(shop: Counter) -> None:
    assert (await shop.call("GET", "/v1/dead-letters", key=None)).json == {"items": []}
    missing = await shop.call("POST", "/v1/dead-letters/orders/0198c0de-0000-7000-8000-000000000001/resend", key=None)
    assert (missing.status, missing.json["code"]) == (404, "runtime.letter_unknown")
