"""A database that is there, and writes nothing: its disk is full. Nothing is wrong with what is asked, and nothing is given up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from actors.runtime import upkeep
from actors.runtime.upkeep import DATABASE_FULL, AskDurability, DeadLetter, ListDeadLetters, ask_durability
from tests.actors.runtime.conftest import Stages, texts
from tests.support import eventually

CODES = ["53100", "53200", "58030", "25006"]
"""No room on the disk, no memory, a broken disk, a standby."""


@asynccontextmanager
async def writing_nothing(stages: Stages, table: str, code: str = "53100") -> AsyncIterator[None]:
    """PostgreSQL itself says so, whenever something is put into the table; how often is counted, and not undone with it."""
    await stages.fetch("CREATE SEQUENCE IF NOT EXISTS public.refused")
    await stages.fetch(
        "CREATE OR REPLACE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$BEGIN PERFORM nextval('public.refused'); RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{code}'; END$$"
    )
    await stages.fetch(f"CREATE TRIGGER no_room BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION public.refuse()")
    yield
    await stages.fetch(f"DROP TRIGGER no_room ON {table}")


async def refusals(stages: Stages) -> int:
    [row] = await stages.fetch("SELECT last_value, is_called FROM public.refused")
    return int(row["last_value"]) if row["is_called"] else 0


async def letters(stages: Stages, actor: str) -> Sequence[DeadLetter]:
    return (await stages.client.call(upkeep.list_dead_letters(actor), ListDeadLetters())).items


@pytest.mark.parametrize("code", CODES)
async def test_a_command_is_told_to_come_again_and_nothing_was_done(stages: Stages, code: str) -> None:
    await stages.run_notes()
    async with writing_nothing(stages, "notes.notes", code):
        refusal = (await stages.add("one", key="k-1")).refusal
        assert refusal is not None
        assert (refusal.code, refusal.kind, refusal.retry_after_seconds) == (DATABASE_FULL.code, "busy", 5)
        assert texts([await stages.client.ask(ask_durability("notes"), AskDurability())]) == [DATABASE_FULL.code]
    assert texts([await stages.add("one", key="k-1")]) == [""]
    assert await stages.column("SELECT count(*) FROM notes.notes") == [1]


async def test_who_follows_a_log_waits_and_makes_no_dead_letters(stages: Stages) -> None:
    await stages.run_notes()
    await stages.run_scribes(reactions_tries=2)
    async with writing_nothing(stages, "scribes.written"):
        for number in range(3):
            await stages.add(f"note {number}")
        await eventually(lambda: _refused(stages, 4))
        assert await letters(stages, "scribes") == []
    await eventually(lambda: _count(stages, "scribes.written", 3))
    assert await stages.column("SELECT position FROM scribes.written ORDER BY number") == [1, 2, 3]


async def test_who_reacts_to_events_waits_and_makes_no_dead_letters(stages: Stages) -> None:
    await stages.run_notes()
    await stages.run_readers(reactions_tries=2)
    async with writing_nothing(stages, "readers.seen"):
        for number in range(3):
            await stages.add(f"note {number}")
        await eventually(lambda: _refused(stages, 4))
        assert await letters(stages, "readers") == []
    await eventually(lambda: _count(stages, "readers.seen", 3))


async def _refused(stages: Stages, count: int) -> bool:
    return await refusals(stages) >= count


async def _count(stages: Stages, table: str, count: int) -> bool:
    return await stages.column(f"SELECT count(*) FROM {table}") == [count]
