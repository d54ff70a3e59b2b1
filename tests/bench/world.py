"""The servers, Kasir as an operator would start it, and a shop to sell in."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import msgspec

from deploy.embedded.nats import Nats, start_nats
from deploy.embedded.postgres import Postgres, start_postgres
from tests.bench.load import Plan, Result

ROOT = Path(__file__).parents[2]
REGISTERS = 8
PRODUCTS = 300
ASKED = 40


@dataclass
class World:
    postgres: Postgres
    nats: Nats
    url: str
    key: str
    http: aiohttp.ClientSession
    registers: list[str]
    skus: list[str]
    services: list[str] = field(default_factory=list)

    @property
    def promoted(self) -> list[str]:
        """SKUs that a promotion is for."""
        return self.skus[::3]

    async def post(self, path: str, body: Any, key: str = "") -> Any:
        headers = {"Idempotency-Key": key or os.urandom(12).hex()}
        async with self.http.post(self.url + path, json=body, headers=headers) as answer:
            told = await answer.json(content_type=None)
            if answer.status >= 300:
                raise RuntimeError(f"{path}: {answer.status} {told}")
            return told

    async def get(self, path: str) -> Any:
        async with self.http.get(self.url + path) as answer:
            told = await answer.json(content_type=None)
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status} {told}")
            return told

    async def took_ms(self, path: str) -> float:
        """p50 of asking for it, again and again."""
        tooks = []
        for _ in range(ASKED):
            started = time.perf_counter()
            await self.get(path)
            tooks.append((time.perf_counter() - started) * 1000)
        return median(tooks)

    async def patch(self, path: str, body: Any) -> Any:
        async with self.http.get(self.url + path) as answer:
            etag = answer.headers["ETag"]
        async with self.http.patch(self.url + path, json=body, headers={"If-Match": etag}) as answer:
            return await answer.json()

    async def remove(self, path: str) -> None:
        async with self.http.get(self.url + path) as answer:
            etag = answer.headers["ETag"]
        async with self.http.delete(self.url + path, headers={"If-Match": etag}) as answer:
            if answer.status >= 300:
                raise RuntimeError(f"{path}: {answer.status} {await answer.text()}")

    def order(self, lines: int = 3, skus: list[str] | None = None, **more: Any) -> dict[str, Any]:
        """A sale at one of the registers, paid in cash with a large note."""
        return {
            "register_id": random.choice(self.registers),
            "lines": [{"sku": sku, "quantity": random.randint(1, 4)} for sku in random.sample(skus or self.skus, lines)],
            "tenders": [{"type": "cash", "amount": {"amount": 1_000_000_00, "currency": "IDR"}}],
            **more,
        }

    async def furnish_services(self) -> None:
        """Things without tax, and without stock."""
        self.services = [f"J{number:03}" for number in range(100)]
        await self.post("/v1/products/batch", {"items": [
            {"name": f"Jasa {sku}", "stock": "untracked", "variants": [{"sku": sku, "price": {"amount": 250_00 * (number % 9 + 10), "currency": "IDR"}}]}
            for number, sku in enumerate(self.services)
        ]})

    def request(self, path: str, body: Any) -> str:
        """A whole HTTP request, with {key} for the key."""
        text = json.dumps(body, separators=(",", ":"))
        host = self.url.removeprefix("http://")
        return (
            f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {self.key}\r\nContent-Type: application/json\r\n"
            f"Idempotency-Key: {{key}}\r\nContent-Length: {len(text)}\r\n\r\n{text}"
        )

    async def load(self, requests: list[str], *, clients: int, seconds: float, pause_seconds: float = 0.0) -> Result:
        host, _, port = self.url.removeprefix("http://").partition(":")
        plan = Plan(host, int(port), requests, clients, seconds, os.urandom(6).hex(), pause_seconds)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.load", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )
        output, _ = await process.communicate(msgspec.json.encode(plan))
        result = msgspec.json.decode(output, type=Result)
        if result.failed:
            raise RuntimeError(f"{result.failed} requests failed, the first: {result.first_failure[:500]}")
        return result


class Kasir:
    """`kasir up` as a process."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, key: str) -> None:
        self._process, self.url, self.key = process, url, key

    @property
    def pid(self) -> int:
        return self._process.pid

    async def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        await self._process.wait()


async def start_kasir(*options: str, **environment: str) -> Kasir:
    """Waits for its address; `key` is empty when it is not the first start."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy", "up", "--port", "0", *options, cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "KASIR_RATE_LIMIT_PER_SECOND": "0", "KASIR_LOG_LEVEL": "warning", **environment},
    )
    assert process.stdout is not None
    text = ""
    while ("Webhooks" not in text and "Data" not in text) or not text.endswith("\n"):
        line = (await process.stdout.readline()).decode()
        if not line:
            raise RuntimeError(f"kasir up ended with {await process.wait()}")
        text += line
    try:
        while True:
            text += (await asyncio.wait_for(process.stdout.readline(), 0.3)).decode()
    except TimeoutError:
        pass
    url = re.search(r"API\s+(http://\S+)", text)
    key = re.search(r"(kasir_\S{20,})", text)
    assert url is not None, text
    return Kasir(process, url[1], key[1] if key else "")


@asynccontextmanager
async def open_world(folder: Path, *options: str) -> AsyncIterator[World]:
    settings = {"track_commit_timestamp": "on"}
    async with await start_postgres(folder, settings=settings) as postgres, await start_nats(folder) as nats:
        kasir = await start_kasir(
            "--data-dir", str(folder / "kasir"), "--nats", nats.url, "--database", postgres.url, *options,
            KASIR_WEBHOOKS_ALLOW="127.0.0.0/8",
        )
        headers = {"Authorization": f"Bearer {kasir.key}"}
        try:
            async with aiohttp.ClientSession(headers=headers) as http:
                world = World(postgres, nats, kasir.url, kasir.key, http, [], [])
                await furnish(world)
                yield world
        finally:
            await kasir.stop()


async def furnish(world: World) -> None:
    store = await world.post("/v1/stores", {
        "name": "Toko Melati", "currency": "IDR", "time_zone": "Asia/Jakarta", "cash_rounding": {"increment": 10000},
        "taxes": [{"code": "ppn", "name": "PPN", "rate": "12", "base": "11/12"}],
    })
    for number in range(REGISTERS):
        register = await world.post("/v1/registers", {"store_id": store["id"], "code": f"K{number}"})
        world.registers.append(register["id"])
    items = [
        {"name": f"Barang {number}", "taxes": ["ppn"], "category": "Promo" if number % 3 == 0 else "Umum", "variants": [{"sku": f"B{number:05}", "price": {"amount": 100_00 * (number % 90 + 10), "currency": "IDR"}}]}
        for number in range(PRODUCTS)
    ]
    await world.post("/v1/products/batch", {"items": items})
    world.skus = [f"B{number:05}" for number in range(PRODUCTS)]
