"""Checks that go through everything: in steps, for as long as a request may take, and with bounded memory. What is left is for the next page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from actors.runtime.words import Refusal

Place = TypeVar("Place")
Told = TypeVar("Told")
Item = TypeVar("Item")

BUDGET_SECONDS = 2.0
"""Once it has passed, no further step begins."""
STEP_SECONDS = 0.3
"""What a step should take at most."""
FIRST_STEP, STEP_MAX = 16, 512
FINDINGS_MAX = 300
"""With so many a page ends."""


class Part(NamedTuple, Generic[Place, Told]):
    """What one step has looked at and found. `next`: where the next one begins; None at the end of everything."""

    next: Place | None
    findings: Sequence[Any]
    told: Told


Step = Callable[[Place, int], Awaitable[Part[Place, Told] | Refusal]]
"""(where it begins, how many to look at)"""


async def walk(place: Place, step: Step[Place, Told]) -> list[Part[Place, Told]] | Refusal:
    """At least one step, each as large as the time of the one before allows. The last one tells where to go on."""
    time = asyncio.get_running_loop().time
    began, parts, size = time(), list[Part[Place, Told]](), FIRST_STEP
    at: Place | None = place
    while at is not None and (not parts or (time() - began < BUDGET_SECONDS and sum(len(part.findings) for part in parts) < FINDINGS_MAX)):
        step_began = time()
        part = await step(at, size)
        if isinstance(part, Refusal):
            return part
        parts.append(part)
        at = part.next
        size = min(size * 2, STEP_MAX) if time() - step_began < STEP_SECONDS / 2 else max(1, size // 2)
    return parts


async def few_at_a_time(ask: Callable[[Item], Awaitable[Told | Refusal]], items: Sequence[Item], at_once: int = 32) -> list[Told] | Refusal:
    """What `ask` says of each: others want answers, too. After the first refusal nothing more is asked."""
    found: list[Told] = []
    for start in range(0, len(items), at_once):
        for answer in await asyncio.gather(*map(ask, items[start : start + at_once])):
            if isinstance(answer, Refusal):
                return answer
            found.append(answer)
    return found
