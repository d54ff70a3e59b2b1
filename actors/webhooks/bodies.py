"""The bodies of events: they stay where they were written, in the log of the actor that told them, and are asked for when needed.

Those that have just been sorted, posted or pulled are at hand: an event goes to many endpoints, at about the same time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import islice
from typing import NamedTuple

from actors.runtime.client import Client, Refused
from actors.runtime.upkeep import LogItems, ReadLogAt, read_at
from actors.runtime.words import Command, Refusal

BYTES_MAX = 32 * 1024 * 1024
POSITIONS_MAX = 500
"""Asked for at once."""


class Kept(NamedTuple):
    """Where an event is: `position` in webhooks.sorted, `log_position` in its own log."""

    position: int
    log: str
    log_position: int


Ask = Callable[[Command[ReadLogAt, LogItems], ReadLogAt], Awaitable[LogItems | Refusal]]
"""`Work.ask`, or `asking(client)`."""


class OutOfReach(Exception):
    """Nobody answers for a log. It may be tried again."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


class Bodies:
    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._known: OrderedDict[int, bytes] = OrderedDict()

    def keep(self, position: int, body: bytes) -> None:
        if position not in self._known:
            self._known[position] = body
            self._bytes += len(body)
            while self._bytes > self._bytes_max:
                self._bytes -= len(self._known.popitem(last=False)[1])

    async def fetch(self, ask: Ask, wanted: Iterable[Kept]) -> dict[int, bytes]:
        """Bodies by `position`. OutOfReach when a log's owner cannot be asked."""
        found: dict[int, bytes] = {}
        missing: dict[str, dict[int, int]] = {}
        for one in wanted:
            known = self._known.get(one.position)
            if known is None:
                missing.setdefault(one.log, {})[one.log_position] = one.position
            else:
                self._known.move_to_end(one.position)
                found[one.position] = known
        for log, positions in missing.items():
            await self._ask_for(ask, log, positions, found)
        return found

    async def _ask_for(self, ask: Ask, log: str, positions: Mapping[int, int], found: dict[int, bytes]) -> None:
        """`positions`: in the log -> in webhooks.sorted. An answer holds what fits into a message; the rest is asked for again."""
        left = dict(positions)
        while left:
            told = await ask(read_at(log), ReadLogAt(positions=list(islice(left, POSITIONS_MAX))))
            if isinstance(told, Refusal):
                raise OutOfReach(told)
            if not told.items:
                return
            for item in told.items:
                position = left.pop(item.position)
                found[position] = bytes(item.body)
                self.keep(position, found[position])


def asking(client: Client) -> Ask:
    """For whoever has no `Work`."""

    async def ask(command: Command[ReadLogAt, LogItems], request: ReadLogAt) -> LogItems | Refusal:
        try:
            return await client.call(command, request)
        except Refused as refused:
            return refused.refusal

    return ask
