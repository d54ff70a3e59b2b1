"""NATS's service protocol (ADR-32): what `nats micro` asks, and the shape of the answers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec import json

from tests.actors.runtime.conftest import Stages
from tests.actors.runtime.sample.actors import SAY, AddNote
from tests.support import eventually

IDENTITY = {"name", "id", "version", "metadata", "type"}


@pytest.mark.parametrize("verb", ["PING", "INFO", "STATS"])
async def test_every_member_answers_to_all_to_its_name_and_to_its_id(stages: Stages, verb: str) -> None:
    one, _ = await stages.run_notes("one")
    await stages.run_notes("two")
    await stages.run_readers()
    me = one._members[0].name

    everybody = await _ask(stages, f"$SRV.{verb}", 3)
    by_name = await _ask(stages, f"$SRV.{verb}.notes", 2)
    by_id = await _ask(stages, f"$SRV.{verb}.notes.{me}", 1)

    assert sorted(told["name"] for told in everybody) == ["notes", "notes", "readers"]
    assert len({told["id"] for told in everybody}) == 3
    assert {told["name"] for told in by_name} == {"notes"}
    assert [told["id"] for told in by_id] == [me]
    assert {told["type"] for told in everybody} == {f"io.nats.micro.v1.{verb.lower()}_response"}
    assert all(set(told) >= IDENTITY and isinstance(told["metadata"], dict) for told in everybody)


async def test_info_lists_every_endpoint_with_its_queue_group(notes_alone: Stages) -> None:
    (info,) = await _ask(notes_alone, "$SRV.INFO.notes", 1)

    endpoints = {endpoint["name"]: endpoint for endpoint in info["endpoints"]}
    assert set(endpoints) >= {"add", "say", "changes", "recall_key", "dead_letters", "resend_dead_letter", "republish"}
    assert {endpoint["queue_group"] for endpoint in info["endpoints"]} == {"notes"}
    assert endpoints["add"]["subject"] == "notes.add"
    assert info["description"] == "Keeps notes."
    assert info["version"].count(".") == 2


async def test_stats_count_requests_errors_and_time(stages: Stages) -> None:
    await stages.run_notes()
    for text in ("a", "b", "no", "boom"):
        await stages.client.ask(SAY, AddNote(text=text))

    (stats,) = await _ask(stages, "$SRV.STATS.notes", 1)

    say = next(endpoint for endpoint in stats["endpoints"] if endpoint["name"] == "say")
    assert (say["num_requests"], say["num_errors"], say["last_error"]) == (4, 1, "RuntimeError")
    assert say["processing_time"] >= say["average_processing_time"] > 0
    assert stats["started"].endswith("Z")


async def test_a_member_that_has_left_does_not_answer(stages: Stages) -> None:
    await stages.run_readers()
    runtime, _ = await stages.run_notes()
    await stages.leave(runtime)

    assert [told["name"] for told in await _ask(stages, "$SRV.PING", 1)] == ["readers"]


async def _ask(stages: Stages, subject: str, count: int) -> list[dict[str, Any]]:
    """`count` answers; more would show, for all have been asked before the last of them is read."""
    nc = stages.client.link.nc
    inbox, told = nc.new_inbox(), []

    async def take(message: Any) -> None:
        if not message.headers:
            told.append(json.decode(message.data))

    subscription = await nc.subscribe(inbox, cb=take)
    await nc.publish(subject, b"", reply=inbox)
    await eventually(lambda: len(told) >= count)
    await nc.flush()
    await asyncio.sleep(0.05)
    await subscription.unsubscribe()
    assert len(told) == count
    return told
