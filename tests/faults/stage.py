"""Kasir as operators run it: servers with full durability, a process for each member, an edge, a shop, a listener."""

from __future__ import annotations

import asyncio
import os
import re
import select
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from actors.runtime.client import Client, connect_client
from actors.runtime.settings import Settings
from actors.staff.contract import ENSURE_OWNER, EnsureOwner
from deploy.crew import READY_FD
from deploy.embedded.child import Child
from deploy.embedded.nats import Nats, start_nats
from deploy.embedded.postgres import Postgres, start_postgres
from deploy.ports import free_port
from tests.faults.listener import Listener, listen
from tests.forked import start
from tests.support import SECRET_KEY, eventually

ROOT = Path(__file__).parents[2]
REGISTERS, PRODUCTS, SCARCE_PIECES = 4, 60, 400
START_SECONDS_MAX = 90.0
ANSWER_SECONDS = 3.0
OFFICE = ("customers", "shifts", "receipts", "reports")
PATIENCE = {
    # What a dead member held comes free after seconds instead of tens of seconds; nothing else differs from a real house.
    "KASIR_WEBHOOKS_TIMEOUT_SECONDS": "2", "KASIR_WEBHOOKS_LEASE_SECONDS": "2.5", "KASIR_REACTIONS_ACK_WAIT_SECONDS": "2",
    "KASIR_WEBHOOKS_SCHEDULE_SECONDS": "1,1,2,2,3,3,5,5,5,5,5,5,10,10,10,10",
    "KASIR_WEBHOOKS_PROBE_SECONDS_MAX": "2", "KASIR_WEBHOOKS_CATCH_UP_PER_SECOND": "2000",
}


@dataclass(eq=False)
class Process:
    """`kasir run PART...`, and its log."""

    parts: Sequence[str]
    child: Child
    log: Path
    metrics_port: int

    async def kill(self) -> None:
        """As the kernel does it when memory runs out: no goodbye."""
        self.child.process.kill()
        assert await self.child.wait() == -signal.SIGKILL

    async def leave(self) -> None:
        """As an operator does it."""
        self.child.process.terminate()
        assert await self.child.wait() == 0


@dataclass(eq=False)
class Stage:
    folder: Path
    postgres: Postgres
    nats: Nats
    listener: Listener
    url: str
    environ: dict[str, str]
    http: aiohttp.ClientSession
    processes: list[Process] = field(default_factory=list)
    registers: list[str] = field(default_factory=list)
    skus: list[str] = field(default_factory=list)
    store_id: str = ""
    """The second store, which has the last of the registers."""
    scarce: str = "SCARCE"
    scarce_id: str = ""
    gift_code: str = ""
    key: str = ""
    """The owner's."""

    # --- processes

    async def join(self, *parts: str) -> Process:
        """Starts a process and waits until its members take work."""
        ours, theirs = os.pipe()
        log, port = self.folder / f"{parts[0]}-{len(list(self.folder.glob('*.log')))}.log", free_port()
        args = ["run", *parts, "--nats", self.nats.url, "--database", self.postgres.url]
        environ = {**self.environ, READY_FD: str(theirs), "KASIR_METRICS_PORT": str(port)}
        try:
            with log.open("wb") as output:
                child = Child(parts[0], start("deploy", args, environ, stdout=output, stderr=output, keep=(theirs,)))
        finally:
            os.close(theirs)
        process = Process(parts, child, log, port)
        self.processes.append(process)
        try:
            await eventually(lambda: not child.running or select.select([ours], [], [], 0)[0], within_seconds=START_SECONDS_MAX)
            said = os.read(ours, 16)
        finally:
            os.close(ours)
        assert said == b"ready", f"{parts} did not start: {log.read_text()[-2000:]}"
        return process

    def of(self, part: str) -> list[Process]:
        return [process for process in self.processes if part in process.parts and process.child.running]

    async def metric(self, process: Process, name: str) -> float:
        """The sum of what the process counts under `name`, a pattern."""
        async with self.http.get(f"http://127.0.0.1:{process.metrics_port}/metrics") as answer:
            return sum(float(value) for value in re.findall(rf"^{name} (\S+)$", await answer.text(), re.MULTILINE))

    async def relay_of(self, log: str) -> Process | None:
        """The process that publishes this log now."""
        for process in self.of(log):
            if await self.metric(process, f'kasir_relay_active{{log="{log}"}}'):
                return process
        return None

    def logs(self) -> str:
        return "\n".join(process.log.read_text() for process in self.processes)

    async def end(self) -> None:
        await asyncio.gather(*(process.child.end((signal.SIGTERM, 20.0)) for process in self.processes))
        await self.nats.stop()
        await self.postgres.stop()

    # --- servers

    async def stop_postgres_at_once(self) -> None:
        await self.postgres.stop(immediate=True)

    async def start_postgres(self) -> None:
        self.postgres = await start_postgres(self.folder)

    async def stop_nats(self) -> None:
        await self.nats.stop()

    async def start_nats(self) -> None:
        self.nats = await start_nats(self.folder)

    def delete_streams(self) -> None:
        shutil.rmtree(self.folder / "nats" / "jetstream")

    @property
    def settings(self) -> Settings:
        return Settings(nats_url=self.nats.url, database_url=self.postgres.url, secret_key=SECRET_KEY)

    # --- the API

    async def post(self, path: str, body: Any) -> Any:
        """Again, under the same key, as long as it is answered with a 503: something may just be starting."""
        headers, loop = {"Idempotency-Key": os.urandom(12).hex()}, asyncio.get_running_loop()
        until = loop.time() + START_SECONDS_MAX
        while True:
            async with self.http.post(self.url + path, json=body, headers=headers) as answer:
                told = await answer.json(content_type=None)
                if answer.status < 300:
                    return told
                assert answer.status == 503, told
                assert loop.time() < until, told
                await asyncio.sleep(float(answer.headers["Retry-After"]))

    async def get(self, path: str) -> Any:
        async with self.http.get(self.url + path) as answer:
            told = await answer.json(content_type=None)
            assert answer.status == 200, told
            return told


@asynccontextmanager
async def open_stage(folder: Path, *, offices: int = 1, answer_seconds: float = ANSWER_SECONDS, **members: int) -> AsyncIterator[Stage]:
    """`orders=2, webhooks=2`: so many processes of each; one more has the other actors and the edge. `offices`: with those who keep figures.

    `answer_seconds`: after that a request is answered with a 503.
    """
    port = free_port()
    environ = {
        **os.environ, **PATIENCE, "KASIR_SECRET_KEY": SECRET_KEY, "KASIR_HTTP_PORT": str(port), "KASIR_RATE_LIMIT_PER_SECOND": "0",
        "KASIR_WEBHOOKS_ALLOW": "127.0.0.0/8", "KASIR_LOG_LEVEL": "info", "KASIR_DATABASE_POOL": "6", "PYTHONPATH": str(ROOT),
        "KASIR_REQUEST_TIMEOUT_SECONDS": str(answer_seconds),
    }
    async with AsyncExitStack() as stack:
        listener = await stack.enter_async_context(listen())
        http = await stack.enter_async_context(aiohttp.ClientSession())
        stage = Stage(folder, await start_postgres(folder), await start_nats(folder), listener, f"http://127.0.0.1:{port}", environ, http)
        stack.push_async_callback(stage.end)
        # Together: orders loads its price list from stores and catalog.
        alone = [(part,) for part, count in members.items() for _ in range(count)]
        parts = [("stores", "catalog", "staff", "payments", "edge"), ("inventory",), *[OFFICE] * offices, *alone]
        await asyncio.gather(*(stage.join(*one) for one in parts))
        async with connect_client(stage.settings) as client:
            stage.key = await owner_key(client)
        http.headers["Authorization"] = f"Bearer {stage.key}"
        await furnish(stage)
        yield stage


async def owner_key(client: Client) -> str:
    key = (await client.call(ENSURE_OWNER, EnsureOwner())).key
    assert key is not None
    return key


async def furnish(stage: Stage) -> None:
    store = await stage.post("/v1/stores", {
        "name": "Toko Melati", "currency": "IDR", "time_zone": "Asia/Jakarta", "cash_rounding": {"increment": 10000},
        "taxes": [{"code": "ppn", "name": "PPN", "rate": "11"}],
    })
    stage.store_id = (await stage.post("/v1/stores", {
        "name": "Toko Kenanga", "currency": "IDR", "time_zone": "Asia/Makassar", "taxes": [{"code": "ppn", "name": "PPN", "rate": "11"}],
    }))["id"]
    for number in range(REGISTERS):
        store_id = store["id"] if number < REGISTERS - 1 else stage.store_id
        stage.registers.append((await stage.post("/v1/registers", {"store_id": store_id, "code": f"K{number}"}))["id"])
    stage.skus = [f"F{number:05}" for number in range(PRODUCTS)]
    await stage.post("/v1/products/batch", {"items": [
        {"name": f"Barang {sku}", "taxes": ["ppn"], "variants": [{"sku": sku, "price": {"amount": 37_00 * (number + 10), "currency": "IDR"}}]}
        for number, sku in enumerate(stage.skus)
    ]})
    scarce = {"sku": stage.scarce, "price": {"amount": 990_000, "currency": "IDR"}}
    product = await stage.post("/v1/products", {"name": "Yang terakhir", "taxes": ["ppn"], "stock": "deny", "variants": [scarce]})
    stage.scarce_id = product["variants"][0]["id"]
    await stage.post("/v1/inventory/receipts", {
        "store_id": store["id"], "lines": [{"variant_id": stage.scarce_id, "quantity": str(SCARCE_PIECES)}],
    })
    card = await stage.post("/v1/gift-cards", {"amount": {"amount": 10**12, "currency": "IDR"}})
    stage.gift_code = card["code"]
    endpoint = await stage.post("/v1/webhook-endpoints", {"url": stage.listener.url, "event_types": ["order.*"]})
    stage.listener.secret = endpoint["secret"]
