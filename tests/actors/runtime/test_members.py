"""Members of one queue group: they share the work, and come and go under load without one failed request."""

from __future__ import annotations

import asyncio
from collections import Counter

from msgspec import json

from tests.actors.runtime.conftest import Stages, texts
from tests.actors.runtime.sample.actors import ADD, SAY, AddNote, Note, Stage, notes
from tests.support import eventually


async def test_two_members_share_the_work(stages: Stages) -> None:
    await stages.run_notes("one")
    await stages.run_notes("two")

    shares: Counter[str] = Counter()
    # What is asked at one moment may travel together, so it is rounds that are spread.
    for _ in range(80):
        replies = await asyncio.gather(*(stages.client.ask(SAY, AddNote(text=str(number))) for number in range(16)))
        shares.update(json.decode(reply.body, type=Note).by_member for reply in replies)

    assert sum(shares.values()) == 1280
    assert min(shares["one"], shares["two"]) > 320


async def test_members_join_and_leave_under_load_and_nobody_notices(stages: Stages) -> None:
    await stages.run_readers()
    await stages.run_notes("first")
    load = Load(stages)
    load.begin(clients=16)

    for name in ("second", "third", "fourth"):
        _, stage = await stages.run_notes(name)
        await eventually(lambda stage=stage: len(stage.batches) > 3)
        await stages.leave(stages.runtimes[1])
    await load.end()

    assert load.refused == []
    assert sorted(await stages.column("SELECT text FROM notes.notes")) == sorted(load.done)


async def test_stop_answers_everything_that_was_accepted(stages: Stages) -> None:
    """The last member stops: what it had taken is done and answered, what it had not is surely not done."""
    await stages.run_readers()
    runtime, stage = await stages.run_notes("last", batch=4)
    hold = asyncio.create_task(stages.add("hold"))
    await stage.held.wait()
    accepted = [asyncio.create_task(stages.add(f"accepted {number}")) for number in range(50)]
    lane = next(lane for lane in runtime._members[0].lanes if lane.command is ADD)
    await eventually(lambda: len(lane._waiting) == 50)

    stopping = asyncio.create_task(stages.leave(runtime))
    await eventually(lambda: all(subscription._closed for subscription in runtime._members[0]._subscriptions))
    late = asyncio.create_task(stages.add("late"))
    stage.gate.set()
    await stopping

    assert texts(await asyncio.gather(hold, *accepted)) == [""] * 51
    assert texts([await late]) == ["runtime.unavailable"]
    assert len(await stages.column("SELECT text FROM notes.notes WHERE text LIKE 'accepted%'")) == 50
    assert await stages.column("SELECT text FROM notes.notes WHERE text = 'late'") == []


async def test_a_member_that_cannot_finish_in_time_gives_up_and_leaves_nothing_half_done(stages: Stages) -> None:
    await stages.run_readers()
    stage = Stage("stuck")
    runtime = await stages.run(notes(stage), drain_seconds=0.3)
    stuck = asyncio.create_task(stages.add("hold", timeout_seconds=1.5))
    await stage.held.wait()

    await stages.leave(runtime)

    assert all(worker.done() for lane in runtime._members[0].lanes for worker in lane._workers)
    assert texts([await stuck]) == ["runtime.timeout"]
    assert await stages.column("SELECT text FROM notes.notes") == []


class Load:
    """Clients that ask without a pause, each key once."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._clients: list[asyncio.Task[None]] = []
        self._going = True
        self.done: list[str] = []
        self.refused: list[str] = []

    def begin(self, clients: int) -> None:
        self._clients = [asyncio.create_task(self._ask(str(number))) for number in range(clients)]

    async def end(self) -> None:
        self._going = False
        await asyncio.gather(*self._clients)

    async def _ask(self, name: str) -> None:
        number = 0
        while self._going:
            number += 1
            text = f"{name}/{number}"
            reply = await self._stages.add(text)
            if reply.refusal:
                self.refused.append(f"{text}: {reply.refusal.code}: {reply.refusal.detail}")
            else:
                self.done.append(text)
