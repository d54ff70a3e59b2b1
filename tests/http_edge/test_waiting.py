"""Long polling: who asks with `wait_seconds` is answered when there is something, when the time is over, or not at all if nobody is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from actors.runtime.client import Reply
from actors.runtime.settings import Settings
from actors.staff.contract import CREATE_API_KEY, CreateApiKey
from actors.webhooks.contract import (
    CREATE_ENDPOINT,
    NEWS_SUBJECT,
    CreateEndpoint,
    KeptEvents,
    News,
    PulledEvent,
    PulledEvents,
    PullEvents,
    ReadEvents,
)
from http_edge import waiting
from http_edge.app import Edge
from tests.http_edge.conftest import Counter
from tests.support import House, eventually

MINE, OTHERS = UUID(int=1), UUID(int=2)
EVENT = PulledEvent(seq=1, type="order.created", id=MINE, timestamp=0, signature="", body="{}")


@dataclass
class Feed:
    """Looks like a Client: what it answers is in `items`, and `hint` tells that there is more."""

    settings: Settings = field(default_factory=Settings)
    items: list[Any] = field(default_factory=list)
    position: int = 0
    asked: list[Any] = field(default_factory=list)
    callbacks: list[Callable[[News], None]] = field(default_factory=list)

    async def ask(self, command: Any, request: Any, **_: Any) -> Reply:
        self.asked.append(request)
        if isinstance(request, ReadEvents):
            return Reply(msgspec.json.encode(KeptEvents(items=[], position=min(self.position, request.after + 10), first_position=1)))
        return Reply(msgspec.json.encode(PulledEvents(items=self.items, last_seq=len(self.items), first_seq=1)))

    async def on_hint(self, subject: str, kind: Any, callback: Callable[[News], None]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    def listeners(self, subject: str) -> int:
        return len(self.callbacks)

    def hint(self, *endpoint_ids: UUID) -> None:
        for callback in self.callbacks:
            callback(News(endpoint_ids=list(endpoint_ids)))


@pytest.fixture(autouse=True)
def _only_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "POLL_SECONDS", 60.0)


async def _pull(feed: Any, wait_seconds: int, gone: Callable[[], bool] = lambda: False) -> Reply:
    return await waiting.pull(feed, PullEvents(id=MINE, wait_seconds=wait_seconds), None, gone=gone)


async def test_what_is_there_is_answered_at_once() -> None:
    feed = Feed(items=[EVENT])
    assert b"order.created" in (await _pull(feed, 30)).body
    assert len(feed.asked) == 1
    assert b"order.created" not in (await _pull(Feed(), 0)).body


async def test_a_hint_about_this_endpoint_makes_it_ask_again() -> None:
    feed = Feed()
    pulling = asyncio.create_task(_pull(feed, 30))
    await eventually(lambda: len(feed.asked) == 2)
    feed.hint(OTHERS)
    feed.items.append(EVENT)
    feed.hint(OTHERS, MINE)

    assert b"order.created" in (await pulling).body
    assert len(feed.asked) == 3
    assert feed.callbacks == []


async def test_a_hint_that_was_lost_costs_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.01)
    feed = Feed()
    pulling = asyncio.create_task(_pull(feed, 30))
    await eventually(lambda: len(feed.asked) >= 3)
    feed.items.append(EVENT)
    assert b"order.created" in (await pulling).body


async def test_the_time_is_over_and_the_caller_has_hung_up() -> None:
    feed = Feed()
    assert b'"items":[]' in (await _pull(feed, 1)).body
    assert b'"items":[]' in (await _pull(feed, 30, gone=lambda: True)).body
    assert feed.callbacks == []


async def test_only_so_many_may_wait() -> None:
    feed = Feed(Settings(edge_requests_max=8))
    waiters = [asyncio.create_task(_pull(feed, 30)) for _ in range(2)]
    await eventually(lambda: len(feed.callbacks) == 2)
    refusal = (await _pull(feed, 30)).refusal
    assert refusal is not None
    assert (refusal.kind, refusal.retry_after_seconds) == ("busy", 2)
    feed.items.append(EVENT)
    feed.hint(MINE)
    await asyncio.gather(*waiters)


async def test_what_was_not_asked_for_is_looked_through_once() -> None:
    """Nothing of the type that is wanted among 35 events: the answer says how far it has looked."""
    feed = Feed(position=35)
    reply = await waiting.read(feed, ReadEvents(after=0, wait_seconds=1), None, gone=lambda: False)  # type: ignore[arg-type]
    assert msgspec.json.decode(reply.body)["position"] == 35
    assert [request.after for request in feed.asked] == [0, 10, 20, 30, 35, 35, 35]


# --- on the running house ------------------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def shop(house: House) -> AsyncIterator[Counter]:
    edge = Edge(house.settings, house.client)
    await edge.start()
    owner = await house.call(CREATE_API_KEY, CreateApiKey(name="listener", scopes=["*"]))
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {owner.key}"}) as session:
        yield Counter(edge, house, session)  # type: ignore[arg-type]
    await edge.stop()


async def _waiting(shop: Counter, house: House, path: str, known: int) -> asyncio.Task[Any]:
    """A request that waits at the edge for something to come."""
    task = asyncio.create_task(shop.call("GET", path, key=None))
    await eventually(lambda: house.client.listeners(NEWS_SUBJECT) > known or task.done())
    assert not task.done(), (await task).body
    return task


async def test_an_event_is_there_as_soon_as_it_has_been_sorted(shop: Counter, house: House) -> None:
    endpoint = await house.call(CREATE_ENDPOINT, CreateEndpoint(event_types=["product.created"]))
    await eventually(lambda: shop.edge.gate.loaded)
    known = house.client.listeners(NEWS_SUBJECT)
    pulling = await _waiting(shop, house, f"/v1/webhook-endpoints/{endpoint.id}/events?after=0&wait_seconds=30", known)
    position = (await _last_position(shop))
    reading = await _waiting(shop, house, f"/v1/events?after={position}&event_types=product.created&wait_seconds=30", known + 1)
    product = await house.add_product()

    pulled, read = await pulling, await reading
    assert [item["seq"] for item in pulled.json["items"]] == [1]
    assert [item["type"] for item in read.json["items"]] == ["product.created"]
    assert all(str(product.id) in answer.json["items"][0]["body"] for answer in (pulled, read))
    assert house.client.listeners(NEWS_SUBJECT) == known


async def test_who_hangs_up_waits_no_longer_and_an_edge_that_stops_lets_nobody_wait(
    shop: Counter, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.05)
    endpoint = await house.call(CREATE_ENDPOINT, CreateEndpoint(event_types=["product.created"]))
    await eventually(lambda: shop.edge.gate.loaded)
    known = house.client.listeners(NEWS_SUBJECT)
    path = f"/v1/webhook-endpoints/{endpoint.id}/events?wait_seconds=30"
    leaving = await _waiting(shop, house, path, known)
    leaving.cancel()
    await eventually(lambda: house.client.listeners(NEWS_SUBJECT) == known)

    staying = await _waiting(shop, house, path, known)
    await shop.edge.stop()
    assert (await staying).json["items"] == []


async def _last_position(shop: Counter) -> int:
    position = 0
    while True:
        answer = (await shop.call("GET", f"/v1/events?after={position}&limit=1000", key=None)).json
        if answer["position"] == position:
            return position
        position = answer["position"]
