"""Keys of registers and people: rows and structs, and what a batch changes in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from secrets import token_bytes
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.queries import load_queries
from actors.runtime.words import Event, Position, Value
from actors.staff import rules
from actors.staff.authority import Authority
from actors.staff.contract import KeyKind, ListSessions, NewSession, RoleRights, Scope, Session, SessionPage
from actors.staff.hashing import hash_token

if TYPE_CHECKING:
    from actors.runtime.database import Record
    from actors.runtime.work import Work

SQL = load_queries(__file__)
NEWEST = 2**53
_rights = msgspec.json.Decoder(RoleRights)


class Held(Value):
    """A key, as it is stored."""

    id: UUID
    kind: KeyKind
    version: int
    name: str
    prefix: str
    hash: str
    scopes: list[Scope]
    rights: RoleRights | None
    created_at: datetime
    person_id: UUID | None = None
    register_id: UUID | None = None
    store_id: UUID | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    store_ids: list[UUID] = msgspec.field(default_factory=list)

    def is_live(self, now: datetime) -> bool:
        """At `expires_at` itself it has ended."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def authority(self) -> Authority:
        return Authority(self.scopes, self.rights, frozenset([self.store_id] if self.store_id else self.store_ids))


class Book:
    """What a batch changes in keys, told in order: each change of a key stands in the feed at the position of its event."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._told: list[tuple[Event[Any], UUID | str, msgspec.Struct]] = []
        self._writes: list[tuple[int, str, list[Any]]] = []

    def tell(self, event: Event[Any], key: UUID | str, data: msgspec.Struct) -> None:
        self._told.append((event, key, data))

    def write_at_last(self, sql: str, *args: Any) -> None:
        """A statement about what was told last; `$2` is its position."""
        self._writes.append((len(self._told) - 1, sql, list(args)))

    def open(self, event: Event[Session], held: Held) -> None:
        self.tell(event, held.id, session_of(held))
        self.write_at_last(
            SQL["open_key"], held.id, held.kind, held.name, held.prefix, held.hash, list(held.scopes), text_of(held.rights), held.person_id,
            held.register_id, held.store_id, held.created_at, held.expires_at, held.store_ids,
        )  # fmt: skip

    def change(self, event: Event[Session], held: Held) -> None:
        self.tell(event, held.id, session_of(held))
        self.write_at_last(SQL["change_key"], held.id, held.version, list(held.scopes), text_of(held.rights), held.revoked_at, held.store_ids)

    async def save(self) -> None:
        if not self._told:
            return
        first = await self._work.reserve(len(self._told))
        for event, key, data in self._told:
            self._work.record(event, key, data)
        for index, sql, args in self._writes:
            await self._work.execute(sql, args[0], first + index, *args[1:])


def new_key(work: Work, kind: KeyKind, name: str, authority: Authority, **more: Any) -> tuple[Held, str]:
    """The key as it is stored, and the key itself. At a register its store alone counts."""
    prefix, key = rules.make_key(token_bytes(rules.PREFIX_CHARS), token_bytes(rules.SECRET_BYTES))
    held = Held(
        id=work.new_id(), kind=kind, version=1, name=name, prefix=prefix, hash=hash_token(key), scopes=authority.scopes,
        rights=authority.rights, created_at=work.now, **more,
    )  # fmt: skip
    return changed(held, authority, 0), key


def changed(held: Held, authority: Authority, by: int = 1) -> Held:
    stores = [] if held.store_id else sorted(authority.stores)
    return replace(held, version=held.version + by, scopes=authority.scopes, rights=authority.rights, store_ids=stores)


def revoked(held: Held, now: datetime) -> Held:
    return replace(held, version=held.version + 1, revoked_at=now)


def session_of(held: Held) -> Session:
    return Session(**_fields(held))


def shown_once(held: Held, key: str) -> NewSession:
    return NewSession(**_fields(held), key=key)


def _fields(held: Held) -> dict[str, Any]:
    return {name: getattr(held, name) for name in Session.__struct_fields__}


# --- reading -------------------------------------------------------------------------------------------


async def by_id(work: Work, ids: Iterable[UUID]) -> dict[UUID, Held]:
    """Without a transaction, when there is none yet."""
    return {held.id: held for held in map(_held, await work.read(SQL["held_by_id"], list(set(ids))))}


async def of_people(work: Work, ids: Iterable[UUID]) -> list[Held]:
    return [_held(row) for row in await work.fetch(SQL["held_by_people"], list(set(ids)), work.now)]


async def at_register(work: Work, register_id: UUID) -> list[Held]:
    return [_held(row) for row in await work.fetch(SQL["held_at_register"], register_id, work.now)]


async def of_registers(work: Work) -> list[Held]:
    return [_held(row) for row in await work.fetch(SQL["held_by_registers"])]


async def list_sessions(work: Work, asked: ListSessions) -> SessionPage:
    """ValueError when the cursor is not one of ours."""
    (before,) = read_cursor(asked.cursor, tuple[Position]) if asked.cursor else (NEWEST,)
    rows = await work.fetch(SQL["list_sessions"], before, asked.limit + 1, work.now, asked.person_id, asked.register_id)
    page = rows[: asked.limit]
    return SessionPage(
        items=[session_of(_held(row)) for row in page],
        next_cursor=write_cursor(page[-1]["opened"]) if len(rows) > len(page) else None,
    )


def _held(row: Record) -> Held:
    values = {name: row[name] for name in Held.__struct_fields__}
    return Held(**{**values, "rights": rights_of(row["rights"])})


def rights_of(text: str | None) -> RoleRights | None:
    return None if text is None else _rights.decode(text)


def text_of(rights: RoleRights | None) -> str | None:
    return None if rights is None else msgspec.json.encode(rights).decode()
