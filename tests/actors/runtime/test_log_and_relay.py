"""The log is complete and in order, and what it says reaches everybody, whatever happens to JetStream and to the relays."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from msgspec import json
from nats.js.errors import NotFoundError

from actors.runtime import packing, relay, streams, upkeep
from actors.runtime.actor import Happened
from actors.runtime.ids import new_id
from actors.runtime.runtime import Runtime
from tests.actors.runtime.conftest import Stages, texts
from tests.actors.runtime.sample.actors import ADD, ADDED, AddNote, Stage, notes
from tests.support import eventually

REPUBLISH = upkeep.republish("notes")
SEEN = "SELECT position FROM readers.seen ORDER BY number"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay looks after the stream more often than it needs to outside."""
    monkeypatch.setattr(relay, "UPKEEP_SECONDS", 0.3)


async def test_positions_have_no_gaps_and_are_in_the_order_of_the_commits(stages: Stages) -> None:
    """Two members write at once, some batches are rolled back; whoever reads by position at any moment skips nothing."""
    one, _ = await stages.run_notes("one", batch=4)
    two, _ = await stages.run_notes("two", batch=4)
    wanted = [("boom" if number % 13 == 0 else f"note {number}") for number in range(120)]
    writers = asyncio.gather(*(runtime.client.ask(ADD, AddNote(text=text), key=str(new_id())) for text in wanted for runtime in (one, two)))
    seen: list[int] = []
    while not writers.done():
        seen += await stages.column("SELECT position FROM notes.log WHERE position > $1 ORDER BY position", seen[-1] if seen else 0)
        await asyncio.sleep(0)
    seen += await stages.column("SELECT position FROM notes.log WHERE position > $1 ORDER BY position", seen[-1] if seen else 0)

    good = sum(not no for no in texts(await writers))
    assert good == 2 * sum(text != "boom" for text in wanted)
    assert seen == list(range(1, good + 1))


async def test_events_arrive_in_the_order_of_their_positions_as_they_were_logged(stages: Stages) -> None:
    await stages.run_notes("one", batch=8)
    await stages.run_notes("two", batch=8)
    arrived: list[Any] = []
    await stages.client.link.nc.subscribe(ADDED.name, cb=_append_to(arrived))

    await asyncio.gather(*(stages.add(f"note {number}") for number in range(300)))
    await eventually(lambda: len(_events(arrived)) >= 300)

    rows = await stages.fetch("SELECT position, id::text, key, body FROM notes.log ORDER BY position")
    assert [(event.position, event.id, event.key, event.body) for event in _events(arrived)] == [tuple(row) for row in rows]
    assert len(arrived) < 300
    envelope = json.decode(rows[0]["body"])
    assert (envelope["type"], envelope["data"]["position"]) == ("note.added", 1)


async def test_an_event_alone_is_a_plain_message(stages: Stages) -> None:
    """As anybody reads it who listens with NATS's own tools."""
    await stages.run_notes()
    arrived: list[Any] = []
    await stages.client.link.nc.subscribe(ADDED.name, cb=_append_to(arrived))
    await stages.add("alone")
    await eventually(lambda: arrived)

    row = (await stages.fetch("SELECT id, body FROM notes.log"))[0]
    assert arrived[0].headers == {"Nats-Msg-Id": str(row["id"]), "Kasir-Position": "1", "Kasir-Key": "alone"}
    assert arrived[0].data == row["body"]


async def test_neighbours_share_a_message_as_far_as_it_may_grow(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is too big by itself goes alone, between the others."""
    monkeypatch.setattr(relay, "BYTES_MAX", 10_000)
    arrived = await _published_at_once(stages, ["a", "b", "x" * 20_000, "c", "d"])

    assert [[event.key[:1] for event in _events([message])] for message in arrived] == [["a", "b"], ["x"], ["c", "d"]]
    assert [message.headers.get("Kasir-Bundle") for message in arrived] == ["2", None, "2"]
    assert [message.headers["Kasir-Position"] for message in arrived] == ["2", "3", "5"]


async def test_a_bundle_has_so_many_events_at_most(stages: Stages) -> None:
    arrived = await _published_at_once(stages, [str(number) for number in range(150)])

    assert [message.headers["Kasir-Bundle"] for message in arrived] == ["64", "64", "22"]
    assert [event.key for event in _events(arrived)] == [str(number) for number in range(150)]


async def test_events_of_another_name_come_in_between_as_they_were_logged(stages: Stages) -> None:
    arrived = await _published_at_once(stages, ["a", "b", "shred: one", "shred: two", "c", "shred: three", "d"])

    assert [(message.subject, [event.key for event in _events([message])]) for message in arrived] == [
        ("note.added", ["a", "b"]), ("note.shredded", ["shred: one", "shred: two"]), ("note.added", ["c"]),
        ("note.shredded", ["shred: three"]), ("note.added", ["d"]),
    ]


async def test_of_what_all_have_reacted_to_so_many_events_stay(stages: Stages) -> None:
    """Events are counted, not the messages that carry them."""
    await stages.run(notes(Stage("one")), stream_keep=100)
    await stages.run_readers()
    for round in range(5):
        await asyncio.gather(*(stages.add(f"note {round} {number}") for number in range(100)))
        await eventually(lambda round=round: _count_seen(stages, 100 * (round + 1)))

    # Up to a tenth more stays, and the rest of the bundle in which the oldest one is.
    oldest = await eventually(lambda: _oldest_after(stages, 500 - 110 - packing.EVENTS_MAX))
    assert oldest <= 500 - 100 + 1


async def test_an_event_arrives_without_waiting_for_the_next_look(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it was committed by another member than the one whose relay is active."""
    monkeypatch.setattr(relay, "POLL_SECONDS", 600.0)
    one, _ = await stages.run_notes("one")
    await eventually(lambda: _relay(one).active)
    await stages.run_readers()
    await stages.run_notes("two")

    for number in range(20):
        await stages.add(f"note {number}")
        await eventually(lambda number=number: _count_seen(stages, number + 1))

    assert {row["by_member"] for row in await stages.fetch("SELECT DISTINCT by_member FROM notes.notes")} == {"one", "two"}


async def test_one_relay_is_active_and_another_takes_over_when_its_connection_dies(stages: Stages) -> None:
    runtimes = [(await stages.run_notes(name))[0] for name in ("one", "two", "three")]
    await stages.run_readers()
    await eventually(lambda: _active(runtimes) == 1)

    for round in range(3):
        await stages.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND granted AND application_name = 'kasir relay' AND datname = current_database()"
        )
        started = time.perf_counter()
        await stages.add(f"note {round}")
        await eventually(lambda round=round: _count_seen(stages, round + 1), within_seconds=5)
        assert time.perf_counter() - started < 5
        # The one that was cut off cannot read the log any more; that it is not active, it learns from its next look.
        await eventually(lambda: _active(runtimes) == 1)


async def test_the_others_take_over_when_the_active_relays_member_leaves(stages: Stages) -> None:
    first, _ = await stages.run_notes("one")
    await eventually(lambda: _relay(first).active)
    await stages.run_notes("two")
    await stages.run_readers()
    await stages.leave(first)

    await stages.add("still here")
    await eventually(lambda: _count_seen(stages, 1), within_seconds=3)


async def test_a_stream_that_is_deleted_is_made_again_and_loses_nothing(stages: Stages) -> None:
    await stages.run_notes()
    await stages.run_readers()
    jetstream = stages.client.link.nc.jetstream()
    adding = asyncio.create_task(_add_many(stages, 100))
    for count in (10, 40, 70):
        await eventually(lambda count=count: _count_logged(stages, count))
        await jetstream.delete_stream("notes")
        await eventually(lambda: _stream_is_back(jetstream))
    await adding

    await eventually(lambda: _count_seen(stages, 100))
    assert sorted(await stages.column(SEEN)) == list(range(1, 101))


async def test_a_quiet_stream_that_is_deleted_gives_what_nobody_had_reacted_to(stages: Stages) -> None:
    """Nothing new is written afterwards: the relay must notice by itself."""
    await stages.run_notes()
    await stages.run_readers()
    await asyncio.gather(*(stages.add(f"note {number}") for number in range(10)))
    await eventually(lambda: _count_seen(stages, 10))
    await stages.leave(stages.runtimes[1])
    await asyncio.gather(*(stages.add(f"later {number}") for number in range(10)))
    await eventually(lambda: _is_published(stages, 20))

    await stages.client.link.nc.jetstream().delete_stream("notes")
    await stages.run_readers()

    await eventually(lambda: _count_seen(stages, 20))
    assert sorted(await stages.column(SEEN)) == list(range(1, 21))


async def test_an_emptied_stream_gives_what_nobody_had_reacted_to(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a power failure: the stream is the same one, its newest messages are not there."""
    monkeypatch.setattr(streams, "DUPLICATE_WINDOW_SECONDS", 0.1)
    await stages.run_notes()
    await asyncio.gather(*(stages.add(f"note {number}") for number in range(10)))
    await eventually(lambda: _is_published(stages, 10))
    await stages.leave(stages.runtimes[0])
    await stages.run_readers()
    await stages.client.link.nc.jetstream().purge_stream("notes")
    await stages.run_notes()

    await eventually(lambda: _count_seen(stages, 10))


async def test_messages_lost_by_a_server_that_came_back_are_published_again(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay lives on; NATS returns with an older state of the same stream."""
    monkeypatch.setattr(streams, "DUPLICATE_WINDOW_SECONDS", 0.1)
    runtime, _ = await stages.run_notes()
    jetstream = stages.client.link.nc.jetstream()
    await asyncio.gather(*(stages.add(f"note {number}") for number in range(5)))
    await eventually(lambda: _is_published(stages, 5))
    kept = (await jetstream.stream_info("notes")).state.last_seq
    await asyncio.gather(*(stages.add(f"later {number}") for number in range(5)))
    await eventually(lambda: _is_published(stages, 10))
    for sequence in range(kept + 1, (await jetstream.stream_info("notes")).state.last_seq + 1):
        await jetstream.delete_msg("notes", sequence)

    await runtime.client.link.nc._process_op_err(ConnectionError("the server restarts"))
    await stages.run_readers()
    await eventually(lambda: _count_seen(stages, 10))

    assert sorted(await stages.column(SEEN)) == list(range(1, 11))


async def test_published_again_from_the_start_everybody_skips_what_they_know(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "DUPLICATE_WINDOW_SECONDS", 0.1)
    await stages.run_notes()
    await stages.run_readers()
    await asyncio.gather(*(stages.add(f"note {number}") for number in range(50)))
    await eventually(lambda: _count_seen(stages, 50))
    arrived: list[Any] = []
    await stages.client.link.nc.subscribe(ADDED.name, cb=_append_to(arrived))
    await stages.client.link.nc.flush()

    told = await stages.client.call(REPUBLISH, upkeep.Republish(after=0))
    await eventually(lambda: len(_events(arrived)) >= 50)
    await stages.add("and then")
    await eventually(lambda: _count_seen(stages, 51))

    assert (told.after, told.until) == (0, 50)
    assert [event.position for event in _events(arrived)][:50] == list(range(1, 51))
    assert sorted(await stages.column(SEEN)) == list(range(1, 52))


async def test_published_again_after_a_month_everybody_still_skips_what_they_know(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "DUPLICATE_WINDOW_SECONDS", 0.1)
    await stages.run_notes()
    runtime, _ = await stages.run_readers()
    await asyncio.gather(*(stages.add(f"note {number}") for number in range(5)))
    await eventually(lambda: _count_seen(stages, 5))
    await stages.fetch("UPDATE readers.inbox SET at = at - interval '40 days'")
    await stages.leave(runtime)
    await stages.run_readers()

    arrived: list[Any] = []
    await stages.client.link.nc.subscribe(ADDED.name, cb=_append_to(arrived))
    await stages.client.call(REPUBLISH, upkeep.Republish(after=0))
    await eventually(lambda: len(_events(arrived)) >= 5)
    await stages.add("the last")
    await eventually(lambda: _last_seen(stages, "the last"))

    assert len(await stages.column(SEEN)) == 6


async def test_an_event_that_no_message_can_hold_is_refused_before_it_blocks_the_log(stages: Stages) -> None:
    await stages.run_notes()
    await stages.run_readers()
    text = "x" * (stages.client.message_max - 40)

    assert texts([await stages.add(text)]) == ["runtime.too_big"]
    await stages.add("small")
    await eventually(lambda: _count_seen(stages, 1))


async def test_a_relay_stops_although_its_database_is_gone(stages: Stages) -> None:
    runtime, _ = await stages.run_notes()
    await eventually(lambda: _relay(runtime).active)
    await stages.add("a")
    _relay(runtime)._saved = relay.Progress(-1, 0, "something to save")
    await stages.fetch("ALTER TABLE notes.relay RENAME TO gone")

    await asyncio.wait_for(_relay(runtime).stop(), 3)


async def test_a_relay_without_nats_lets_another_try(stages: Stages) -> None:
    """Its member still reaches the database, so nobody else would get the lock."""
    cut_off, _ = await stages.run_notes("cut off")
    await eventually(lambda: _relay(cut_off).active)
    await stages.run(notes(Stage("fine")))
    await stages.run_readers()
    stages.runtimes.reverse()
    server = cut_off.client.link.nc._server_pool[0]
    server.uri = server.uri._replace(netloc="nobody:x@127.0.0.1:1")
    await cut_off.client.link.nc._process_op_err(ConnectionError("the cable is pulled"))

    # The server may have given the first of these to the member whose cable was pulled: a client tries again with its key.
    await eventually(lambda: _is_added(stages, "hello"))
    await eventually(lambda: _count_seen(stages, 1), within_seconds=5)


# --- helpers


def _relay(runtime: Runtime) -> relay.Relay:
    found = runtime._members[0]._relay
    assert found is not None
    return found


def _active(runtimes: list[Runtime]) -> int:
    return sum(_relay(runtime).active for runtime in runtimes)


def _append_to(messages: list[Any]) -> Any:
    async def append(message: Any) -> None:
        messages.append(message)

    return append


def _events(messages: list[Any]) -> list[Happened[Any]]:
    return [event for message in messages for event in packing.unpack(message, ADDED)]


async def _published_at_once(stages: Stages, texts: list[str]) -> list[Any]:
    """The messages in which the relay sends the log when it has all of it at hand: as far as each text is in them once."""
    await stages.run_notes()
    for text in texts:
        await stages.add(text)
    await eventually(lambda: _is_published(stages, len(texts)))
    arrived: list[Any] = []
    await stages.client.link.nc.subscribe("note.*", cb=_append_to(arrived))
    await stages.client.call(REPUBLISH, upkeep.Republish(after=0))
    await eventually(lambda: len(_events(arrived)) >= len(texts))
    return [message for number, message in enumerate(arrived) if len(_events(arrived[:number])) < len(texts)]


async def _oldest_after(stages: Stages, position: int) -> int | None:
    """The oldest event in the stream, if it is newer than that."""
    jetstream = stages.client.link.nc.jetstream()
    try:
        message = await jetstream.get_msg("notes", (await jetstream.stream_info("notes")).state.first_seq)
    except NotFoundError:
        return None  # forgotten between the two questions
    oldest = packing.unpack(message, ADDED)[0].position
    return oldest if oldest > position else None


async def _add_many(stages: Stages, count: int) -> None:
    for number in range(count):
        assert texts([await stages.add(f"note {number}")]) == [""]


async def _is_added(stages: Stages, text: str) -> bool:
    return texts([await stages.add(text, key=text, timeout_seconds=0.5)]) == [""]


async def _count_seen(stages: Stages, count: int) -> bool:
    return len(await stages.column("SELECT DISTINCT position FROM readers.seen")) >= count


async def _count_logged(stages: Stages, count: int) -> bool:
    return (await stages.column("SELECT position FROM notes.log_head"))[0] >= count


async def _is_published(stages: Stages, count: int) -> bool:
    return (await stages.column("SELECT published FROM notes.relay"))[0] >= count


async def _last_seen(stages: Stages, text: str) -> bool:
    return text in await stages.column("SELECT text FROM readers.seen")


async def _stream_is_back(jetstream: Any) -> bool:
    try:
        await jetstream.stream_info("notes")
    except Exception:
        return False
    return True
