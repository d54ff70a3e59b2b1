"""Ending tasks."""

from __future__ import annotations

import asyncio
from typing import Any


async def end(*tasks: asyncio.Task[Any] | None, again_seconds: float = 0.5) -> None:
    """Cancels them until they are done. Once is not enough: before Python 3.12, `asyncio.wait_for` swallows a cancellation
    that comes in the same moment as what it waits for, and whoever loops goes on for ever.
    `again_seconds`: how long they may take to tidy up.
    """
    pending = {task for task in tasks if task is not None}
    while pending:
        for task in pending:
            task.cancel()
        done, pending = await asyncio.wait(pending, timeout=again_seconds)
        for task in done:
            if not task.cancelled():
                # Looked at, so that asyncio does not complain that nobody did.
                task.exception()
