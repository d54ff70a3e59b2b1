"""One batch's transaction, as a handler sees it: read, write, record what happened. The runtime commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import msgspec

from actors.runtime.actor import Projection
from actors.runtime.database import UNREACHABLE, Record
from actors.runtime.envelopes import encode_event
from actors.runtime.ids import new_id, now
from actors.runtime.settings import Settings
from actors.runtime.words import Event

if TYPE_CHECKING:
    from actors.runtime.member import Member

View = TypeVar("View")


class Work:
    """Begins its transaction with the first statement; `now` is the same for the whole batch."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._sql = member.sql
        self._stack = AsyncExitStack()
        self._connection: Any = None
        self._events: list[tuple[UUID, str, str, str, bytes]] = []
        self._first_reserved: int | None = None
        self._after_commit: list[Callable[[], None]] = []
        self.traceparent = ""
        self.committing = False
        self.now: datetime = now()

    # --- what a handler may use

    @property
    def settings(self) -> Settings:
        return self._member.settings

    @property
    def resource(self) -> Any:
        """What `Actor.opens` gave for this member."""
        return self._member.resource

    @staticmethod
    def new_id() -> UUID:
        return new_id()

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        rows: list[Record] = await (self._connection or await self._begin()).fetch(sql, *args)
        return rows

    async def fetchrow(self, sql: str, *args: Any) -> Record | None:
        return await (self._connection or await self._begin()).fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        return await (self._connection or await self._begin()).fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> None:
        await (self._connection or await self._begin()).execute(sql, *args)

    async def reserve(self, count: int) -> int:
        """The first of `count` log positions, which the next `count` records take in order. Once per batch.

        It locks the log until the commit, so reserve late.
        """
        if self._first_reserved is not None or self._events:
            raise RuntimeError("positions are reserved once, before anything is recorded")
        self._first_reserved = await self.fetchval(self._sql["take_positions"], count)
        return self._first_reserved

    def record(self, event: Event[Any], key: UUID | str, data: msgspec.Struct | msgspec.Raw) -> str:
        """Appends to the log in this transaction: it is published if, and only if, this commits. Returns the event's id."""
        event_id = new_id()
        body = encode_event(event.name, self.now, data)
        if len(body) > self._member.client.message_max:
            # Once in the log, it could never be published, nor anything after it.
            raise ValueError(f"{event.name} about {key} has {len(body)} bytes, and a message takes {self._member.client.message_max}")
        self._events.append((event_id, event.name, str(key), self.traceparent, body))
        return str(event_id)

    def view(self, projection: Projection[View, Any]) -> View:
        return self._member.view(projection)

    async def refresh(self, projection: Projection[Any, Any]) -> None:
        """Asks the owner for what is newest, now: for a "no" that the newest state could turn into a "yes"."""
        await self._member.refresh(projection)

    def seal(self, plain: bytes) -> bytes:
        return self._member.seal.seal(plain)

    def unseal(self, sealed: bytes) -> bytes:
        return self._member.seal.unseal(sealed)

    def after_commit(self, callback: Callable[[], None]) -> None:
        self._after_commit.append(callback)

    # --- what only the runtime uses

    async def _begin(self) -> Any:
        self._connection = await self._stack.enter_async_context(self._member.database.transaction())
        return self._connection

    async def commit(self, command: str = "", keys: list[tuple[str, bytes, str, bytes]] | None = None) -> None:
        """Writes the log and the idempotency keys (key, fingerprint, by, outcome), and commits all of it."""
        await self._save_events_and_keys(self._sql, command, keys or [])
        self.committing = True
        await self._stack.aclose()
        for callback in self._after_commit:
            callback()
        if self._events:
            self._member.wake_relay()

    async def _save_events_and_keys(self, sql: Mapping[str, str], command: str, keys: list[tuple[str, bytes, str, bytes]]) -> None:
        events, count = self._events, len(self._events)
        if self._first_reserved is not None:
            if count:
                await self.execute(sql["append_to_log"], self._first_reserved, *_columns(events, 5), self.now)
        elif count and keys:
            await self.execute(
                sql["append_and_remember"], count, *_columns(events, 5), self.now, command, *_columns(keys, 4)
            )
            return
        elif count:
            await self.execute(sql["take_and_append"], count, *_columns(events, 5), self.now)
        if keys:
            await self.execute(sql["remember_keys"], command, *_columns(keys, 4), self.now)

    async def rollback(self, error: BaseException) -> None:
        """Undoes everything; the connection goes back to the pool. A connection that is gone has undone it already."""
        self._connection = None
        with suppress(*UNREACHABLE):
            await self._stack.__aexit__(type(error), error, error.__traceback__)


def _columns(rows: list[Any], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
