"""Who must not miss anything waits until its own follower has been where the log ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from actors.runtime.actor import Actor, Follow
from actors.runtime.runtime import Runtime
from actors.runtime.tasks import end
from actors.runtime.words import Refusal
from tests.actors.runtime.conftest import Stages
from tests.actors.runtime.sample.actors import ADDED, Stage, scribes, write_down
from tests.support import eventually

WRITTEN = "SELECT text FROM scribes.written ORDER BY position"


async def caught_up(runtime: Runtime, patience_seconds: float = 20.0) -> int | Refusal:
    [member] = runtime._members
    async with member.transaction() as work:
        return await work.catch_up("notes", patience_seconds)


def hourly() -> Actor:
    """A follower that takes what comes at most once an hour, while more comes."""
    return replace(scribes(Stage()), follows=(Follow("notes", (ADDED,), write_down, every_seconds=3600.0),))


async def test_who_waits_is_not_kept_waiting_by_pauses(stages: Stages) -> None:
    await stages.run_notes()
    runtime = await stages.run(hourly())
    crowd = asyncio.create_task(_add_without_end(stages))
    for text in ("one", "two", "three"):
        await stages.add(text)
        assert await caught_up(runtime) == 0
        assert text in await stages.column(WRITTEN)
    await end(crowd)


async def test_the_end_of_a_crowd_does_not_wait(stages: Stages) -> None:
    await stages.run_notes()
    await stages.run(hourly())
    for text in ("one", "two", "three"):
        await stages.add(text)

    async def all_of_it() -> bool:
        return len(await stages.column(WRITTEN)) == 3

    await eventually(all_of_it)


async def _add_without_end(stages: Stages) -> None:
    while True:
        await stages.add("crowd")


async def test_where_another_member_follows_its_cursor_is_looked_at(stages: Stages) -> None:
    await stages.run_notes()
    await stages.run_scribes("one")
    await stages.add("first")
    await eventually(lambda: stages.column(WRITTEN))
    other, _ = await stages.run_scribes("two")
    for _ in range(20):
        await stages.add("next")
    assert await caught_up(other) == 0
    assert len(await stages.column(WRITTEN)) == 21


async def test_it_is_told_what_is_still_to_come_when_the_time_is_over(stages: Stages) -> None:
    await stages.run_notes()
    follows, stage = await stages.run_scribes("one")
    other, _ = await stages.run_scribes("two")
    await stages.add("long")
    await stage.held.wait()
    await stages.add("next")
    assert [await caught_up(runtime, 0.05) for runtime in (follows, other)] == [2, 2]
    stage.gate.set()
    assert [await caught_up(runtime) for runtime in (follows, other)] == [0, 0]


async def test_where_nobody_tells_where_the_log_ends_that_is_the_answer(stages: Stages) -> None:
    notes, _ = await stages.run_notes()
    runtime, _ = await stages.run_scribes()
    await stages.leave(notes)
    refused = await caught_up(runtime)
    assert isinstance(refused, Refusal)
    assert refused.code == "runtime.unavailable"
