"""How many posts begin in one turn of the event loop, and whose."""

from __future__ import annotations

import asyncio
from collections import Counter

from actors.webhooks.turns import Turns

MANY, ONE = 1, 2


class Ticks:
    """Counts the turns of the event loop while it is run."""

    def __init__(self) -> None:
        self.now = 0
        self._loop = asyncio.get_running_loop()
        self._tick()

    def _tick(self) -> None:
        self.now += 1
        self._handle = self._loop.call_soon(self._tick)

    def stop(self) -> None:
        self._handle.cancel()


async def begun(turns: Turns, *numbers: int) -> list[tuple[int, int]]:
    """Which endpoint's posts began in which turn of the event loop, in order."""
    ticks, began = Ticks(), list[tuple[int, int]]()

    async def begin(number: int) -> None:
        await turns.mine(number)
        began.append((number, ticks.now))

    await asyncio.gather(*(begin(number) for number in numbers))
    ticks.stop()
    return began


async def test_no_turn_begins_more_than_it_may() -> None:
    began = await begun(Turns(4), *[MANY] * 50)
    assert max(Counter(tick for _, tick in began).values()) <= 4
    assert len({tick for _, tick in began}) >= 50 / 4


async def test_few_begin_at_once() -> None:
    assert len({tick for _, tick in await begun(Turns(4), MANY, ONE, ONE)}) == 1


async def test_who_has_one_is_not_held_up_by_who_has_many() -> None:
    began = await begun(Turns(4), *[MANY] * 50, ONE)
    assert [number for number, _ in began].index(ONE) <= 4 + 2


async def test_who_is_gone_takes_nobodys_turn() -> None:
    turns = Turns(1)
    waiting = [asyncio.ensure_future(turns.mine(MANY)) for _ in range(10)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    assert max(tick for _, tick in await begun(turns, ONE, ONE)) <= 3
