"""Commands: every message gets its answer, whatever its neighbours do."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import pytest

from actors.runtime.answering import PATIENCE_SECONDS_MIN
from actors.runtime.client import Refused
from actors.runtime.words import Command, Rights
from tests.actors.runtime.conftest import Stages, texts
from tests.actors.runtime.sample.actors import INTERNALS, NO, PASS_ON, SAY, SING, AddNote, Note, Stage, notes
from tests.support import eventually


async def test_a_poisonous_message_harms_no_other(stages: Stages) -> None:
    _, stage = await stages.run_notes()
    hold = asyncio.create_task(stages.client.ask(SAY, AddNote(text="hold")))
    await stage.held.wait()
    wanted = ["a", "boom", "b", "no", "c"]
    waiting = [asyncio.create_task(stages.client.ask(SAY, AddNote(text=text))) for text in wanted]
    await _queued(stages, SAY, len(wanted))
    stage.gate.set()

    assert texts(await asyncio.gather(*waiting)) == ["", "runtime.failed", "", "notes.no", ""]
    assert texts([await hold]) == [""]
    assert stage.batches == [1, 5, 1, 1, 1, 1, 1]


async def test_a_failure_tells_an_opaque_id_and_no_internals(stages: Stages) -> None:
    await stages.run_notes()

    refusal = (await stages.add("boom")).refusal

    assert refusal is not None
    assert (refusal.code, refusal.kind) == ("runtime.failed", "failed")
    assert len(refusal.detail.rstrip(".").split()[-1]) == 36
    told = f"{refusal.title} {refusal.detail}"
    assert not any(word in told for word in (INTERNALS, "RuntimeError", "Traceback", "swordfish"))
    assert await stages.column("SELECT position FROM notes.log") == []


async def test_who_was_quicker_while_the_database_was_away_is_no_failure(stages: Stages) -> None:
    """The patience is used up by then, and yet it is the first time that anybody else was seen."""
    stage = Stage()
    await stages.run(notes(stage), request_timeout_seconds=0.1)
    stage.troubles += [ConnectionResetError("away"), asyncpg.UniqueViolationError("somebody was quicker")]
    loop = asyncio.get_running_loop()
    asking = asyncio.create_task(stages.client.ask(SAY, AddNote(text="away"), timeout_seconds=10))
    await stage.held.wait()
    patience_ends = loop.time() + PATIENCE_SECONDS_MIN
    await eventually(lambda: loop.time() > patience_ends)
    stage.gate.set()

    assert texts([await asking]) == [""]


async def test_a_refusal_comes_through_as_it_was_said(stages: Stages) -> None:
    await stages.run_notes()

    assert (await stages.add("no")).refusal == NO.refuse("Say something else.")
    with pytest.raises(Refused, match=r"notes\.no: Say something else"):
        await stages.client.call(SAY, AddNote(text="no"))


async def test_who_asks_how_far_they_may_go_and_who_approved_it_comes_along_alone_and_in_a_bundle(stages: Stages) -> None:
    _, stage = await stages.run_notes()
    rights = Rights(discount_max="10", refund_max=None, void=True)
    named = {"by": "ani", "approved_by": "sari", "rights": rights}

    await stages.client.call(SAY, AddNote(text="alone"), **named)
    await asyncio.gather(
        stages.client.call(SAY, AddNote(text="together"), **named), stages.client.call(SAY, AddNote(text="a machine"), by="key")
    )

    heard = {one.body.text: (one.by, one.approved_by, one.rights) for one in stage.asked}
    assert heard == {"alone": ("ani", "sari", rights), "together": ("ani", "sari", rights), "a machine": ("key", "", None)}


@pytest.mark.parametrize("headers", [{"Kasir-Rights": "all of them"}, {"Kasir-Rights": '{"refund_max": "much"}'}])
async def test_rights_that_cannot_be_read_are_not_none(stages: Stages, headers: dict[str, str]) -> None:
    _, stage = await stages.run_notes()

    answer = await stages.client.link.nc.request(SAY.subject, b'{"text": "hello"}', headers=headers)

    assert b"runtime.unreadable" in answer.data
    assert not stage.asked


def test_a_right_that_is_not_named_is_not_given() -> None:
    assert Rights() == Rights(discount_max="0", refund_max=0, void=False, override=False, no_sale=False, paid_out_max=0)


async def test_a_full_member_says_busy_at_once_and_answers_those_that_wait(stages: Stages) -> None:
    _, stage = await stages.run_notes(waiting=3, batch=1)
    hold = asyncio.create_task(stages.client.ask(SAY, AddNote(text="hold")))
    await stage.held.wait()
    waiting = [asyncio.create_task(stages.client.ask(SAY, AddNote(text=str(number)))) for number in range(3)]
    await _queued(stages, SAY, 3)

    refused = await asyncio.gather(*(stages.client.ask(SAY, AddNote(text="one too many")) for _ in range(5)))
    stage.gate.set()

    assert texts(refused) == ["runtime.busy"] * 5
    assert [(no.refusal.kind, no.refusal.retry_after_seconds) for no in refused if no.refusal] == [("busy", 1)] * 5
    assert texts(await asyncio.gather(hold, *waiting)) == [""] * 4


async def test_nobody_there_is_known_within_two_seconds(stages: Stages) -> None:
    await stages.run_notes()
    started = time.perf_counter()

    refused = await asyncio.gather(stages.client.ask(SING, AddNote(text="la")), stages.client.ask(SING, AddNote(text="la"), timeout_seconds=0.5))

    assert texts(refused) == ["runtime.unavailable"] * 2
    assert 1.5 < time.perf_counter() - started < 3


async def test_whoever_comes_back_within_two_seconds_is_waited_for(stages: Stages) -> None:
    await stages.run_readers()
    asked = asyncio.create_task(stages.add("patience"))
    await asyncio.sleep(0)
    await stages.run_notes()

    assert texts([await asked]) == [""]


async def test_no_answer_in_time_is_a_timeout_that_tells_what_to_do(stages: Stages) -> None:
    _, stage = await stages.run_notes()

    plain = await stages.client.ask(SAY, AddNote(text="hold"), timeout_seconds=0.2)
    keyed = await stages.add("hold", key="k-1", timeout_seconds=0.2)
    stage.gate.set()

    assert texts([plain, keyed]) == ["runtime.timeout"] * 2
    assert plain.refusal is not None
    assert "Look whether it was done" in plain.refusal.detail
    assert keyed.refusal is not None
    assert "same Idempotency-Key (k-1)" in keyed.refusal.detail


async def test_what_is_too_big_for_nats_is_refused_before_it_is_sent(stages: Stages) -> None:
    runtime, _ = await stages.run_notes()

    refused = await stages.client.ask(SAY, AddNote(text="x" * stages.client.max_payload))

    assert texts([refused]) == ["runtime.too_big"]
    assert _lane(runtime, SAY).requests == 0


async def test_an_answer_too_big_for_nats_stops_nobody(stages: Stages) -> None:
    """The answer holds more than the question: here, its member's name."""
    _, stage = await stages.run_notes()
    stage.name = "x" * stages.client.max_payload

    refused = await stages.client.ask(SAY, AddNote(text="a"))
    stage.name = ""

    assert texts([refused]) == ["runtime.too_big"]
    assert texts([await stages.client.ask(SAY, AddNote(text="b"))]) == [""]


@pytest.mark.parametrize(
    "payload",
    [b"", b"nonsense", b"[]", b'{"text": 1}', b'{"text": "a", "colour": "red"}', b'{"text": "\xff"}', b'{"text": "\\ud800"}', b"[" * 100_000,
     b'{"x":' * 100_000],
    ids=["empty", "no json", "a list", "a wrong type", "an unknown field", "no utf-8", "half a character", "deep lists", "deep objects"],
)
async def test_what_cannot_be_read_is_refused_with_the_reason(notes_alone: Stages, payload: bytes) -> None:
    message = await notes_alone.client.link.request("notes.say", payload, None, 2.0)

    assert message.headers is not None
    assert message.headers["Kasir-Refused"] == "runtime.unreadable"


async def test_a_handler_that_forgets_an_answer_is_a_mistake_of_ours_and_stops_nobody(stages: Stages) -> None:
    runtime, _ = await stages.run_notes()
    lane = _lane(runtime, SAY)
    handler = lane._answer.handler

    async def forgetful(asked: object, work: object) -> list[Note]:
        return []

    object.__setattr__(lane._answer, "handler", forgetful)
    assert texts([await stages.client.ask(SAY, AddNote(text="a"))]) == ["runtime.failed"]
    object.__setattr__(lane._answer, "handler", handler)
    assert texts([await stages.client.ask(SAY, AddNote(text="b"))]) == [""]


async def test_a_request_nobody_waits_for_is_done_all_the_same(stages: Stages) -> None:
    await stages.run_notes()
    link = stages.client.link

    await link.nc.publish("notes.add", b'{"text": "quiet"}')
    assert texts([await stages.add("loud")]) == [""]

    assert sorted(await stages.column("SELECT text FROM notes.notes")) == ["loud", "quiet"]


def _lane(runtime, command: Command[AddNote, Note]):  # type: ignore[no-untyped-def]
    return next(lane for lane in runtime._members[0].lanes if lane.command is command)


async def _queued(stages: Stages, command: Command[AddNote, Note], count: int) -> None:
    lane = _lane(stages.runtimes[0], command)
    await eventually(lambda: len(lane._waiting) == count)


async def test_an_actor_may_ask_another_while_it_holds_nothing(stages: Stages) -> None:
    """With a pool of two connections, two who kept theirs while asking would wait for each other."""
    await stages.run(notes(batch=1, workers=4), database_pool=2)

    said = await asyncio.gather(*(stages.client.call(PASS_ON, AddNote(text="hello")) for _ in range(8)))

    assert [note.text for note in said] == ["hello"] * 8
    assert texts([await stages.client.ask(PASS_ON, AddNote(text="no"))]) == ["notes.no"]
    assert texts([await stages.client.ask(PASS_ON, AddNote(text="late"))]) == ["runtime.failed"]
