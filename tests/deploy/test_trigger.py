"""`kasir trigger` makes happen what it says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from actors.webhooks.catalogue import EVENT_TYPES
from actors.webhooks.contract import ENDPOINT_DISABLED, ENDPOINT_FAILING, ENDPOINT_RECOVERED
from deploy.triggers.shop import Shop
from deploy.triggers.table import TRIGGERS
from tests.deploy.support import kasir
from tests.serving import Served, served
from tests.support import House

NOT_BY_ASKING = {ENDPOINT_FAILING.name, ENDPOINT_RECOVERED.name, ENDPOINT_DISABLED.name}


@pytest_asyncio.fixture(scope="module")
async def shop(house: House) -> AsyncIterator[Served]:
    async with served(house) as here:
        yield here


def test_there_is_one_for_every_event_that_somebody_can_make_happen() -> None:
    assert set(TRIGGERS) == {*EVENT_TYPES, "webhook.test"} - NOT_BY_ASKING


@pytest.mark.parametrize("type", TRIGGERS)
async def test_it_happens(shop: Served, type: str) -> None:
    endpoint = await shop.endpoint(event_types=[type] if type != "webhook.test" else ["*"])
    made = await TRIGGERS[type](Shop(shop.kasir, endpoint["id"]))
    assert made
    page = await shop.get(f"/v1/webhook-endpoints/{endpoint['id']}/events?wait_seconds=20")
    assert page["items"][0]["type"] == type


async def test_what_was_sold_a_moment_before_does_not_get_in_its_way(shop: Served) -> None:
    """Sales come into the books of the stock half a second later."""
    endpoint = await shop.endpoint(event_types=["stock.low"])
    for _ in range(6):
        await TRIGGERS["order.created"](Shop(shop.kasir))
    made = await TRIGGERS["stock.low"](Shop(shop.kasir))
    page = await shop.get(f"/v1/webhook-endpoints/{endpoint['id']}/events?wait_seconds=20")
    told = [json.loads(item["body"])["data"] for item in page["items"]]
    assert [(f"variant {one['level']['variant_id']}", one["before"], one["after"]) for one in told] == [(made, "8", "4")]


async def test_the_command_says_what_it_made(shop: Served) -> None:
    done = await asyncio.to_thread(kasir, "trigger", "order.created", "--count", "2", **shop.account)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["order.created"] * 2
    order = await shop.get(f"/v1/orders/{lines[0].split()[2]}")
    assert order["receipt"] in lines[0]


def test_what_it_cannot_do_it_says() -> None:
    done = kasir("trigger", "moon.rose", KASIR_API_KEY="kasir_x")
    assert (done.returncode, done.stdout) == (2, "")
    assert all(type in done.stderr for type in TRIGGERS)
    assert kasir("trigger", KASIR_API_KEY="kasir_x").stdout.split() == list(TRIGGERS)
    alone = kasir("trigger", "webhook.test", KASIR_API_KEY="kasir_x")
    assert (alone.returncode, alone.stderr) == (2, "kasir: webhook.test needs to know whom to test: --endpoint ID.\n")
