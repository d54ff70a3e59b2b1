"""Whether this edge can sell, and who is missing: for load balancers and for people.

A sale needs NATS, keys that are loaded, and `orders`, which has in memory what it needs of others. Without anybody else it is made all the
same, so nobody is turned away for their sake: they are only named. Also `staff`: keys that were loaded are trusted while it is away.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Struct

from actors.runtime.upkeep import AskDurability, ask_durability
from http_edge.everywhere import ACTORS

if TYPE_CHECKING:
    from http_edge.gate import Gate

NEEDED = "orders"
NEEDED_SECONDS_MAX, OTHERS_SECONDS_MAX = 1.0, 0.5
"""Those who ask wait about a second at most: the answer must be there before, whoever is missing."""
FRESH_SECONDS = 1.0


class Readiness(Struct, frozen=True):
    """`missing`: actors that did not answer from their database."""

    checks: dict[str, bool]
    missing: list[str]

    @property
    def ready(self) -> bool:
        return all(self.checks.values())


class Watch:
    """Looks when somebody asks; once for all who ask at the same moment, and once a second while all is well."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._looking: asyncio.Task[list[str]] | None = None
        self._well_at = float("-inf")

    async def look(self) -> Readiness:
        missing = await self._missing()
        checks = {"nats": self._gate.client.connected, "api_keys": self._gate.loaded, NEEDED: NEEDED not in missing}
        return Readiness(checks, missing)

    async def _missing(self) -> list[str]:
        if not self._gate.client.connected:
            return list(ACTORS)
        if monotonic() - self._well_at < FRESH_SECONDS:
            return []
        if self._looking is None:
            self._looking = asyncio.create_task(self._ask_all())
        return await asyncio.shield(self._looking)

    async def _ask_all(self) -> list[str]:
        try:
            there = await asyncio.gather(*(self._answers(actor) for actor in ACTORS))
        finally:
            self._looking = None
        missing: list[str] = [actor for actor, answers in zip(ACTORS, there, strict=True) if not answers]
        if not missing:
            self._well_at = monotonic()
        return missing

    async def _answers(self, actor: str) -> bool:
        seconds = NEEDED_SECONDS_MAX if actor == NEEDED else OTHERS_SECONDS_MAX
        reply = await self._gate.client.ask(ask_durability(actor), AskDurability(), timeout_seconds=seconds)
        return reply.refusal is None
