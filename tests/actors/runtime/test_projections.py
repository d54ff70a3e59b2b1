"""Views in memory: complete, fresh, and not to be confused by what gets lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from actors.runtime.client import connect_client
from tests.actors.runtime.conftest import Stages, texts
from tests.actors.runtime.sample.actors import BOARD, Board, NoteFeed
from tests.support import eventually


async def test_a_view_follows_what_happens(stages: Stages) -> None:
    await stages.run_notes()
    await stages.add("before")
    async with connect_client(stages.settings) as client:
        board = await client.keep(BOARD)
        assert list(board.texts.values()) == ["before"]

        await stages.add("after")
        await eventually(lambda: "after" in board.texts.values(), within_seconds=3)
        assert client.view(BOARD) is board


async def test_a_view_is_loaded_page_by_page(stages: Stages) -> None:
    await stages.run_notes()
    await stages.fetch("INSERT INTO notes.notes SELECT n, 'note ' || n, '' FROM generate_series(1, 2500) AS n")
    async with connect_client(stages.settings) as client:
        board = await client.keep(BOARD)

        assert len(board.texts) == 2500
        assert board.pages == 3


async def test_a_refresh_shows_what_was_written_before_it(stages: Stages) -> None:
    """No event is needed for that, and however many ask at once, nobody gets an answer from before their own write."""
    await stages.run_notes()
    async with connect_client(stages.settings) as client:
        board = await client.keep(BOARD)

        async def write_and_look(number: int) -> bool:
            await stages.add(f"note {number}")
            await client.refresh(BOARD)
            return f"note {number}" in board.texts.values()

        assert all(await asyncio.gather(*(write_and_look(number) for number in range(200))))


async def test_a_view_that_missed_events_catches_up_when_its_connection_is_back(stages: Stages) -> None:
    await stages.run_notes()
    async with connect_client(stages.settings) as client:
        board = await client.keep(BOARD)
        await client.link.nc._process_op_err(ConnectionError("the cable is pulled"))
        await asyncio.gather(*(stages.add(f"missed {number}") for number in range(20)))

        await eventually(lambda: len(board.texts) == 20, within_seconds=5)


async def test_a_view_without_any_event_is_fresh_within_its_bound(stages: Stages) -> None:
    await stages.run_notes()
    async with connect_client(stages.settings) as client:
        board = await client.keep(replace(BOARD, refresh_seconds=0.2, events=()))
        await stages.add("quiet")

        await eventually(lambda: "quiet" in board.texts.values(), within_seconds=3)
        assert client.staleness_seconds(BOARD) < 3


async def test_a_view_waits_for_its_owner_and_survives_its_absence(stages: Stages) -> None:
    await stages.run_readers()
    async with connect_client(stages.settings) as client:
        loading = asyncio.create_task(client.keep(BOARD))
        runtime, _ = await stages.run_notes()
        await stages.add("hello")
        board = await asyncio.wait_for(loading, 5)
        await client.refresh(BOARD)

        await stages.leave(runtime)
        await client.refresh(BOARD)
        assert list(board.texts.values()) == ["hello"]


async def test_an_owner_that_is_away_is_told_once_and_once_that_it_is_back(stages: Stages, caplog: pytest.LogCaptureFixture) -> None:
    """A view that is refreshed twice a second would fill the log."""

    def told() -> list[str]:
        return [record.msg["event"].partition(";")[0] for record in caplog.records if record.msg.get("view") == BOARD.name]

    await stages.run_readers()
    runtime, _ = await stages.run_notes()
    async with connect_client(stages.settings) as client:
        await client.keep(replace(BOARD, refresh_seconds=0.01))
        for times in (2, 1):
            await stages.leave(runtime)
            for _ in range(times):
                await client.refresh(BOARD)
            runtime, _ = await stages.run_notes()
            for _ in range(times):
                await client.refresh(BOARD)

    assert told() == ["view cannot be refreshed", "view is refreshed again"] * 2


async def test_a_page_that_cannot_be_applied_does_not_end_the_view(stages: Stages) -> None:
    failures = ["not today", "nor now"]

    def apply(board: Board, feed: NoteFeed) -> None:
        if feed.items and failures:
            raise ValueError(failures.pop())
        board.apply(feed)

    await stages.run_notes()
    async with connect_client(stages.settings) as client:
        board = await client.keep(replace(BOARD, apply=apply, refresh_seconds=0.2))
        await stages.add("one")
        await eventually(lambda: list(board.texts.values()) == ["one"], within_seconds=5)


async def test_a_client_survives_a_lost_connection(stages: Stages) -> None:
    """Requests under way are told so at once; those that come while it is away wait for it."""
    await stages.run_notes()
    async with connect_client(stages.settings) as client:
        await client.link.nc._process_op_err(ConnectionError("the cable is pulled"))
        stages_client, stages.runtimes[0].client = stages.runtimes[0].client, client
        try:
            assert texts(await asyncio.gather(*(stages.add(str(number)) for number in range(20)))) == [""] * 20
        finally:
            stages.runtimes[0].client = stages_client
