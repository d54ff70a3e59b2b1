"""Whatever breaks while shops sell: every sale is made once, numbered without gaps, and heard of outside."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
import pytest_asyncio

from tests.faults.audit import audit
from tests.faults.clerks import Books, selling
from tests.faults.harm import FAULTS, Fault
from tests.faults.stage import Stage, open_stage
from tests.support import eventually

COLUMNS = ("fault", "orders", "retries", "doubles heard", "no sale for", "no webhook for", "slowest sale")
AGAIN_SECONDS = 20.0


@dataclass
class Play:
    """A stage, the clerks' books from the first sale on, and what was proven."""

    stage: Stage
    books: Books = field(default_factory=Books)
    rows: list[tuple[str, ...]] = field(default_factory=list)

    async def round(self, fault: Fault, *, clerks: int, seconds: float) -> None:
        """Sells for `seconds` before and after the fault, and all the while."""
        books, listener = self.books, self.stage.listener
        orders, retries, doubles, books.slowest_seconds = len(books.orders), books.retries, listener.doubles, 0.0
        async with selling(self.stage, books, clerks=clerks):
            await asyncio.sleep(seconds)
            began = time.monotonic()
            await fault(self.stage)
            await self._sold_again()
            await asyncio.sleep(seconds)
        ended = time.monotonic()
        await audit(self.stage, books)
        self.rows.append((
            fault.__name__.replace("_", " "), str(len(books.orders) - orders), str(books.retries - retries), str(listener.doubles - doubles),
            f"{gap(books.told_at, began, ended):.1f} s", f"{gap(listener.arrived_at, began, ended):.1f} s", f"{books.slowest_seconds:.1f} s",
        ))

    async def _sold_again(self) -> None:
        """Sales go on, and so do their webhooks."""
        sold, heard = len(self.books.told_at), len(self.stage.listener.arrived_at)
        await eventually(lambda: len(self.books.told_at) > sold, within_seconds=AGAIN_SECONDS)
        await eventually(lambda: len(self.stage.listener.arrived_at) > heard, within_seconds=AGAIN_SECONDS)

    def table(self) -> str:
        widths = [max(len(row[column]) for row in [COLUMNS, *self.rows]) for column in range(len(COLUMNS))]
        return "\n".join("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in [COLUMNS, *self.rows])


def gap(moments: list[float], began: float, ended: float) -> float:
    """The longest time in which nothing happened, in seconds."""
    inside = [began, *(moment for moment in moments if began < moment < ended), ended]
    return max(later - earlier for earlier, later in pairwise(inside))


@pytest_asyncio.fixture(scope="module")
async def play(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[Play]:
    async with open_stage(tmp_path_factory.mktemp("faults"), orders=2, webhooks=2) as stage:
        play = Play(stage)
        yield play
    terminal = request.config.pluginmanager.getplugin("terminalreporter")
    if terminal is not None:
        terminal.write_line(f"\n{play.table()}")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_nothing_is_lost_and_nothing_doubled_when(fault: Fault, play: Play) -> None:
    await play.round(fault, clerks=12, seconds=1.0)


async def test_at_length(play: Play, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> None:
    if not request.config.getoption("--long"):
        pytest.skip("only with --long")
    seed = request.config.getoption("--seed") or random.randrange(1_000_000)
    with capsys.disabled():
        print(f"\nfaults in the order of --seed {seed}")
    rounds = list(FAULTS) * 4
    random.Random(seed).shuffle(rounds)
    for fault in rounds:
        await play.round(fault, clerks=24, seconds=4.0)
