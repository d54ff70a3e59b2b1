"""So many posts begin in one turn of the event loop, and no more.

A backlog of many endpoints could begin hundreds at once; whoever else lives in this process, a register's sale above all, would wait
for all of them at each of its steps. Posts that wait for an answer cost nothing, so what is under way is not bounded here.
"""

from __future__ import annotations

import asyncio
from collections import deque

BEGIN_MAX = 16


class Turns:
    def __init__(self, begin_max: int = BEGIN_MAX) -> None:
        self._begin_max = begin_max
        self._left = begin_max
        self._lines: dict[int, deque[asyncio.Future[None]]] = {}
        self._counting = False

    async def mine(self, number: int) -> None:
        """Returns in this turn of the event loop, or in a later one. Endpoints, by `number`, take turns: one with much to post holds up no other."""
        loop = asyncio.get_running_loop()
        if not self._counting:
            self._counting = True
            loop.call_soon(self._next)
        if self._left and not self._lines:
            self._left -= 1
            return
        waiting = loop.create_future()
        self._lines.setdefault(number, deque()).append(waiting)
        await waiting

    def _next(self) -> None:
        self._left = self._begin_max
        self._counting = bool(self._lines)
        while self._lines and self._left:
            number = next(iter(self._lines))
            line = self._lines.pop(number)
            waiting = line.popleft()
            if line:
                self._lines[number] = line
            if not waiting.done():
                self._left -= 1
                waiting.set_result(None)
        if self._counting:
            asyncio.get_running_loop().call_soon(self._next)
