"""Modules that take seconds to import: loaded beside the loop, by the first who needs them, or in a quiet moment after the start."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from actors.runtime.upkeep import BUSY
from actors.runtime.words import Refusal

if TYPE_CHECKING:
    from actors.runtime.member import Member

AFTER_SECONDS = 30.0
"""After the start: by then the first sales have been made, and whoever runs one command is gone."""
PATIENCE_SECONDS = 3.0
"""Less than a request waits for its answer."""
AGAIN_SECONDS = 3


class Modules:
    """Of one member. An import that fails is told to each who needs it, and tried again."""

    def __init__(self, names: Sequence[str], patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._names = names
        self._patience = patience_seconds
        self._loading: asyncio.Task[None] | None = None

    def load(self) -> asyncio.Task[None]:
        """Begins to load, unless that has been done."""
        if self._loading is None or (self._loading.done() and self._loading.exception() is not None):
            self._loading = asyncio.create_task(asyncio.to_thread(self._load))
        return self._loading

    async def missing(self) -> Refusal | None:
        """None once they are there; a refusal when that takes longer than a request can wait. What is begun goes on."""
        with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(self.load()), self._patience)
            return None
        detail = "What draws this is still being loaded, for the first time since the start. Ask again in a few seconds."
        return BUSY.refuse(detail, retry_after_seconds=AGAIN_SECONDS)

    def _load(self) -> None:
        for name in self._names:
            import_module(name)


async def load_later(member: Member) -> None:
    """For an actor whose resource has `modules`: before anybody has asked for them."""
    await asyncio.sleep(AFTER_SECONDS)
    modules: Modules = member.resource.modules
    await modules.load()
    await member.stopping.wait()
