"""One secret key for one database: who starts with another one is refused, before anything is read or written with it.

The first process that has a key leaves its fingerprint; of several at once, one does. A database from before there were fingerprints may
hold something sealed: then only who can open that leaves one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.runtime.actor import Actor
from actors.runtime.database import Database
from actors.runtime.ids import now
from actors.runtime.logs import get_logger
from actors.runtime.queries import load_queries
from actors.runtime.sealing import Seal, fingerprint_of
from actors.runtime.settings import Settings, SettingsError

_SQL = load_queries(__file__)
NAME_LENGTH = 8
"""So much of a fingerprint is shown to people."""
UNKNOWN = "unknown"
"""The name of a key of which nothing but what it has sealed is left."""


async def hold_to_key(database: Database, settings: Settings, everybody: Sequence[Actor]) -> None:
    """SettingsError when the key is not that of the database. A process without one needs none, and is not asked. `everybody`: all actors."""
    if not settings.secret_key:
        return
    mine = fingerprint_of(settings.secret_key)
    async with database.connection() as connection:
        known = await connection.fetchval(_SQL["known_key"]) or await _leave(connection, settings, everybody, mine)
        if known == mine:
            return
        if name_of(known) != settings.secret_key_lost:
            raise _wrong(name_of(known), mine)
        await connection.execute(_SQL["replace_key"], known, mine, now())
        if await connection.fetchval(_SQL["known_key"]) != mine:
            raise _wrong(UNKNOWN, mine)
        _tell_replaced(name_of(known), mine)


def name_of(fingerprint: str) -> str:
    return fingerprint[:NAME_LENGTH]


async def _leave(connection: Any, settings: Settings, everybody: Sequence[Actor], mine: str) -> str:
    """The fingerprint that is there now: ours, or that of a process that was sooner."""
    if not await _opens(connection, Seal(settings.secret_key), everybody):
        if settings.secret_key_lost != UNKNOWN:
            raise _wrong(UNKNOWN, mine)
        _tell_replaced(UNKNOWN, mine)
    await connection.execute(_SQL["keep_key"], mine, now())
    found: str = await connection.fetchval(_SQL["known_key"])
    return found


async def _opens(connection: Any, seal: Seal, everybody: Sequence[Actor]) -> bool:
    """Whether all that was found sealed can be opened; so it is where nothing is."""
    for actor in everybody:
        for sealed in await _found(connection, actor):
            try:
                seal.unseal(sealed)
            except SettingsError:
                return False
    return True


async def _found(connection: Any, actor: Actor) -> list[bytes]:
    """Some of what the actor has sealed. Its tables may not be there yet."""
    commands = [answer.command.subject for answer in actor.answers if answer.command.sealed]
    found = []
    if commands and await _is_there(connection, actor, "idempotency_keys"):
        found.append(await connection.fetchval(_SQL["newest_sealed_answer"].format(s=f'"{actor.name}"'), commands))
    if actor.sealed_in is not None and await _is_there(connection, actor, actor.sealed_in[0]):
        table, column = actor.sealed_in
        found.append(await connection.fetchval(_SQL["some_sealed"].format(s=f'"{actor.name}"', table=table, column=column)))
    return [sealed for sealed in found if sealed is not None]


async def _is_there(connection: Any, actor: Actor, table: str) -> bool:
    return await connection.fetchval("SELECT to_regclass($1)", f'"{actor.name}".{table}') is not None


def _tell_replaced(lost: str, mine: str) -> None:
    get_logger(part="secret key").warning("this database goes on with another secret key", lost=lost, now=name_of(mine))


def _wrong(known: str, mine: str) -> SettingsError:
    return SettingsError(
        f"KASIR_SECRET_KEY is not the key that this database is used with: that is {known}, this one {name_of(mine)}. With this one nobody "
        "could sign in, no gift card would be found, and what is encrypted could not be read. Take the right one: `kasir up` keeps it as "
        "secret.key in its data directory; otherwise it is the KASIR_SECRET_KEY of the members that run, or ran, on this database; or take "
        f"it from a backup. Only when it is lost for good, set KASIR_SECRET_KEY_LOST={known} once: that goes on with this one "
        "(docs/operators.md tells what is lost then)."
    )
