"""The guide's examples against a real Kasir: doubles, an outage, a gap, a lost backup; and their books equal ours to the last unit."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from deploy.ports import free_port
from deploy.triggers.shop import Json, Shop
from deploy.triggers.table import TRIGGERS
from tests.deploy.support import kasir
from tests.journeys.receivers import COMMANDS, EXAMPLES, Receiver
from tests.serving import Served, served
from tests.support import House, eventually

QUICK = {"webhooks_schedule_seconds": "0.2,0.2,0.5,0.5,1,1,1,1", "webhooks_probe_seconds_max": 1.0, "webhooks_timeout_seconds": 5.0}
SALES = ("order.created", "order.paid", "order.refunded", "order.cancelled", "order.updated", "order.status_updated", "payment.refunded", "stock.low")


@pytest_asyncio.fixture
async def shop(fresh_house: Callable[..., Awaitable[House]]) -> AsyncIterator[Served]:
    async with served(await fresh_house(**QUICK)) as here:
        yield here


@pytest_asyncio.fixture(params=COMMANDS)
async def receiver(request: Any, shop: Served, tmp_path: Path) -> AsyncIterator[Receiver]:
    """Running, and registered for everything."""
    one = Receiver(request.param, tmp_path, {**shop.account, "WEBHOOK_SECRET": "whsec_" + "A" * 40, "GAP_SECONDS": "0.5"})
    await one.start()
    endpoint = await shop.endpoint(url=one.url, time_zone="Asia/Jakarta")
    one.kill()
    await one.start(WEBHOOK_SECRET=endpoint["secret"], KASIR_ENDPOINT=endpoint["id"])
    yield one
    one.kill()


async def trigger(shop: Served, type: str) -> str:
    return await TRIGGERS[type](Shop(shop.kasir))


async def sell(shop: Served) -> None:
    """A little of everything, side by side."""
    await asyncio.gather(*(trigger(shop, type) for type in SALES))


def path_of(receiver: Receiver) -> str:
    return f"/v1/webhook-endpoints/{receiver.environ['KASIR_ENDPOINT']}"


async def last_seq(shop: Served, receiver: Receiver) -> int:
    """How long its feed is."""
    return int((await shop.get(f"{path_of(receiver)}/health"))["last_seq"])


def as_booked(order: Json) -> list[Any]:
    refunded = sum(refund["amount"]["amount"] for refund in order.get("refunds", []))
    return [order["version"], order["status"], order["payment"], order["totals"]["total"]["amount"], refunded]


async def ours(shop: Served) -> dict[str, list[Any]]:
    """Every order, as the API tells it."""
    page = await shop.get("/v1/orders?limit=200")
    assert page["next_cursor"] is None
    return {order["id"]: as_booked(await shop.get(f"/v1/orders/{order['id']}")) for order in page["items"]}


async def orders_agree(shop: Served, receiver: Receiver) -> bool:
    return receiver.orders() == await ours(shop)


async def books_agree(shop: Served, receiver: Receiver) -> None:
    """Order by order, event by event, and by the signed digest."""
    await eventually(lambda: orders_agree(shop, receiver))
    seq = await last_seq(shop, receiver)
    await receiver.has(seq)
    digest = (await shop.get(f"{path_of(receiver)}/digest?first_seq=1&last_seq={seq}"))["digest"]
    assert (digest["first_seq"], digest["last_seq"], digest["count"]) == (1, seq, seq)
    assert receiver.hash(1, seq) == digest["hash"]
    assert receiver.ask("SELECT count(*), count(DISTINCT seq) FROM events WHERE seq <= ?", seq) == [(seq, seq)]


async def test_its_books_equal_ours_whatever_happens_to_it(shop: Served, receiver: Receiver) -> None:
    await sell(shop)
    await books_agree(shop, receiver)

    # Doubles: everything once more.
    replay = {"events": {"states": ["delivered"]}, "rate_per_second": 1000}
    again = await shop.post(f"{path_of(receiver)}/replays", replay)
    await eventually(lambda: finished(shop, receiver, again["id"]))
    await books_agree(shop, receiver)

    # Killed while the shop sells; back with what it had.
    shutil.copy(receiver.books, receiver.folder / "backup.db")
    receiver.kill()
    await sell(shop)
    await receiver.start()
    await books_agree(shop, receiver)

    # The disk broke: the backup knows nothing of what Kasir has been told was taken.
    receiver.kill()
    for leftover in receiver.folder.glob("books.db-*"):
        leftover.unlink()
    shutil.copy(receiver.folder / "backup.db", receiver.books)
    await receiver.start()
    await books_agree(shop, receiver)

    # A hole in the middle, while it runs: noticed by the number that is missing, and fetched.
    receiver.ask("DELETE FROM events WHERE seq = 4")
    receiver.ask("UPDATE feed SET whole_to = 3")
    await eventually(lambda: receiver.ask("SELECT seq FROM events WHERE seq = 4"))
    await sell(shop)
    await books_agree(shop, receiver)
    assert "are those that Kasir has sent, byte for byte" in await verified(receiver, 0)

    # And what has gone wrong for good, the proof brings to light.
    receiver.kill()
    receiver.ask("DELETE FROM events WHERE seq = 5")
    assert "missing from your records: 5" in await verified(receiver, 1)


async def verified(receiver: Receiver, exit_code: int) -> str:
    """What `kasir verify` says of its books."""
    environ = {name: receiver.environ[name] for name in ("KASIR_URL", "KASIR_API_KEY", "WEBHOOK_SECRET")}
    done = await asyncio.to_thread(kasir, "verify", str(receiver.books), "--endpoint", receiver.environ["KASIR_ENDPOINT"], **environ)
    assert done.returncode == exit_code, done
    return done.stdout


async def finished(shop: Served, receiver: Receiver, replay: str) -> bool:
    return bool((await shop.get(f"{path_of(receiver)}/replays/{replay}"))["state"] == "finished")


async def test_a_rotation_is_not_noticed(shop: Served, receiver: Receiver) -> None:
    new = await shop.post(f"{path_of(receiver)}/rotate-secret", {"overlap_seconds": 3600})
    await sell(shop)
    await books_agree(shop, receiver)
    receiver.kill()
    await receiver.start(WEBHOOK_SECRET=f"{new['secret']} {receiver.environ['WEBHOOK_SECRET']}")
    await sell(shop)
    await books_agree(shop, receiver)


# --- what the guide shows in its text ---------------------------------------------------------------------------------

GUIDE = (EXAMPLES.parent / "listeners.md").read_text()


def shown(with_this: str) -> str:
    """The block of code in the guide that has this in it."""
    [found] = [block for block in re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL) if with_this in block]
    return str(found)


@asynccontextmanager
async def running(file: Path, code: str, **environ: str) -> AsyncIterator[Callable[[], Awaitable[str]]]:
    """Gives a function that reads the next line of what it prints."""
    file.write_text(code)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", **environ}
    process = subprocess.Popen([sys.executable, str(file)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    assert process.stdout is not None
    try:
        yield lambda: asyncio.to_thread(process.stdout.readline)
    finally:
        process.kill()
        process.wait()


async def test_the_loop_that_pulls_has_everything_in_order(shop: Served, tmp_path: Path) -> None:
    endpoint = await shop.endpoint(event_types=["order.*"])
    last = f"follow({endpoint['id']!r}, 0, lambda seq, event: print(seq, event['type'], event['data']['version']))\n"
    async with running(tmp_path / "pulling.py", shown("def follow") + last, **shop.account) as next_line:
        for type in ("order.refunded", "order.paid"):
            await trigger(shop, type)
        lines = [(await next_line()).split() for _ in range(4)]
    assert lines == [["1", "order.created", "1"], ["2", "order.refunded", "2"], ["3", "order.created", "1"], ["4", "order.paid", "2"]]


async def test_the_short_listener_hears_a_sale(shop: Served, tmp_path: Path) -> None:
    port = free_port()
    endpoint = await shop.endpoint(event_types=["order.*"], url=f"http://127.0.0.1:{port}/kasir")
    code = shown("WebhookVerificationError").replace("9000", str(port))
    async with running(tmp_path / "listener.py", code, WEBHOOK_SECRET=endpoint["secret"]) as next_line:
        made = await trigger(shop, "order.created")
        assert await next_line() == f"order.created {made.split()[-1]}\n"
        # Somebody must read what it prints, or it stops: one event has a megabyte.
        reading = asyncio.create_task(read_on(next_line))
        done = await asyncio.to_thread(kasir, "chaos-listen", f"http://127.0.0.1:{port}/", WEBHOOK_SECRET=endpoint["secret"])
    await reading
    assert done.returncode == 0, done.stdout


async def read_on(next_line: Callable[[], Awaitable[str]]) -> None:
    while await next_line():
        pass


@pytest.mark.parametrize("name", COMMANDS)
async def test_it_passes_the_conformance_kit(name: str, tmp_path: Path) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    receiver = Receiver(name, tmp_path, {"WEBHOOK_SECRET": secret, "KASIR_URL": "", "KASIR_ENDPOINT": ""})
    await receiver.start()
    try:
        done = await asyncio.to_thread(kasir, "chaos-listen", receiver.url, "--secret", secret, "--state-url", receiver.url)
    finally:
        receiver.kill()
    assert done.returncode == 0, done.stdout
    assert "All 27 handled" in done.stdout
    assert json.loads(receiver.ask("SELECT body FROM events WHERE type = 'parcel.weighed'")[0][0])["data"] == {"grams": 750}
