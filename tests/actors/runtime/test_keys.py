"""Idempotency keys: once, whoever asks how often, of whichever member."""

from __future__ import annotations

import asyncio

from actors.runtime import upkeep
from actors.runtime.client import Reply
from tests.actors.runtime.conftest import Stages, texts
from tests.actors.runtime.sample.actors import ADD, CONFIDE, AddNote
from tests.support import eventually, unique

RECALL = upkeep.recall_key("notes")


async def test_the_same_key_at_two_members_at_once_is_done_once(stages: Stages) -> None:
    one, stage_one = await stages.run_notes("one")
    two, stage_two = await stages.run_notes("two")

    for round in range(20):
        key = f"key-{round}"
        replies = await asyncio.gather(
            *(runtime.client.ask(ADD, AddNote(text=f"note {round}"), key=key) for runtime in (one, two) for _ in range(10))
        )
        assert texts(replies) == [""] * 20
        assert len({reply.body for reply in replies}) == 1
        assert sum(not reply.replayed for reply in replies) == 1

    assert stage_one.batches
    assert stage_two.batches
    assert await stages.column("SELECT count(*) FROM notes.notes") == [20]
    assert await stages.column("SELECT position FROM notes.log ORDER BY position") == list(range(1, 21))


async def test_who_loses_a_race_gets_the_winners_answer_and_not_a_refusal(stages: Stages) -> None:
    """The loser sees what the winner has just made, and would refuse to make it again: but it is its own."""
    await stages.run_notes("one")
    await stages.run_notes("two")

    for round in range(60):
        replies = await asyncio.gather(*(stages.add(f"only {round}", key=f"key-{round}") for _ in range(6)))
        assert texts(replies) == [""] * 6
        assert len({reply.body for reply in replies}) == 1


async def test_a_key_is_for_one_request(notes_alone: Stages) -> None:
    key = unique()
    first = await notes_alone.add("a", key=key)

    assert texts([await notes_alone.add("b", key=key)]) == ["runtime.key_reused"]
    assert texts([await notes_alone.client.ask(CONFIDE, AddNote(text="a"), key=key)]) == ["runtime.key_reused"]
    again = await notes_alone.add("a", key=key)
    assert (again.body, again.replayed) == (first.body, True)


async def test_twins_in_one_batch_get_one_answer(stages: Stages) -> None:
    runtime, stage = await stages.run_notes()
    hold = asyncio.create_task(stages.add("hold"))
    await stage.held.wait()
    asked = [asyncio.create_task(stages.add(text, key=key)) for text, key in [("a", "k"), ("a", "k"), ("b", "k"), ("no", "n"), ("no", "n")]]
    lane = next(lane for lane in runtime._members[0].lanes if lane.command is ADD)
    await eventually(lambda: len(lane._waiting) == len(asked))
    stage.gate.set()

    replies: list[Reply] = await asyncio.gather(*asked)

    assert texts([await hold, *replies]) == ["", "", "", "runtime.key_reused", "notes.no", "notes.no"]
    assert [reply.replayed for reply in replies] == [False, True, False, False, False]
    assert stage.batches == [1, 2]


async def test_refusals_and_failures_are_not_remembered(stages: Stages) -> None:
    await stages.run_notes()

    assert texts([await stages.add("no", key="k"), await stages.add("boom", key="k")]) == ["notes.no", "runtime.failed"]
    assert texts([await stages.add("yes", key="k")]) == [""]
    assert await stages.column("SELECT key FROM notes.idempotency_keys") == ["k"]


async def test_what_is_secret_is_encrypted_where_it_is_remembered(stages: Stages) -> None:
    await stages.run_notes()
    first = await stages.client.ask(CONFIDE, AddNote(text="sesame"), key="k")

    again = await stages.client.ask(CONFIDE, AddNote(text="sesame"), key="k")
    raw = await stages.column("SELECT encode(k::text::bytea, 'escape') || encode(outcome, 'escape') FROM notes.idempotency_keys k")
    told = await stages.client.call(RECALL, upkeep.RecallKey(key="k"))

    assert (b"sesame" in first.body, again.body, again.replayed) == (True, first.body, True)
    assert "sesame" not in raw[0]
    assert (told.command, told.outcome) == ("notes.confide", None)


async def test_a_key_tells_what_it_did(notes_alone: Stages) -> None:
    key = unique()
    reply = await notes_alone.add("a", key=key)

    told = await notes_alone.client.call(RECALL, upkeep.RecallKey(key=key))

    assert (told.key, told.command, told.outcome["text"]) == (key, "notes.add", "a")
    assert (await notes_alone.client.ask(RECALL, upkeep.RecallKey(key=key))).body.find(reply.body) > 0
    assert texts([await notes_alone.client.ask(RECALL, upkeep.RecallKey(key=unique()))]) == ["runtime.key_unknown"]


async def test_what_somebody_else_asked_is_told_only_to_who_may_know_it_of_all(notes_alone: Stages) -> None:
    key = unique()
    await notes_alone.client.ask(ADD, AddNote(text="a"), key=key, by="siti")

    async def told(of: str | None) -> str:
        return texts([await notes_alone.client.ask(RECALL, upkeep.RecallKey(key=key, of=of))])[0]

    assert [await told("siti"), await told("budi"), await told(None)] == ["", "runtime.key_unknown", ""]


async def test_without_a_key_everything_is_done_as_often_as_it_is_asked(notes_alone: Stages) -> None:
    replies = await asyncio.gather(*(notes_alone.add("again", key=None) for _ in range(3)))

    assert len({reply.body for reply in replies}) == 3


async def test_a_secret_is_told_again_only_to_whom_it_was_told_first(stages: Stages) -> None:
    await stages.run_notes()
    ask = stages.client.ask
    first = await ask(CONFIDE, AddNote(text="sesame"), key="mine", by="me")

    assert (await ask(CONFIDE, AddNote(text="sesame"), key="mine", by="me")).body == first.body
    assert texts([await ask(CONFIDE, AddNote(text="sesame"), key="mine", by="somebody else")]) == ["runtime.key_reused"]
    together = await asyncio.gather(*(ask(CONFIDE, AddNote(text="sesame"), key="ours", by=who) for who in ("me", "me", "you")))
    assert texts(together)[2] == "runtime.key_reused"
