"""Clerks who sell without a break, and what they were told.

They sell, hand in offline sales by the batch, keep tabs that are paid in parts or by gift card, move orders on, call them off, and take
goods back. Each call goes to Kasir again, byte for byte and under its Idempotency-Key, until it is answered with 2xx. Some clerks are
impatient and ask again before the first answer can be there.
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

BATCH_SHARE, EPISODE_SHARE, BATCH_MAX = 0.1, 0.3, 12
IMPATIENT_SHARE, IMPATIENT_SECONDS = 0.05, 0.01
TIMEOUT_SECONDS = 6.0
"""Whatever is away, the edge must have said so by then."""
GIVE_UP_SECONDS = 60.0
PAUSE_SECONDS, PAUSE_AT_LENGTH_SECONDS = 0.1, 0.02
"""Of one clerk between two sales: so that a process that starts meanwhile is not kept from it by those who buy. At length, it may be."""
SCARCE_SHARE = 0.2
SOLD_OUT = object()
CASH = {"type": "cash", "amount": {"amount": 1_000_000_00, "currency": "IDR"}}


class Told(NamedTuple):
    """An order, as a clerk was told of it last. `key`: the one that it was placed under."""

    key: str
    version: int
    status: str
    register: str
    number: int | None
    total: int
    due: int
    refunded: int


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

    awaited: set[str] = field(default_factory=set)
    """Orders that a gift card pays: they complete by themselves."""
    unkeyed: set[str] = field(default_factory=set)
    """Sent with calls that need no key, because doing them twice is doing them once."""
    sold_out: int = 0

    def answered(self, path: str, key: str, waited_seconds: float, replayed: bool) -> None:
        self.keys.add(key)
        if path.endswith(("/cancel", "/status")):
            self.unkeyed.add(key)
        self.told_at.append(time.monotonic())
        self.slowest_seconds = max(self.slowest_seconds, waited_seconds)
        self.replayed += replayed

    def placed(self, key: str, orders: list[Any]) -> None:
        for order in orders:
            if order["id"] in self.orders:
                self.wrong.append(f"the order {order['id']} was told for {key} and for {self.orders[order['id']].key}")
            self.orders[order["id"]] = _told(key, order)

    def changed(self, order: Any) -> None:
        before = self.orders[order["id"]]
        if order["version"] < before.version:
            self.wrong.append(f"the order {order['id']} went back from version {before.version} to {order['version']}")
        self.orders[order["id"]] = _told(before.key, order)


def _told(key: str, order: Any) -> Told:
    totals = order["totals"]
    amounts = (totals[name]["amount"] for name in ("total", "due", "refunded"))
    return Told(key, order["version"], order["status"], order["register_id"], order["receipt_number"], *amounts)


@dataclass(frozen=True)
class Habits:
    """`patient`: asks again only when the answer is there, or `timeout_seconds` are over. `looks`: how often at what has just been sold."""

    patient: bool = False
    pause_seconds: float = PAUSE_SECONDS
    batch_max: int = BATCH_MAX
    looks: int = 0
    timeout_seconds: float = TIMEOUT_SECONDS


class Clerks:
    def __init__(self, stage: Stage, books: Books, habits: Habits) -> None:
        self._stage, self._books, self._habits = stage, books, habits
        self.closing = False

    async def sell(self) -> None:
        episodes = (self._call_off, self._take_back, self._keep_a_tab, self._deliver, self._pay_by_gift_card)
        while not self.closing:
            dice = random.random()
            if dice < BATCH_SHARE:
                await self._hand_in([self._offline() for _ in range(random.randint(2, self._habits.batch_max))])
            elif dice < BATCH_SHARE + EPISODE_SHARE:
                await random.choice(episodes)()
            else:
                await self._place(self._sale())
            await asyncio.sleep(self._habits.pause_seconds)

    # --- what there is to do

    async def _place(self, sale: Any) -> Any:
        """The order; None when somebody else got the last of the scarce thing."""
        key = str(new_id())
        order = await self._until_told("/v1/orders", sale, key)
        if order is not None:
            self._books.placed(key, [order])
            for _ in range(self._habits.looks):
                await self._look(order["id"])
        return order

    async def _look(self, order_id: str) -> None:
        async with self._stage.http.get(f"{self._stage.url}/v1/orders/{order_id}") as answer:
            content = await answer.read()
        if answer.status != 200:
            self._books.failures.append(f"{answer.status} {content.decode()}")
        self._books.told_at.append(time.monotonic())

    async def _hand_in(self, sales: list[Any]) -> None:
        key = str(new_id())
        told = await self._until_told("/v1/orders/batch", {"orders": sales}, key)
        # Each must have been done: there is nothing wrong with any of them.
        self._books.placed(key, [item["order"] for item in told["items"]] if told else [])

    async def _change(self, order: Any, path: str, body: Any) -> Any:
        told = await self._until_told(f"/v1/orders/{order['id']}/{path}", body, str(new_id()))
        if told is not None:
            self._books.changed(told)
        return told or order

    async def _call_off(self) -> None:
        if order := await self._place(random.choice((self._sale, self._tab))()):
            await self._change(order, "cancel", {"reason": "changed their mind"})

    async def _take_back(self) -> None:
        if order := await self._place(self._sale()):
            back = {"line": 1, "quantity": 1, "restock": random.random() < 0.7}
            order = await self._change(order, "refunds", {"lines": [back]})
            if random.random() < 0.5:
                await self._change(order, "cancel", {"reason": "and the rest, too"})

    async def _keep_a_tab(self) -> None:
        if order := await self._place(self._tab()):
            part = {"type": "card", "amount": {"amount": order["totals"]["missing"]["amount"] // 3, "currency": "IDR"}}
            order = await self._change(order, "tenders", {"tenders": [part]})
            await self._change(order, "tenders", {"tenders": [CASH]})

    async def _deliver(self) -> None:
        if order := await self._place(self._sale()):
            for step in ("preparing", "ready", "delivered"):
                order = await self._change(order, "status", {"fulfillment": step})

    async def _pay_by_gift_card(self) -> None:
        if order := await self._place(self._tab()):
            self._books.awaited.add(order["id"])
            ask = {"order_id": order["id"], "method": "gift_card", "code": self._stage.gift_code, "amount": order["totals"]["missing"]}
            await self._until_told("/v1/payment-intents", ask, str(new_id()))

    def _sale(self) -> dict[str, Any]:
        lines = [{"sku": sku, "quantity": random.randint(1, 5)} for sku in random.sample(self._stage.skus, random.randint(1, 4))]
        if random.random() < SCARCE_SHARE:
            lines.append({"sku": self._stage.scarce, "quantity": 1})
        return {"register_id": random.choice(self._stage.registers), "lines": lines, "tenders": [CASH]}

    def _tab(self) -> dict[str, Any]:
        return {**self._sale(), "tenders": []}

    def _offline(self) -> dict[str, Any]:
        sale = self._sale()
        lines = [line for line in sale["lines"] if line["sku"] != self._stage.scarce]
        return {**sale, "lines": lines, "id": str(new_id()), "sold_at": datetime.now(UTC).isoformat()}

    # --- how it is asked

    async def _until_told(self, path: str, body: Any, key: str) -> Any:
        payload, began = msgspec.json.encode(body), time.monotonic()
        hurried = not self._habits.patient and random.random() < IMPATIENT_SHARE
        for wait in _waits():
            told = await self._try(path, payload, key, IMPATIENT_SECONDS if hurried else self._habits.timeout_seconds, began)
            hurried = False
            if told is SOLD_OUT:
                self._books.sold_out += 1
                return None
            if told is not None:
                return told
            if time.monotonic() - began > GIVE_UP_SECONDS:
                self._books.wrong.append(f"{key} was not answered within {GIVE_UP_SECONDS:.0f} s")
                return None
            self._books.retries += 1
            await asyncio.sleep(wait)

    async def _try(self, path: str, payload: bytes, key: str, timeout_seconds: float, began: float) -> Any:
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        try:
            async with self._stage.http.post(self._stage.url + path, data=payload, headers=headers, timeout=timeout) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._books.failures.append(repr(error))
            if isinstance(error, TimeoutError) and timeout_seconds == self._habits.timeout_seconds:
                self._books.wrong.append(f"{key} got no answer, not even a no")
            return None
        if answer.status in (200, 201):
            self._books.answered(path, key, time.monotonic() - began, answer.headers.get("Idempotent-Replayed") == "true")
            return msgspec.json.decode(content)
        if answer.status == 409 and b'"orders.out_of_stock"' in content:
            return SOLD_OUT
        self._books.failures.append(f"{answer.status} {content.decode()}")
        if answer.status not in (503, 429) or "Retry-After" not in answer.headers:
            self._books.wrong.append(f"{path}: {answer.status} {content[:500].decode()}")
        return None


def _waits() -> Iterator[float]:
    yield 0.0
    while True:
        yield random.uniform(0.05, 0.4)


@asynccontextmanager
async def selling(stage: Stage, books: Books, *, clerks: int, **habits: Any) -> AsyncIterator[None]:
    """At the end each clerk finishes the sale that is under way."""
    shift = Clerks(stage, books, Habits(**habits))
    async with asyncio.TaskGroup() as group:
        for _ in range(clerks):
            group.create_task(shift.sell())
        try:
            yield
        finally:
            shift.closing = True
