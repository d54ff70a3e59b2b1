"""One stage for all short rounds, one for the long ones, and the table of what was proven."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.faults.play import Play, Row, table
from tests.faults.stage import open_stage

PROVEN = pytest.StashKey[list[Row]]()


@pytest_asyncio.fixture(scope="module")
async def play(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[Play]:
    async with open_stage(tmp_path_factory.mktemp("faults"), orders=2, webhooks=2) as stage:
        play = Play(stage)
        request.config.stash[PROVEN] = play.rows
        yield play


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if rows := config.stash.get(PROVEN, []):
        terminalreporter.section("faults: sums of the counts, the worst of the times")
        terminalreporter.write_line(table(rows))
