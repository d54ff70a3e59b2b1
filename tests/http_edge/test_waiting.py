"""Long polling: who asks with `wait_seconds` is answered when there is something, when the time is over, or not at all if nobody is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
import pytest

from actors.runtime.client import Reply
from actors.runtime.settings import Settings
from actors.webhooks.contract import KeptEvents, News, PulledEvent, PulledEvents, PullEvents, ReadEvents
from http_edge import waiting
from tests.support import eventually

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
