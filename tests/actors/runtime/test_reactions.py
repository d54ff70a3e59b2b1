"""Reactions: each event once, however often it comes, whichever member gets it, and whatever is wrong with its neighbours."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from msgspec import Raw
from nats.js.errors import NotFoundError

from actors.runtime import upkeep
from actors.runtime.envelopes import encode, encode_event
from actors.runtime.ids import new_id, now
from actors.runtime.packing import EventPart
from tests.actors.runtime.conftest import Stages, texts
from tests.actors.runtime.sample.actors import ADDED, Note, Stage, readers
from tests.support import eventually

LETTERS = upkeep.list_dead_letters("readers")
RESEND = upkeep.resend_dead_letter("readers")
TEXTS = "SELECT text FROM readers.seen ORDER BY number"


async def test_an_event_that_is_published_twice_by_hand_is_reacted_to_once(stages: Stages) -> None:
    """Also within one batch, and with the server's own search for duplicates out of the way."""
    await stages.run_notes()
    _, stage = await stages.run_readers()
    await stages.add("long")
    await stage.held.wait()
    await _publish_by_hand(stages, [("twin", id) for id in [str(new_id())] * 3] + [("single", str(new_id()))])
    await eventually(lambda: _pending(stages, 5))
    stage.gate.set()

    await eventually(lambda: _read(stages, "single"))
    await _publish_by_hand(stages, [("end", str(new_id()))])
    await eventually(lambda: _read(stages, "end"))
    assert sorted(await stages.column(TEXTS)) == ["end", "long", "single", "twin"]


async def test_events_that_come_soon_after_one_another_are_a_crowd(stages: Stages) -> None:
    await stages.run_notes()
    stage = Stage()
    await stages.run(readers(stage, gather_seconds=3.0))
    for text in ("first", "second"):
        await stages.add(text)
        await eventually(lambda text=text: _read(stages, text))
    await stages.add("third")
    await stages.add("fourth")
    await eventually(lambda: _read(stages, "fourth"))

    assert stage.batches == [1, 1, 2]


async def test_in_a_crowd_events_are_waited_for_and_one_that_comes_alone_is_not(stages: Stages) -> None:
    await stages.run_notes()
    stage = Stage()
    await stages.run(readers(stage, gather_seconds=3.0))
    await stages.add("long")
    await stage.held.wait()
    await asyncio.gather(*(stages.add(str(number)) for number in range(10)))
    await eventually(lambda: _published(stages, 11))
    stage.gate.set()
    await eventually(lambda: _read(stages, "9"))

    for text in ("one", "after", "another"):
        await stages.add(text)
    await eventually(lambda: _read(stages, "another"))
    await stages.add("alone")
    await eventually(lambda: _read(stages, "alone"))

    assert stage.batches == [1, 10, 3, 1]


async def test_one_bad_event_does_not_hold_up_its_batch(stages: Stages) -> None:
    await stages.run_notes()
    _, stage = await stages.run_readers()
    await stages.add("long")
    await stage.held.wait()
    await asyncio.gather(*(stages.add(text) for text in ("a", "poison", "b", "c")))
    await eventually(lambda: _published(stages, 5))
    stage.gate.set()

    await eventually(lambda: _read(stages, "a", "b", "c"))
    assert sorted(await stages.column(TEXTS)) == ["a", "b", "c", "long"]
    assert max(stage.batches) > 1


async def test_a_bundle_is_so_many_events_in_their_order(stages: Stages) -> None:
    await stages.run_notes()
    _, stage = await stages.run_readers()
    await _publish_bundle(stages, ["a", "b", "c"])
    await eventually(lambda: _read(stages, "a", "b", "c"))

    assert await stages.column(TEXTS) == ["a", "b", "c"]
    assert await stages.column("SELECT position FROM readers.seen ORDER BY number") == [1, 2, 3]
    assert stage.batches == [3]
    await eventually(lambda: _pending(stages, 0))


async def test_a_transaction_takes_whole_bundles_as_far_as_they_fit(stages: Stages) -> None:
    """One that does not fit by itself is taken all the same."""
    await stages.run_notes()
    _, stage = await stages.run_readers(reactions_batch=10)
    await stages.add("long")
    await stage.held.wait()
    for bundle in ("abcd", "efgh", "ijkl", "mnopqrstuvwx"):
        await _publish_bundle(stages, list(bundle))
    await eventually(lambda: _taken(stages, 5))
    stage.gate.set()

    await eventually(lambda: _read(stages, "x"))
    assert await stages.column(TEXTS) == ["long", *"abcdefghijklmnopqrstuvwx"]
    assert stage.batches == [1, 8, 4, 12]


async def test_a_bad_event_in_a_bundle_becomes_a_dead_letter_and_the_others_are_done_once(stages: Stages) -> None:
    await stages.run_notes()
    await stages.run_readers(reactions_tries=2)
    texts = ["a", "b", "poison", "c", "poison too", "d"]
    await _publish_bundle(stages, texts)
    await eventually(lambda: _letters(stages, 2))

    letters = await _letters(stages)
    assert sorted((letter.key, letter.position, letter.tries) for letter in letters) == [("poison", 3, 2), ("poison too", 5, 2)]
    assert await stages.column(TEXTS) == ["a", "b", "c", "d"]
    await eventually(lambda: _pending(stages, 0))


async def test_what_cannot_be_read_becomes_a_dead_letter_and_is_sent_again_once_it_is_cured(stages: Stages) -> None:
    await stages.run_notes()
    await stages.run_readers(reactions_tries=2)
    await asyncio.gather(*(stages.add(text) for text in ("a", "poison", "b")))
    letter = (await eventually(lambda: _letters(stages)))[0]

    assert (letter.event, letter.key, letter.tries, letter.actor) == ("note.added", "poison", 2, "readers")
    assert letter.error == "ValueError: cannot read 'poison'"
    assert (letter.body["type"], letter.body["data"]["text"]) == ("note.added", "poison")
    assert sorted(await stages.column(TEXTS)) == ["a", "b"]

    assert texts([await stages.client.ask(RESEND, upkeep.ResendDeadLetter(id=letter.id))]) == ["runtime.still_failing"]
    assert len(await _letters(stages)) == 1
    await stages.fetch("INSERT INTO readers.cures VALUES ('poison')")
    resent = await stages.client.call(RESEND, upkeep.ResendDeadLetter(id=letter.id))

    assert resent.event_id == letter.event_id
    assert sorted(await stages.column(TEXTS)) == ["a", "b", "poison"]
    assert await _letters(stages) == []
    assert texts([await stages.client.ask(RESEND, upkeep.ResendDeadLetter(id=letter.id))]) == ["runtime.letter_unknown"]
    await stages.client.call(upkeep.republish("notes"), upkeep.Republish(after=0))
    await stages.add("end")
    await eventually(lambda: _read(stages, "end"))
    assert sorted(await stages.column(TEXTS)) == ["a", "b", "end", "poison"]


async def test_a_dead_letter_may_hold_anything(stages: Stages) -> None:
    """A body that is neither JSON nor text, a reason that is no text: they are shown all the same."""
    await stages.run_notes()
    await stages.run_readers(reactions_tries=1)
    nc = stages.client.link.nc
    await nc.jetstream().publish(ADDED.name, b"\xff\x00 nonsense", headers={"Nats-Msg-Id": str(new_id())})
    await stages.add("venom")

    await eventually(lambda: _letters(stages, 2))
    letters = await stages.client.call(LETTERS, upkeep.ListDeadLetters())
    assert [letter.event for letter in letters.items] == ["note.added"] * 2
    assert any("nonsense" in str(letter.body) for letter in letters.items)


async def test_a_message_that_is_none_of_ours_stops_nobody(stages: Stages) -> None:
    """Without an id, or with one that is no UUID; a bundle without events, or with what are none."""
    await stages.run_notes()
    await stages.run_readers()
    jetstream = stages.client.link.nc.jetstream()
    await jetstream.publish(ADDED.name, b"{}")
    await jetstream.publish(ADDED.name, b"{}", headers={"Nats-Msg-Id": "hello"})
    await jetstream.publish(ADDED.name, b"{}", headers={"Nats-Msg-Id": str(new_id()), "Kasir-Position": "many"})
    for body, count in ((b"{}", "2"), (b"[]", "0"), (b"[[1,2,3]]", "many"), (b"", "9" * 5000), (b"[" * 5000, "3")):
        await jetstream.publish(ADDED.name, body, headers={"Kasir-Bundle": count})

    await stages.add("after all")
    await eventually(lambda: _read(stages, "after all"))
    await eventually(lambda: _pending(stages, 0))


async def test_a_collision_that_never_ends_becomes_a_dead_letter(stages: Stages) -> None:
    """A unique violation is usually another member who was quicker. When it is a mistake of ours, it must not go on for ever."""
    await stages.run_notes()
    await stages.run_readers(reactions_tries=2)
    await stages.fetch("CREATE UNIQUE INDEX ON readers.seen (text)")
    await stages.add("same")
    await stages.add("same")

    letter = (await eventually(lambda: _letters(stages)))[0]
    assert letter.error.startswith("UniqueViolationError")


async def test_with_the_database_away_events_wait_and_none_becomes_a_dead_letter(stages: Stages, tmp_path: Path) -> None:
    """The readers' way to the database is a link that can be cut; they are tried more often meanwhile than `reactions_tries`."""
    await stages.run_notes()
    url = urlsplit(stages.settings.database_url)
    way = tmp_path / "way"
    way.symlink_to(parse_qs(url.query)["host"][0])
    await stages.run_readers(database_url=urlunsplit(url._replace(query=urlencode({"host": str(way)}))), reactions_tries=2)
    await eventually(lambda: _pending(stages, 0))
    way.rename(tmp_path / "cut")
    await stages.fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")

    await asyncio.gather(*(_add_surely(stages, f"note {number}") for number in range(5)))
    await eventually(lambda: _delivered(stages, 3))
    assert await stages.column(TEXTS) == []
    (tmp_path / "cut").rename(way)

    await eventually(lambda: _read_count(stages, 5))
    assert len(await stages.column(TEXTS)) == 5
    assert await _letters(stages) == []


async def test_two_members_share_one_consumer_and_both_work(stages: Stages) -> None:
    await stages.run_notes()
    await stages.run_readers("one", reactions_batch=10)
    await stages.run_readers("two", reactions_batch=10)

    await _add_many(stages, 300)
    await eventually(lambda: _read_count(stages, 300))

    shares = {row["by_member"]: row["count"] for row in await stages.fetch("SELECT by_member, count(*) FROM readers.seen GROUP BY 1")}
    assert sum(shares.values()) == 300
    assert set(shares) == {"one", "two"}
    consumers = await stages.client.link.nc.jetstream().consumers_info("notes")
    assert [consumer.name for consumer in consumers] == ["readers"]


async def test_members_that_come_and_go_react_to_everything_once_and_without_waiting_for_timeouts(stages: Stages) -> None:
    """What a leaving member had not begun goes to another at once, not after `reactions_ack_wait_seconds`."""
    stages.settings = type(stages.settings)(
        **{key: getattr(stages.settings, key) for key in stages.settings.__struct_fields__ if key != "reactions_ack_wait_seconds"},
        reactions_ack_wait_seconds=600.0,
    )
    await stages.run_notes()
    await stages.run_readers("zero", reactions_batch=4)
    adding = asyncio.create_task(_add_many(stages, 400))
    for name in ("one", "two", "three"):
        await stages.run_readers(name, reactions_batch=4)
        await eventually(lambda name=name: _has_worked(stages, name))
        await stages.leave(stages.runtimes[1])
    await adding

    await eventually(lambda: _read_count(stages, 400), within_seconds=8)
    assert len(await stages.column(TEXTS)) == 400


async def test_a_consumer_that_is_deleted_is_made_again(stages: Stages) -> None:
    await stages.run_notes()
    await stages.run_readers()
    await stages.add("before")
    await eventually(lambda: _read(stages, "before"))

    await stages.client.link.nc.jetstream().delete_consumer("notes", "readers")
    await stages.add("after")
    await eventually(lambda: _read(stages, "after"))
    assert await stages.column(TEXTS) == ["before", "after"]


# --- helpers


async def _publish_by_hand(stages: Stages, events: list[tuple[str, str]]) -> None:
    """Two servers' worth of duplicates: the stream's own search is switched off by publishing past it."""
    jetstream = stages.client.link.nc.jetstream()
    info = await jetstream.stream_info("notes")
    info.config.duplicate_window = 0.1
    await jetstream.update_stream(info.config)
    for text, id in events:
        await jetstream.publish(ADDED.name, _body(text), headers={"Nats-Msg-Id": id, "Kasir-Position": "1"})
        await asyncio.sleep(0.15)


async def _publish_bundle(stages: Stages, texts: list[str]) -> None:
    """As the relay would, with positions from 1 on."""
    parts = [EventPart(new_id(), number, text, "", Raw(_body(text))) for number, text in enumerate(texts, start=1)]
    headers = {"Nats-Msg-Id": f"{parts[0].id}+{len(parts)}", "Kasir-Position": str(len(parts)), "Kasir-Bundle": str(len(parts))}
    await stages.client.link.nc.jetstream().publish(ADDED.name, encode(parts), headers=headers)


def _body(text: str) -> bytes:
    return encode_event(ADDED.name, now(), Note(text=text, position=1))


async def _pending(stages: Stages, count: int) -> bool:
    """So many were delivered or wait, and are not acknowledged."""
    try:
        info = await stages.client.link.nc.jetstream().consumer_info("notes", "readers")
    except NotFoundError:
        return False
    return bool(info.num_ack_pending + info.num_pending == count)


async def _taken(stages: Stages, count: int) -> bool:
    """So many messages are with a member."""
    return bool((await stages.client.link.nc.jetstream().consumer_info("notes", "readers")).num_ack_pending == count)


async def _published(stages: Stages, position: int) -> bool:
    """The log is in the stream up to there."""
    message = await stages.client.link.nc.jetstream().get_last_msg("notes", ADDED.name)
    return (message.headers or {})["Kasir-Position"] == str(position)


async def _delivered(stages: Stages, times: int) -> bool:
    """Each message of the stream, on average."""
    info = await stages.client.link.nc.jetstream().consumer_info("notes", "readers")
    return bool(info.delivered.consumer_seq >= times * info.delivered.stream_seq > 0)


async def _read(stages: Stages, *wanted: str) -> bool:
    return set(wanted) <= set(await stages.column(TEXTS))


async def _read_count(stages: Stages, count: int) -> bool:
    return (await stages.column("SELECT count(DISTINCT event_id) FROM readers.seen"))[0] >= count


async def _has_worked(stages: Stages, name: str) -> bool:
    return bool(await stages.column("SELECT 1 FROM readers.seen WHERE by_member = $1 LIMIT 1", name))


async def _letters(stages: Stages, count: int = 1) -> list[Any]:
    items: list[Any] = (await stages.client.call(LETTERS, upkeep.ListDeadLetters())).items
    return items if len(items) >= count else []


async def _add_surely(stages: Stages, text: str) -> None:
    await eventually(lambda: _added(stages, text))


async def _added(stages: Stages, text: str) -> bool:
    return texts([await stages.add(text, key=text)]) == [""]


async def _add_many(stages: Stages, count: int) -> None:
    for number in range(count):
        assert texts([await stages.add(f"note {number}")]) == [""]
