"""Long polling: the edge asks, and when there is nothing yet, asks again as soon as a hint says that there is.

No member waits. Hints may get lost, so it asks each second besides. Each waiting request counts among those under way, and only a
quarter of them may wait: the others are for the counters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from actors.runtime import upkeep
from actors.runtime.client import Client, Reply
from actors.runtime.envelopes import decoder
from actors.webhooks.contract import NEWS_SUBJECT, PULL_EVENTS, READ_EVENTS, News, PullEvents, ReadEvents

if TYPE_CHECKING:
    from http_edge.auth import Key

POLL_SECONDS = 1.0


class _Page(msgspec.Struct):
    """What the edge needs to know of an answer. `position`: how far all events were looked through."""

    items: list[msgspec.Raw]
    position: int = 0


async def pull(client: Client, request: PullEvents, asker: Key | None, *, gone: Callable[[], bool], **context: Any) -> Reply:
    async def ask() -> Reply:
        return await client.ask(PULL_EVENTS, request, **context)

    return await _until_something(client, request.wait_seconds, ask, lambda news: request.id in news.endpoint_ids, gone)


async def read(client: Client, request: ReadEvents, asker: Key | None, *, gone: Callable[[], bool], **context: Any) -> Reply:
    async def ask() -> Reply:
        """Goes on through what was not asked for, so that only what is new is looked through after a hint."""
        nonlocal request
        while True:
            reply = await client.ask(READ_EVENTS, request, **context)
            page = _page(reply)
            if page is None or page.items or page.position == request.after:
                return reply
            request = msgspec.structs.replace(request, after=page.position)

    return await _until_something(client, request.wait_seconds, ask, lambda news: news.position > request.after, gone)


async def _until_something(
    client: Client, wait_seconds: float, ask: Callable[[], Any], concerns: Callable[[News], bool], gone: Callable[[], bool]
) -> Reply:
    """The first answer that is not empty, or a "no"; the last one, when the time is over or nobody is there any more."""
    loop = asyncio.get_running_loop()
    until = loop.time() + wait_seconds
    reply: Reply = await ask()
    if not wait_seconds or not _empty(reply):
        return reply
    if client.listeners(NEWS_SUBJECT) >= max(1, client.settings.edge_requests_max // 4):
        return Reply(refusal=upkeep.BUSY.refuse("Too many requests are waiting for events. Ask without `wait_seconds`.", retry_after_seconds=2))
    woken = asyncio.Event()
    stop = await client.on_hint(NEWS_SUBJECT, News, lambda news: woken.set() if concerns(news) else None)
    try:
        while True:
            # Asked once more before the first wait: something may have come before it listened.
            reply = await ask()
            left = until - loop.time()
            if not _empty(reply) or left <= 0 or gone():
                return reply
            await _either(woken, min(left, POLL_SECONDS))
            woken.clear()
    finally:
        stop()


async def _either(woken: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(woken.wait(), seconds)
    except TimeoutError:
        return


def _page(reply: Reply) -> _Page | None:
    return decoder(_Page).decode(reply.body) if reply.refusal is None else None


def _empty(reply: Reply) -> bool:
    page = _page(reply)
    return page is not None and not page.items
