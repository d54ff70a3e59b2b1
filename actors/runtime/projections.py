"""Keeps one projection: loads it through the owner's feed, and asks for more when an event says that there is more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from actors.runtime.actor import Projection
from actors.runtime.envelopes import decoder
from actors.runtime.logs import get_logger
from actors.runtime.metrics import PROJECTION_POSITION
from actors.runtime.tasks import end
from actors.runtime.words import FeedAfter

if TYPE_CHECKING:
    from actors.runtime.client import Client

View = TypeVar("View")

_PAGE = 1000
_RETRY_SECONDS = 0.25


class Keeper(Generic[View]):
    def __init__(self, client: Client, projection: Projection[View, Any]) -> None:
        self._client = client
        self._projection = projection
        self._position = 0
        self._woken = asyncio.Event()
        self._pull: asyncio.Task[bool] | None = None
        self._following: asyncio.Task[None] | None = None
        self._subscriptions: list[Any] = []
        self._fresh_at = float("-inf")
        self._away = False
        self._log = get_logger(view=projection.name)
        self.view: View = projection.make()
        self.loaded = asyncio.Event()

    @property
    def staleness_seconds(self) -> float:
        return asyncio.get_running_loop().time() - self._fresh_at

    async def open(self) -> None:
        # Subscribed before the first page is asked for: what happens in between wakes us again.
        for event in self._projection.events:
            self._subscriptions.append(await self._client.link.nc.subscribe(event.name, cb=self._wake))
        self._client.link.on_reconnect(self._woken.set)
        self._following = asyncio.create_task(self._follow())

    async def close(self) -> None:
        await end(self._following, self._pull)

    async def refresh(self) -> bool:
        """Everything that was committed when this was called is in the view when it returns; False when the owner did not tell."""
        if self._pull is not None and not self._pull.done():
            # That one may have asked before our moment; the next one surely asks after it.
            await asyncio.shield(self._pull)
        if self._pull is None or self._pull.done():
            self._pull = asyncio.create_task(self._pull_all())
        return await asyncio.shield(self._pull)

    async def _wake(self, _: Any) -> None:
        self._woken.set()

    async def _follow(self) -> None:
        while True:
            self._woken.clear()
            await self.refresh()
            pause = self._projection.refresh_seconds if self.loaded.is_set() else _RETRY_SECONDS
            try:
                await asyncio.wait_for(self._woken.wait(), pause)
            except TimeoutError:
                continue

    async def _pull_all(self) -> bool:
        while True:
            reply = await self._client.ask(self._projection.feed, FeedAfter(after=self._position, limit=_PAGE))
            if reply.refusal is not None:
                self._owner_is_away(reply.refusal.detail)
                return False
            try:
                page = decoder(self._projection.feed.result).decode(reply.body)
                self._projection.apply(self.view, page)
            except Exception as error:
                # Ours or the owner's mistake. The view stays as it is, and visibly grows stale; the next look may go well.
                self._log.error("view cannot apply its feed", after=self._position, exc_info=error)
                return False
            self._position = max(self._position, page.position)
            if not page.more:
                self._fresh_at = asyncio.get_running_loop().time()
                PROJECTION_POSITION.labels(self._projection.name).set(self._position)
                self._owner_is_there()
                self.loaded.set()
                return True

    def _owner_is_away(self, reason: str) -> None:
        """Said once, not at each try. Before it is loaded it is only waited for."""
        if self.loaded.is_set() and not self._away:
            self._away = True
            self._log.warning("view cannot be refreshed; it stays as it is until its owner is back", reason=reason)

    def _owner_is_there(self) -> None:
        if self._away:
            self._away = False
            self._log.warning("view is refreshed again")
