"""From a sale to the customer's phone, over HTTP: the receipt in each form, its link, the page behind it, the chain."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from actors.staff.contract import CREATE_API_KEY, CreateApiKey
from http_edge.app import Edge
from tests.actors.orders.shop import cash, open_shop
from tests.support import House, eventually
from tests.tools import tools_there

pytestmark = pytest.mark.asyncio
PUBLIC = "https://toko-maju.example"


async def test_from_a_sale_to_the_customers_phone(fresh_house: Callable[..., Awaitable[House]]) -> None:
    house = await fresh_house(public_url=PUBLIC + "/", actors=("stores", "catalog", "orders", "receipts", "staff"))
    await tools_there()
    shop = await open_shop(house, name="Kopi <susu>")
    order = await shop.place(cash(10000))
    key = (await house.call(CREATE_API_KEY, CreateApiKey(name="till", scopes=["receipts:write"]))).key
    edge = Edge(house.settings, house.client)
    await edge.start()
    await eventually(lambda: edge.gate.loaded)
    try:
        async with aiohttp.ClientSession(edge.address) as session:
            await _looks(session, {"Authorization": f"Bearer {key}"}, str(order.id), str(shop.register.id))
    finally:
        await edge.stop()


async def _looks(session: aiohttp.ClientSession, headers: dict[str, str], order_id: str, register_id: str) -> None:
    async def get(path: str, **sent: Any) -> tuple[int, bytes, Any]:
        async with session.get(path, **sent) as response:
            return response.status, await response.read(), response.headers

    async def get_json(path: str) -> Any:
        async with session.get(path, headers=headers) as response:
            return await response.json()

    receipt = f"/v1/orders/{order_id}/receipt"
    await eventually(lambda: _ready(session))
    status, text, told = await get(receipt + "?width=58", headers=headers)
    assert (status, told["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert "Kopi <susu>\n  2 x 3.500                7.000" in text.decode()
    assert PUBLIC.encode() in text, "where the QR code leads"
    await _prints(session, headers, receipt)
    link = await get_json(receipt + "/link")
    assert link["url"].startswith(PUBLIC + "/r/")
    status, page, told = await get(link["url"].removeprefix(PUBLIC))
    assert (status, told["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Kopi &lt;susu&gt;" in page.decode()
    assert (await get(link["gift_url"].removeprefix(PUBLIC)))[0] == 200
    assert (await get(receipt))[0] == 401
    assert (await get(link["url"].removeprefix(PUBLIC)[:-1]))[0] == 404
    chain = await eventually(lambda: _linked(get_json, register_id))
    assert (chain["findings"], chain["receipts"], chain["length"]) == ([], 1, 1)


async def _prints(session: aiohttp.ClientSession, headers: dict[str, str], receipt: str) -> None:
    """The first print is the original, however often it is sent; what was only looked at before it was none."""

    async def post(key: str, **body: Any) -> tuple[str, str, bytes]:
        async with session.post(receipt + "/prints", headers={**headers, "Idempotency-Key": key}, json=body or None) as response:
            assert response.status == 200, await response.text()
            return response.headers["Content-Type"], response.headers.get("Idempotent-Replayed", ""), await response.read()

    text = "text/plain; charset=utf-8"
    first, lost, second = await post("print-1", format="text"), await post("print-1", format="text"), await post("print-2", format="text")
    assert (first[:2], lost[:2], second[:2]) == ((text, ""), (text, "true"), (text, ""))
    assert first[2] == lost[2]
    assert [b"SALINAN" in body for _, _, body in (first, lost, second)] == [False, False, True]
    assert (await post("print-1", format="text"))[2] == first[2], "also when it comes late"
    kind, _, drawn = await post("print-3", format="escpos", width="58", language="en")
    assert (kind, drawn[:2], b"COPY" in drawn) == ("application/octet-stream", b"\x1b@", True)
    kind, _, told = await post("print-4")
    assert (kind, json.loads(told)["copy"]) == ("application/json", 3)


async def _ready(session: aiohttp.ClientSession) -> bool:
    async with session.get("/readyz") as response:
        return response.status == 200


async def _linked(get_json: Any, register_id: str) -> Any:
    told = await get_json(f"/v1/registers/{register_id}/receipt-chain/check")
    return told if told["length"] else None
