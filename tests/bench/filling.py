"""Rows by the million, copied into a database that sells: what only the years would bring."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

CONSTRAINTS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype IN ('p', 'u')
"""
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = $1::text::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


@asynccontextmanager
async def without_indexes(connection: Any, *tables: str) -> AsyncIterator[None]:
    """Millions of rows go in many times quicker when all that finds them is built afterwards. Nobody may write meanwhile."""
    again = []
    for table in tables:
        for name, definition in await connection.fetch(CONSTRAINTS, table):
            again.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, definition in await connection.fetch(INDEXES, table):
            again.append(definition)
            await connection.execute(f"DROP INDEX {name}")
    yield
    await connection.execute("SET maintenance_work_mem = '1GB'")
    for statement in again:
        await connection.execute(statement, timeout=1200)


async def settle(connection: Any, *tables: str) -> None:
    """As the database does by itself in a quiet hour."""
    for table in tables:
        await connection.execute(f"VACUUM (ANALYZE) {table}", timeout=1200)
    await connection.execute("CHECKPOINT", timeout=1200)
