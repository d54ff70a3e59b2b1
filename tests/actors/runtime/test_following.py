"""Following a log: each event once, in order, by one member at a time, whatever happens to members, the database and JetStream."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from msgspec import Raw
from nats.js.api import ConsumerConfig

from actors.runtime import following_log, relay, upkeep
from actors.runtime.envelopes import encode_event
from actors.runtime.following_log import FollowedLog
from actors.runtime.hints import LogGrew, grown, log_grew
from actors.runtime.ids import new_id, now
from actors.runtime.log_fresh import FreshLog
from actors.runtime.log_pages import LogPages
from actors.runtime.member import Member
from actors.runtime.runtime import Runtime
from actors.runtime.streams import Stream
from actors.runtime.upkeep import LogItem, LogPage
from tests.actors.runtime.conftest import Stages, texts
from tests.actors.runtime.sample.actors import ADDED, Note, notes
from tests.support import eventually

WRITTEN = "SELECT position FROM scribes.written ORDER BY number"
TEXTS = "SELECT text FROM scribes.written ORDER BY number"
CURSOR = "SELECT position FROM scribes.followed WHERE log = 'notes'"


async def test_everything_is_handled_once_in_the_order_of_the_log(stages: Stages) -> None:
    """What was there before the follower, and what comes after; in pages."""
    await stages.run_notes("one", batch=8)
    await stages.run_notes("two", batch=8)
    await _add(stages, 150)
    _, stage = await stages.run_scribes(reactions_batch=40)
    await _add(stages, 150)

    await eventually(lambda: _written(stages, 300))
    assert await stages.column(WRITTEN) == list(range(1, 301))
    assert max(stage.batches) == 40
    assert await stages.column(CURSOR) == [300]


async def test_another_member_goes_on_when_one_leaves_and_when_one_hangs(stages: Stages) -> None:
    await stages.run_notes()
    one, _ = await stages.run_scribes("one")
    await stages.add("long, but not for all")
    await eventually(lambda: _written(stages, 1))
    two, second = await stages.run_scribes("two")
    leaving = asyncio.create_task(stages.leave(one))
    await _add(stages, 60)
    await leaving
    await eventually(lambda: _written(stages, 61))
    assert await stages.column("SELECT DISTINCT by_member FROM scribes.written WHERE position = 1") == ["one"]

    # Two has lost its lock without noticing, in the middle of a page: what it does then is undone.
    await stages.add("long")
    await second.held.wait()
    await stages.fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kasir follower'")
    _, third = await stages.run_scribes("three")
    third.gate.set()
    second.gate.set()
    await stages.add("end")
    await eventually(lambda: _written(stages, 63))
    assert await stages.column(WRITTEN) == list(range(1, 64))
    assert two in stages.runtimes


async def test_a_page_that_somebody_else_has_handled_is_left_alone(stages: Stages) -> None:
    """The cursor decides, not the lock: it is moved by hand here, while a member is in the middle of its page."""
    await stages.run_notes()
    await stages.run_scribes()
    await stages.add("one")
    await eventually(lambda: _written(stages, 1))
    async with stages.runtimes[0].database.transaction() as connection:
        await connection.execute("UPDATE scribes.followed SET position = 3")
        await _add(stages, 3)
        await eventually(lambda: _somebody_waits(connection))
    await stages.add("last")

    await eventually(lambda: _written(stages, 3))
    assert await stages.column(WRITTEN) == [1, 4, 5]
    assert await stages.column(CURSOR) == [5]


async def test_what_a_writer_that_died_told_nobody_of_is_found(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following_log, "LOOK_SECONDS", 600.0)
    await stages.run_notes()
    await stages.run_scribes()
    await stages.add("told")
    await eventually(lambda: _written(stages, 1))

    monkeypatch.setattr(Member, "tell_of_log", lambda *_: None)
    await stages.add("its writer died after the commit")
    await eventually(lambda: _written(stages, 2))


async def test_it_is_found_too_where_somebody_elses_word_had_the_relay_look_just_then(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following_log, "LOOK_SECONDS", 600.0)
    await stages.run_notes()
    await stages.run_scribes()
    await stages.add("told")
    await eventually(lambda: _written(stages, 1))

    monkeypatch.setattr(Member, "tell_of_log", _wake_the_relay)
    await stages.add("its writer died after the commit")
    await eventually(lambda: _written(stages, 2))


async def test_whoever_was_cut_off_from_hints_asks_as_soon_as_it_is_back(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following_log, "LOOK_SECONDS", 600.0)
    monkeypatch.setattr(FollowedLog, "grew", lambda *_: None)
    await stages.run_notes()
    await stages.add("before")
    runtime, _ = await stages.run_scribes()
    await eventually(lambda: _written(stages, 1))

    await stages.add("nobody hears the hint")
    await runtime.client.link.nc._process_op_err(ConnectionError("the cable is pulled"))
    await eventually(lambda: _written(stages, 2))


async def test_what_cannot_be_handled_becomes_a_dead_letter_and_the_log_goes_on(stages: Stages) -> None:
    await stages.run_notes()
    await _add(stages, 3)
    await stages.add("poison")
    await _add(stages, 3)
    await stages.run_scribes(reactions_tries=2)

    letter = (await eventually(lambda: _letters(stages)))[0]
    await eventually(lambda: _written(stages, 6))
    assert (letter.event, letter.key, letter.position, letter.tries, letter.actor) == ("note.added", "poison", 4, 2, "scribes")
    assert await stages.column(WRITTEN) == [1, 2, 3, 5, 6, 7]

    resend = upkeep.resend_dead_letter("scribes")
    assert texts([await stages.client.ask(resend, upkeep.ResendDeadLetter(id=letter.id))]) == ["runtime.still_failing"]
    assert len(await _letters(stages)) == 1
    await stages.fetch("INSERT INTO scribes.cures VALUES ('poison')")
    await stages.client.call(resend, upkeep.ResendDeadLetter(id=letter.id))
    assert await stages.column(WRITTEN) == [1, 2, 3, 5, 6, 7, 4]
    assert texts([await stages.client.ask(resend, upkeep.ResendDeadLetter(id=letter.id))]) == ["runtime.letter_unknown"]


async def test_jetstream_has_no_part_in_it(stages: Stages) -> None:
    """The stream is deleted again and again, and nobody reads it."""
    await stages.run_notes()
    await stages.run_scribes()
    jetstream = stages.client.link.nc.jetstream()
    for round_ in range(3):
        await eventually(lambda: _has_stream(jetstream))
        await jetstream.delete_stream("notes")
        await _add(stages, 20)
        await eventually(lambda count=20 * (round_ + 1): _written(stages, count))
    assert await stages.column(WRITTEN) == list(range(1, 61))


async def test_a_hint_tells_what_is_new_in_the_log_and_nonsense_is_ignored(stages: Stages) -> None:
    await stages.run_notes()
    heard: list[LogGrew] = []
    await stages.client.on_hint(log_grew("notes"), LogGrew, heard.append)
    await stages.client.link.nc.publish(log_grew("notes"), b"nonsense")
    await stages.add("one")
    await stages.add("two")

    await eventually(lambda: heard and heard[-1].position == 2)
    told = [(item.position, item.id, item.name, item.key, item.traceparent, bytes(item.body)) for hint in heard for item in hint.items]
    rows = await stages.fetch("SELECT position, id, name, key, traceparent, body FROM notes.log ORDER BY position")
    assert told == [tuple(row) for row in rows]


def test_of_many_events_or_large_ones_a_hint_tells_only_where_the_log_ends() -> None:
    small, large = (new_id(), "note.added", "k", "", b"{}"), (new_id(), "note.added", "k", "", b"x" * 40_000)
    few, many, big = grown(5, [small] * 3), grown(5, [small] * 9), grown(5, [large])
    assert (few.after, few.position, len(few.items)) == (4, 7, 3)
    assert (many.position, many.items, big.position, big.items) == (13, [], 5, [])


async def test_what_hints_tell_is_not_asked_for_and_waits_for_what_comes_before(stages: Stages) -> None:
    """The log is empty here: all that can be followed is what hints tell, the second before the first."""
    await stages.run_notes()
    await stages.run_scribes()
    await eventually(lambda: _follows(stages))
    note = Note(text="told")
    items = [upkeep.LogItem(nth, new_id(), ADDED.name, "told", "", Raw(encode_event(ADDED.name, now(), note))) for nth in (1, 2, 3)]
    for hint in (LogGrew(position=3, items=items[1:]), LogGrew(position=1, items=items[:1])):
        stages.client.hint(log_grew("notes"), hint)

    await eventually(lambda: _written(stages, 3))
    assert await stages.column(WRITTEN) == [1, 2, 3]
    assert await stages.column(CURSOR) == [3]


async def test_a_consumer_of_an_actor_that_reacts_no_longer_holds_back_nothing(stages: Stages) -> None:
    runtime, _ = await stages.run_notes()
    await stages.run_readers()
    await stages.add("one")
    await stages.leave(runtime)
    jetstream = stages.client.link.nc.jetstream()
    await jetstream.add_consumer("notes", ConsumerConfig(durable_name="former", filter_subjects=[ADDED.name]))
    await stages.run_notes()
    await stages.add("two")

    await eventually(lambda: _settled(stages, 2))
    assert {info.config.durable_name for info in await jetstream.consumers_info("notes")} == {"readers"}


async def test_where_nobody_reacts_what_is_published_is_settled(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing would ever be forgotten otherwise; and there may be nothing yet."""
    monkeypatch.setattr(relay, "UPKEEP_SECONDS", 0.1)
    alone = Runtime(stages.settings, [notes()])
    stages.runtimes.append(alone)
    await alone.start()
    await eventually(lambda: _has_stream(alone.client.link.nc.jetstream()))
    assert await Stream(alone.client, "notes", [ADDED.name], frozenset(), stages.settings).settled_position() == 0

    await stages.add("one")
    await stages.add("two")
    await eventually(lambda: _settled(stages, 2))


async def test_the_log_can_be_read_in_pages_that_fit_into_a_message(stages: Stages) -> None:
    await stages.run_notes()
    big = "x" * 400_000
    for number in range(5):
        await stages.add(f"{number}{big}")
    read, at = upkeep.read_log("notes"), upkeep.read_at("notes")

    first = await stages.client.call(read, upkeep.ReadLog())
    rest = await stages.client.call(read, upkeep.ReadLog(after=2, limit=1000))
    none = await stages.client.call(read, upkeep.ReadLog(after=5))
    behind = await stages.client.call(read, upkeep.ReadLog(after=2**53, limit=1))
    some = await stages.client.call(at, upkeep.ReadLogAt(positions=[5, 1, 3, 99]))

    assert [item.position for item in first.items] == [1, 2]
    assert (first.more, first.head) == (True, 5)
    assert [item.position for item in rest.items] == [3, 4]
    assert (none.items, none.more, none.head) == (behind.items, behind.more, behind.head) == ([], False, 5)
    assert [item.position for item in some.items] == [1, 3]
    row = (await stages.fetch("SELECT id, name, key, body FROM notes.log WHERE position = 1"))[0]
    assert (first.items[0].id, first.items[0].name, first.items[0].key, bytes(first.items[0].body)) == tuple(row)


async def _add(stages: Stages, count: int) -> None:
    await asyncio.gather(*(stages.add(f"note {number}") for number in range(count)))


async def _written(stages: Stages, count: int) -> bool:
    return len(await stages.column(WRITTEN)) >= count


async def _follows(stages: Stages) -> bool:
    return await stages.column(CURSOR) == [0]


async def _letters(stages: Stages) -> list[upkeep.DeadLetter]:
    return (await stages.client.call(upkeep.list_dead_letters("scribes"), upkeep.ListDeadLetters())).items


async def _somebody_waits(connection: Any) -> bool:
    return bool(await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"))


async def _has_stream(jetstream: Any) -> bool:
    return bool([info for info in await jetstream.streams_info() if info.config.name == "notes"])


async def _settled(stages: Stages, position: int) -> bool:
    return await stages.column("SELECT settled FROM notes.relay") == [position]


async def test_what_several_follow_is_read_once() -> None:
    pages, asked = LogPages(), []
    gate = asyncio.Event()

    async def read() -> LogPage:
        asked.append("notes")
        await gate.wait()
        return LogPage(items=[LogItem(1, UUID(int=1), "note.added", "k", "", Raw(b"{}"))], head=1, more=False)

    both = [asyncio.create_task(pages.get("notes", 0, 100, read)) for _ in range(2)]
    gate.set()
    one, other = await asyncio.gather(*both)

    assert one == other == await pages.get("notes", 0, 100, read)
    assert asked == ["notes"]


async def test_whoever_goes_at_another_pace_takes_what_others_have_read_from_where_it_is() -> None:
    pages = LogPages()
    await pages.get("notes", 0, 100, _page(1, 2, 3))
    await pages.get("notes", 3, 100, _page(4, 5, head=9))

    async def told(after: int, limit: int = 100) -> tuple[list[int], int, bool]:
        page = await pages.get("notes", after, limit, _page())
        assert page is not None
        return [item.position for item in page.items], page.head, page.more

    assert await told(1) == ([2, 3, 4, 5], 9, True)
    assert await told(0, limit=4) == ([1, 2, 3, 4], 9, True)
    assert await told(2, limit=1) == ([3], 3, False)
    assert await told(5) == ([], 0, False)
    pages.hear("notes", 5, (await _page(6, 7)()).items)
    pages.hear("notes", 5, (await _page(6)()).items)
    pages.hear("notes", 7, (await _page(66)()).items)
    assert await told(4) == ([5, 6, 7], 9, True)


async def test_what_the_owner_in_this_process_remembers_is_not_asked_for() -> None:
    pages, fresh = LogPages(), FreshLog()
    pages.own("notes", fresh)
    page = await _page(3, 4, 5)()
    fresh.join(page.items)
    assert await pages.get("notes", 2, 2, _page()) == LogPage(items=page.items[:2], head=5, more=True)
    assert await pages.get("notes", 3, 100, _page()) == LogPage(items=page.items[1:], head=5, more=False)
    assert await pages.get("notes", 0, 100, _page(1, 2)) == await _page(1, 2)()


def _page(*positions: int, head: int | None = None) -> Callable[[], Awaitable[LogPage]]:
    async def read() -> LogPage:
        items = [LogItem(position, UUID(int=position), "note.added", "k", "", Raw(b"{}")) for position in positions]
        return LogPage(items=items, head=head or max(positions, default=0), more=False)

    return read


async def test_the_end_of_a_log_is_asked_for_each_time() -> None:
    pages, asked = LogPages(), []

    async def read() -> LogPage:
        asked.append("notes")
        return LogPage(items=[], head=7, more=False)

    assert [await pages.get("notes", 7, 100, read) for _ in range(2)] == [LogPage(items=[], head=7, more=False)] * 2
    assert len(asked) == 2


def _wake_the_relay(member: Member, *_: object) -> None:
    assert member._relay is not None
    member._relay.wake()
