"""`kasir listen`, as a person has it beside a running Kasir: shown, forwarded, interrupted, ended."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest_asyncio
from aiohttp import web

from actors.webhooks.signing import verify
from deploy.triggers.shop import STORE, Shop
from deploy.triggers.table import TRIGGERS
from tests.deploy.support import environ
from tests.forked import Forked, start
from tests.serving import Served, served
from tests.support import House, eventually

MINE = "kasir listen"


@pytest_asyncio.fixture(scope="module")
async def shop(house: House) -> AsyncIterator[Served]:
    async with served(house) as here:
        yield here


@dataclass
class Listening:
    process: Forked
    said: list[str] = field(default_factory=list)

    async def line(self) -> str:
        assert self.process.stdout is not None
        self.said.append(await asyncio.to_thread(self.process.stdout.readline))
        return self.said[-1].rstrip("\n")

    async def ends(self) -> int:
        return await asyncio.to_thread(self.process.wait, 30)


@contextmanager
def listening(shop: Served, *args: str) -> Iterator[Listening]:
    process = start("deploy", ["listen", *args], environ(**shop.account), stdout=subprocess.PIPE)
    try:
        yield Listening(process)
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


async def theirs(shop: Served) -> list[str]:
    """The endpoints that `kasir listen` has left registered."""
    return [one["id"] for one in (await shop.get("/v1/webhook-endpoints?limit=200"))["items"] if one["description"] == MINE]


async def trigger(shop: Served, type: str) -> str:
    return await TRIGGERS[type](Shop(shop.kasir))


async def test_it_shows_what_happens_and_ends_after_so_many(shop: Served) -> None:
    with listening(shop, "--types", "order.created,order.refunded", "--count", "2") as ear:
        assert await ear.line() == "Listening for order.created, order.refunded. Ctrl-C ends it."
        await trigger(shop, "product.created")
        made = await trigger(shop, "order.refunded")
        first, second = await ear.line(), await ear.line()
        assert [line.split("  ")[1] for line in (first, second)] == ["order.created", "order.refunded"]
        assert made.split()[-1] in first
        assert first.endswith("signature ok")
        assert await ear.ends() == 0
    assert await theirs(shop) == []


async def test_it_goes_on_when_the_edge_has_been_away(shop: Served) -> None:
    with listening(shop, "--types", "product.created") as ear:
        await ear.line()
        await trigger(shop, "product.created")
        assert "product.created" in await ear.line()
        # Sold, so to say, while nobody could ask.
        await shop.restart(between=lambda: trigger_inside(shop))
        assert "Meanwhile" in await ear.line()
        ear.process.send_signal(signal.SIGINT)
        assert await ear.line() == "Goodbye: the endpoint is removed."
        assert await ear.ends() == 0
    assert await theirs(shop) == []


async def trigger_inside(shop: Served) -> None:
    await shop.house.add_product("Meanwhile")


async def test_somebody_else_removes_its_endpoint(shop: Served) -> None:
    with listening(shop, "--types", "product.created") as ear:
        await ear.line()
        [mine] = await theirs(shop)
        await shop.kasir.ask("DELETE", f"/v1/webhook-endpoints/{mine}", If_Match='"1"')
        assert await ear.line() == "Goodbye: somebody else has removed the endpoint."
        assert await ear.ends() == 1


async def test_conditions_and_stores_narrow_it_and_whole_events_can_be_seen(shop: Served) -> None:
    condition = "data.order.lines[0].quantity == '2'"
    with listening(shop, "--types", "order.*", "--store", STORE, "--condition", condition, "--count", "1", "-v") as ear:
        await ear.line()
        await Shop(shop.kasir).order(paid=True, quantity=1)
        order = await Shop(shop.kasir).order(paid=True, quantity=2)
        assert order["receipt"] in await ear.line()
        assert await ear.line() == "{"
        assert await ear.ends() == 0


async def test_it_forwards_in_order_until_each_is_taken(shop: Served) -> None:
    taken: list[tuple[str, str]] = []
    answers = [500, 503, 204, 400, 204]

    async def take(request: web.Request) -> web.Response:
        body, told = await request.read(), request.headers
        genuine = verify([secret], told["webhook-id"], told["webhook-timestamp"], told["webhook-signature"], body, time.time())
        assert genuine
        assert told["content-type"] == "application/json"
        status = answers.pop(0)
        if status == 204:
            taken.append((told["webhook-seq"], told["webhook-id"]))
        return web.Response(status=status, text="Not now" if status != 204 else None)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        with listening(shop, "--types", "product.created", "--forward-to", url, "--count", "2") as ear:
            begin = await ear.line()
            assert begin.startswith(f"Listening for product.created, and forwarding to {url} with whsec_")
            secret = begin.split(" with ")[1].split(".")[0]
            await trigger(shop, "product.created")
            await trigger(shop, "product.created")
            told = [(await ear.line())[10:] for _ in range(7)]
            assert await ear.ends() == 0
    finally:
        await runner.cleanup()
    first, second = (line for line in told if line.startswith("product.created"))
    again = "; tried again until it is taken"
    assert told == [first, f"  -> 500 Not now{again}", f"  -> 503 Not now{again}", "  -> 204", second, f"  -> 400 Not now{again}", "  -> 204"]
    assert [seq for seq, _ in taken] == ["1", "2"]
    assert all(id in line for (_, id), line in zip(taken, (first, second), strict=True))


async def test_a_secret_of_ones_own_is_not_shown(shop: Served) -> None:
    with listening(shop, "--types", "product.created", "--forward-to", "http://127.0.0.1:1/", "--secret", f"whsec_{'A' * 40}") as ear:
        assert await ear.line() == "Listening for product.created, and forwarding to http://127.0.0.1:1/. Ctrl-C ends it."
        await trigger(shop, "product.created")
        assert (await ear.line()).endswith("signature ok")
        ear.process.send_signal(signal.SIGTERM)
        assert await ear.ends() == 0


async def test_nobody_to_forward_to_is_told_and_ctrl_c_ends_it(shop: Served) -> None:
    with listening(shop, "--types", "product.created", "--forward-to", "http://127.0.0.1:1/") as ear:
        await ear.line()
        await trigger(shop, "product.created")
        await ear.line()
        assert "Connection refused; tried again" in await ear.line()
        ear.process.send_signal(signal.SIGINT)
        assert await ear.ends() == 0
    await eventually(lambda: theirs_are_gone(shop))


async def theirs_are_gone(shop: Served) -> bool:
    return not await theirs(shop)
