"""`kasir doctor --rebuild`: what actors have derived is derived again from what is true, page by page, while selling goes on.

A page is one transaction of the actor's own. So it may be interrupted at any moment, and begun again: what is right already stays as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from msgspec import Struct
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_random_exponential

from actors.reports.contract import GET_REBUILD, REBUILD, GetRebuild, Rebuild
from actors.runtime import upkeep
from actors.runtime.client import Client, Refused
from actors.runtime.words import Command
from actors.shifts.contract import MEND_SHIFTS, MendShifts, ShiftsCheck

PAGE_SECONDS_MAX = 60.0
PATIENCE_SECONDS = 60.0
"""So long an actor may be away, or busy, before it is given up."""
POLL_SECONDS = 0.3
PLAIN = {"stock": "inventory", "payments": "payments", "customers": "customers"}
"""Those that answer `upkeep.mend`, by what they keep."""


class Step(Struct):
    """What a page has come to. `so_far`: how much has been looked at by now, in words."""

    so_far: str
    mended: list[str] = []
    left: list[str] = []
    replaced: bool = False
    """All was counted again, and took the place of what was there: nobody knows what of it differed."""


def _busy(error: BaseException) -> bool:
    return isinstance(error, Refused) and error.refusal.kind == "busy"


async def _ask(client: Client, command: Command[Any, Any], wish: Struct) -> Any:
    """Again while nobody is there: a page that was done and not told of finds nothing to do."""
    patiently = AsyncRetrying(
        retry=retry_if_exception(_busy), stop=stop_after_delay(PATIENCE_SECONDS), wait=wait_random_exponential(multiplier=0.1, max=2), reraise=True
    )
    return await patiently(client.call, command, wish, timeout_seconds=PAGE_SECONDS_MAX)


async def _mend(client: Client, name: str) -> AsyncIterator[Step]:
    command, cursor, seen = upkeep.mend(PLAIN[name]), None, 0
    while True:
        page: upkeep.Mended = await _ask(client, command, upkeep.Mend(cursor=cursor))
        seen, cursor = seen + page.looked_at, page.next_cursor
        yield Step(f"{seen} records", page.mended, page.left)
        if cursor is None:
            return


async def _drawers(client: Client, name: str) -> AsyncIterator[Step]:
    cursor = None
    while True:
        page: ShiftsCheck = await _ask(client, MEND_SHIFTS, MendShifts(cursor=cursor))
        for_people = ("expected", "z_number")
        words = [(one.what in for_people, f"{one.what} {one.id}: {one.detail}") for one in page.findings]
        cursor = page.next_cursor
        yield Step(f"{page.events} events", [line for left, line in words if not left], [line for left, line in words if left])
        if cursor is None:
            return


async def _reports(client: Client, name: str) -> AsyncIterator[Step]:
    state = await _ask(client, REBUILD, Rebuild())
    while state.running:
        yield Step(f"{state.position} of {state.head} events")
        await asyncio.sleep(POLL_SECONDS)
        state = await _ask(client, GET_REBUILD, GetRebuild())
    yield Step(f"{state.position} events", replaced=True)


_WAYS: dict[str, Callable[[Client, str], AsyncIterator[Step]]] = {**dict.fromkeys(PLAIN, _mend), "drawers": _drawers, "reports": _reports}
NAMES = tuple(_WAYS)
"""In the order in which they are derived from each other."""


async def rebuild(client: Client, name: str, show: Callable[[str, Step], None]) -> Step:
    """All of one; every page is shown. Refused when an actor says no, or is away for too long."""
    whole = Step("")
    async for step in _WAYS[name](client, name):
        show(name, step)
        whole = Step(step.so_far, whole.mended + step.mended, whole.left + step.left, step.replaced)
    return whole
