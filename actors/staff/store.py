"""Rows <-> API keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.queries import load_queries
from actors.runtime.words import Position
from actors.staff.authority import as_rights
from actors.staff.contract import (
    API_KEY_CREATED,
    API_KEY_REVOKED,
    ApiKey,
    ApiKeyPage,
    KeyChange,
    KeyFeed,
    ListApiKeys,
    RoleRights,
    UseApproval,
)
from actors.staff.held import rights_of, text_of

if TYPE_CHECKING:
    from actors.runtime.database import Record
    from actors.runtime.work import Work
    from actors.stores.contract import Register

SQL = load_queries(__file__)


async def take_turns(work: Work) -> None:
    """From here to the commit, nobody else changes keys."""
    await work.execute(SQL["take_turns"])


async def any_key(work: Work) -> bool:
    return bool(await work.fetchval(SQL["any_key"]))


async def load_keys(work: Work, ids: Iterable[UUID]) -> dict[UUID, ApiKey]:
    return {row["id"]: _key(row) for row in await work.fetch(SQL["load_keys"], list(set(ids)))}


async def live_owners(work: Work) -> set[UUID]:
    return {row["id"] for row in await work.fetch(SQL["live_owners"])}


async def save_new(work: Work, keys: Sequence[tuple[ApiKey, str]]) -> None:
    """Each key with its hash."""
    if not keys:
        return
    first = await work.reserve(len(keys))
    for position, (key, hash) in enumerate(keys, first):
        work.record(API_KEY_CREATED, key.id, key)
        await work.execute(
            SQL["save_key"], key.id, position, key.version, key.name, key.prefix, hash, list(key.scopes), key.created_at
        )


async def save_revoked(work: Work, keys: Sequence[ApiKey]) -> None:
    if not keys:
        return
    first = await work.reserve(len(keys))
    for key in keys:
        work.record(API_KEY_REVOKED, key.id, key)
    positions = list(range(first, first + len(keys)))
    await work.execute(SQL["revoke_keys"], [key.id for key in keys], positions, [key.version for key in keys], work.now)


async def list_keys(work: Work, asked: ListApiKeys) -> ApiKeyPage:
    """ValueError when the cursor is not one of ours."""
    (opened,) = read_cursor(asked.cursor, tuple[Position]) if asked.cursor else (0,)
    # One more than asked for tells whether there is a next page.
    rows = await work.fetch(SQL["list_keys"], opened, asked.limit + 1, asked.prefix)
    page = rows[: asked.limit]
    return ApiKeyPage(
        items=[_key(row) for row in page],
        next_cursor=write_cursor(page[-1]["opened"]) if len(rows) > len(page) else None,
    )


async def list_changes(work: Work, after: int, limit: int) -> KeyFeed:
    rows = await work.fetch(SQL["list_changes"], after, limit + 1)
    page = rows[:limit]
    position = page[-1]["position"] if page else after
    return KeyFeed(items=[_change(row) for row in page], position=position, more=len(rows) > len(page))


# --- enrolment and approvals ----------------------------------------------------------------------------


async def offer_enrolment(work: Work, register: Register, code_hash: str, expires_at: datetime) -> None:
    await work.execute(SQL["offer_enrolment"], register.id, register.store_id, register.name or register.code, code_hash, expires_at)


async def take_enrolment(work: Work, code_hash: str) -> Record | None:
    return await work.fetchrow(SQL["take_enrolment"], code_hash)


async def forget_enrolment(work: Work, register_id: UUID) -> None:
    await work.execute(SQL["forget_enrolment"], register_id)


async def save_approval(
    work: Work, hash: str, person_id: UUID, asked_by: str, purpose: str, rights: RoleRights, store_ids: list[UUID], expires_at: datetime
) -> None:
    await work.execute(SQL["save_approval"], hash, person_id, asked_by, purpose, text_of(rights), store_ids, expires_at)


async def use_approval(work: Work, asked_by: str, use: UseApproval) -> Record | None:
    return await work.fetchrow(SQL["use_approval"], use.hash, asked_by, use.request, work.now, use.store_ids)


async def forget(work: Work, *, sessions: datetime, tries: datetime, approvals: datetime) -> None:
    """What is older."""
    await work.execute(SQL["forget_sessions"], sessions)
    await work.execute(SQL["forget_old_tries"], tries)
    await work.execute(SQL["forget_approvals"], approvals)


# --- rows ------------------------------------------------------------------------------------------------


def _change(row: Record) -> KeyChange:
    rights = rights_of(row["rights"])
    return KeyChange(
        id=row["id"], prefix=row["prefix"], hash=row["hash"], scopes=row["scopes"], revoked=row["revoked"], kind=row["kind"],
        person_id=row["person_id"], register_id=row["register_id"], expires_at=row["expires_at"],
        rights=as_rights(rights) if rights is not None else None, store_ids=row["store_ids"],
    )  # fmt: skip


def _key(row: Record) -> ApiKey:
    return ApiKey(
        id=row["id"],
        version=row["version"],
        name=row["name"],
        prefix=row["prefix"],
        scopes=row["scopes"],
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )
