"""Migrations: once, whoever starts when; and what goes wrong is told in dbmate's words."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from actors.runtime import database, migrations
from actors.runtime.database import DatabaseError
from actors.runtime.ids import new_id
from tests.actors.runtime.conftest import Stages
from tests.actors.runtime.sample.actors import HERE, Stage, notes, readers

RUNTIME = ("0001", "0002", "0003", "0004")
APPLIED = """
    SELECT 'notes', version FROM notes.migrations UNION ALL SELECT 'notes runtime', version FROM notes.runtime_migrations
    UNION ALL SELECT 'readers', version FROM readers.migrations UNION ALL SELECT 'readers runtime', version FROM readers.runtime_migrations
    ORDER BY 1, 2
"""


async def test_many_that_start_at_once_on_an_empty_database_all_succeed(stages: Stages) -> None:
    await asyncio.gather(*(stages.run(notes(Stage()), readers(Stage())) for _ in range(4)))

    assert [tuple(row) for row in await stages.fetch(APPLIED)] == [
        ("notes", "0001"), *(("notes runtime", version) for version in RUNTIME),
        ("readers", "0001"), *(("readers runtime", version) for version in RUNTIME),
    ]


async def test_a_role_that_may_not_make_or_read_tables_is_told_what_it_needs(stages: Stages) -> None:
    role = f"poor_{new_id().hex}"
    await stages.run_readers()
    await stages.fetch(f"CREATE ROLE {role} LOGIN")
    poor = stages.settings.database_url.replace("//postgres@", f"//{role}@")
    assert poor != stages.settings.database_url
    try:
        with pytest.raises(DatabaseError, match=r"permission denied for schema installation.*GRANT CREATE ON DATABASE.*one for all members"):
            await stages.run(notes(), database_url=poor)
        await stages.fetch("DROP SCHEMA installation CASCADE")
        with pytest.raises(DatabaseError, match="permission denied for database"):
            await stages.run(notes(), database_url=poor)
    finally:
        await stages.fetch(f"DROP ROLE {role}")


async def test_a_second_start_applies_nothing(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    await stages.run_notes()

    async def never(*_: object) -> None:
        raise AssertionError("there was nothing to migrate")

    monkeypatch.setattr(migrations, "_dbmate", never)
    await stages.run_notes()


async def test_a_new_migration_is_applied_to_what_is_there(stages: Stages, tmp_path: Path) -> None:
    await stages.run_notes()
    await stages.add("kept")
    _next(tmp_path, "ALTER TABLE notes.notes ADD COLUMN colour text NOT NULL DEFAULT 'blue';")

    await stages.run(replace(notes(), folder=tmp_path))

    assert await stages.column("SELECT colour FROM notes.notes WHERE text = 'kept'") == ["blue"]


async def test_a_migration_that_fails_is_told_in_dbmates_words_and_leaves_nothing(stages: Stages, tmp_path: Path) -> None:
    await stages.run_notes()
    _next(tmp_path, "CREATE TABLE notes.half (); ALTER TABLE notes.nowhere ADD COLUMN colour text;")
    started = time.perf_counter()

    with pytest.raises(DatabaseError, match=r'relation "notes.nowhere" does not exist'):
        await stages.run(replace(notes(), folder=tmp_path))

    assert await stages.column("SELECT to_regclass('notes.half')::text") == [None]
    assert await stages.column("SELECT version FROM notes.migrations") == ["0001"]
    assert time.perf_counter() - started < 5
    # The lock is free again, and no connection was left behind.
    await stages.run_notes()
    assert await stages.column("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = 0") == [0]


async def test_a_long_migration_of_another_is_waited_for(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than a statement may usually take."""
    await stages.run_readers()
    monkeypatch.setattr(database, "COMMAND_SECONDS", 0.5)
    async with stages.runtimes[0].database.connection() as other:
        await other.execute("SELECT pg_advisory_lock(hashtextextended('kasir migrate notes', 0))")
        starting = asyncio.create_task(stages.run_notes())
        done, _ = await asyncio.wait([starting], timeout=1.5)
        await other.execute("SELECT pg_advisory_unlock(hashtextextended('kasir migrate notes', 0))")
    await starting
    assert not done


def _next(folder: Path, statement: str) -> None:
    (folder / "migrations").mkdir()
    for file in (HERE / "notes" / "migrations").glob("*.sql"):
        (folder / "migrations" / file.name).write_text(file.read_text())
    (folder / "migrations" / "0002_next.sql").write_text(f"-- migrate:up\n{statement}\n\n-- migrate:down\nSELECT 1;\n")
