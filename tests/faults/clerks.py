"""Clerks who sell without a break, and what they were told.

Each sale has an Idempotency-Key and goes to Kasir again, byte for byte, until it is answered with 2xx. Some clerks are
impatient and ask again before the first answer can be there; some hand in offline sales by the batch.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import aiohttp
import msgspec

from actors.runtime.ids import new_id
from tests.faults.stage import Stage

BATCH_SHARE, BATCH_MAX = 0.1, 12
IMPATIENT_SHARE, IMPATIENT_SECONDS = 0.05, 0.01
TIMEOUT_SECONDS = 6.0
"""Whatever is away, the edge must have said so by then."""
GIVE_UP_SECONDS = 60.0
PAUSE_SECONDS = 0.02
CASH = {"type": "cash", "amount": {"amount": 1_000_000_00, "currency": "IDR"}}


class Told(NamedTuple):
    """An order, as a clerk was told of it."""

    key: str
    register: str
    number: int
    total: int
    due: int


@dataclass
class Books:
    orders: dict[str, Told] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    told_at: list[float] = field(default_factory=list)
    slowest_seconds: float = 0.0
    retries: int = 0
    replayed: int = 0
    failures: list[str] = field(default_factory=list)
    """Every answer that was not 2xx, and every lack of one."""
    wrong: list[str] = field(default_factory=list)
    """What must never happen, in words."""

    def write(self, key: str, orders: list[Any], waited_seconds: float, replayed: bool) -> None:
        self.keys.add(key)
        self.told_at.append(time.monotonic())
        self.slowest_seconds = max(self.slowest_seconds, waited_seconds)
        self.replayed += replayed
        for order in orders:
            totals = order["totals"]
            told = Told(key, order["register_id"], order["receipt_number"], totals["total"]["amount"], totals["due"]["amount"])
            if order["id"] in self.orders:
                self.wrong.append(f"the order {order['id']} was told for {key} and for {self.orders[order['id']].key}")
            self.orders[order["id"]] = told


class Clerks:
    def __init__(self, stage: Stage, books: Books, *, patient: bool) -> None:
        self._stage, self._books, self._patient = stage, books, patient
        self.closing = False

    async def sell(self) -> None:
        while not self.closing:
            if random.random() < BATCH_SHARE:
                orders = [self._offline() for _ in range(random.randint(2, BATCH_MAX))]
                await self._until_told("/v1/orders/batch", {"orders": orders})
            else:
                await self._until_told("/v1/orders", self._sale())
            await asyncio.sleep(PAUSE_SECONDS)

    def _sale(self) -> dict[str, Any]:
        lines = [{"sku": sku, "quantity": random.randint(1, 5)} for sku in random.sample(self._stage.skus, random.randint(1, 4))]
        return {"register_id": random.choice(self._stage.registers), "lines": lines, "tenders": [CASH]}

    def _offline(self) -> dict[str, Any]:
        return {**self._sale(), "id": str(new_id()), "sold_at": datetime.now(UTC).isoformat()}

    async def _until_told(self, path: str, body: Any) -> None:
        key, payload, began = str(new_id()), msgspec.json.encode(body), time.monotonic()
        hurried = not self._patient and random.random() < IMPATIENT_SHARE
        for wait in _waits():
            told = await self._try(path, payload, key, IMPATIENT_SECONDS if hurried else TIMEOUT_SECONDS, began)
            hurried = False
            if told:
                return
            if time.monotonic() - began > GIVE_UP_SECONDS:
                self._books.wrong.append(f"{key} was not answered within {GIVE_UP_SECONDS:.0f} s")
                return
            self._books.retries += 1
            await asyncio.sleep(wait)

    async def _try(self, path: str, payload: bytes, key: str, timeout_seconds: float, began: float) -> bool:
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        try:
            async with self._stage.http.post(self._stage.url + path, data=payload, headers=headers, timeout=timeout) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._books.failures.append(repr(error))
            if isinstance(error, TimeoutError) and timeout_seconds == TIMEOUT_SECONDS:
                self._books.wrong.append(f"{key} got no answer, not even a no")
            return False
        if answer.status in (200, 201):
            replayed = answer.headers.get("Idempotent-Replayed") == "true"
            self._books.write(key, _orders(msgspec.json.decode(content)), time.monotonic() - began, replayed)
            return True
        self._books.failures.append(f"{answer.status} {content.decode()}")
        if answer.status not in (503, 429) or "Retry-After" not in answer.headers:
            self._books.wrong.append(f"{path}: {answer.status} {content[:500].decode()}")
        return False


def _orders(told: Any) -> list[Any]:
    """Of a batch, each must have been done: there is nothing wrong with any of them."""
    return [item["order"] for item in told["items"]] if "items" in told else [told]


def _waits() -> Iterator[float]:
    yield 0.0
    while True:
        yield random.uniform(0.05, 0.4)


@asynccontextmanager
async def selling(stage: Stage, books: Books, *, clerks: int, patient: bool = False) -> AsyncIterator[None]:
    """At the end each clerk finishes the sale that is under way."""
    shift = Clerks(stage, books, patient=patient)
    async with asyncio.TaskGroup() as group:
        for _ in range(clerks):
            group.create_task(shift.sell())
        try:
            yield
        finally:
            shift.closing = True
