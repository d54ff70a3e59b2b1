"""One batch's transaction, as a handler sees it: read, write, record what happened. The runtime commits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import msgspec

from actors.runtime import upkeep
from actors.runtime.actor import Projection
from actors.runtime.catching_up import PATIENCE_SECONDS, catch_up
from actors.runtime.composing import compose
from actors.runtime.database import COLLIDED, UNREACHABLE, Record
from actors.runtime.envelopes import decoder
from actors.runtime.ids import new_id, now
from actors.runtime.messages import Deed, Place, Told, Waiting
from actors.runtime.outgoing import Outgoing, TooBig
from actors.runtime.settings import Settings
from actors.runtime.turns import Overtaken, Turn, with_turn, without_turn
from actors.runtime.words import Command, Event, Refusal

if TYPE_CHECKING:
    from actors.runtime.keys import KeyRow
    from actors.runtime.member import Member

View = TypeVar("View")
Result = TypeVar("Result")
Gathered = TypeVar("Gathered")

__all__ = ["TooBig", "Work"]


class Work:
    """Begins its transaction with the first statement that needs one; `now` is the same for the whole batch.

    The shortest way is no transaction at all: `read` what is needed, `write` what is decided. All that is written goes out
    at the end in one statement, together with the log and the keys, and is committed by it.
    """

    def __init__(self, member: Member) -> None:
        self._member = member
        self._sql = member.sql
        self._stack = AsyncExitStack()
        self._held = AsyncExitStack()
        self._connection: Any = None
        self._in_transaction = False
        self._deeds: dict[int, tuple[object, Deed]] = {}
        self._turn: Turn | None = None
        self._after_commit: list[Callable[[], None]] = []
        self._after_rollback: list[Callable[[bool], None]] = []
        self._gathered: dict[type[Any], Any] = {}
        self._changed = False
        self.traceparent = ""
        self.committing = False
        self.now: datetime = now()
        self._outgoing = Outgoing(member.sql, member.client.message_max, self.now)

    # --- what a handler may use

    @property
    def settings(self) -> Settings:
        return self._member.settings

    @property
    def resource(self) -> Any:
        """What `Actor.opens` gave for this member."""
        return self._member.resource

    def gathered(self, kind: type[Gathered]) -> Gathered:
        """What this batch has gathered of a kind: a new one at first, the same one from then on. It ends with the batch."""
        found: Gathered | None = self._gathered.get(kind)
        if found is None:
            found = self._gathered[kind] = kind()
        return found

    @property
    def page_bytes_max(self) -> int:
        """How much a page of a list or a feed may hold as the database counts it: half of what a message takes."""
        return self._member.client.message_max // 2

    @staticmethod
    def new_id() -> UUID:
        return new_id()

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        rows: list[Record] = await (await self._transaction()).fetch(sql, *args)
        return rows

    async def fetchrow(self, sql: str, *args: Any) -> Record | None:
        return await (await self._transaction()).fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        return await (await self._transaction()).fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> None:
        self._changed = True
        await (await self._transaction()).execute(sql, *args)

    def changes(self) -> None:
        """Says that what this does is a change, where neither `write` nor `execute` nor an event tells: it is kept who asked for it."""
        self._changed = True

    @asynccontextmanager
    async def by_itself(self) -> AsyncIterator[None]:
        """A part that may fail: what it has changed by then is undone, and the transaction can go on."""
        async with (await self._transaction()).transaction():
            yield

    async def read(self, sql: str, *args: Any) -> list[Record]:
        """Like `fetch`, but needs no transaction: nothing that it finds is locked, or stays as it is until the commit."""
        rows: list[Record] = await (self._connection or await self._connect()).fetch(sql, *args)
        return rows

    async def fetch_whole(self, sql: str, *args: Any) -> list[Record]:
        """Of one who follows a log: all that it does, in one statement which at best is the whole transaction (`turns.with_turn`).

        No rows: nothing has been done. Why, the next statement finds out: it begins with the move, unless somebody else was quicker.
        """
        if self._turn is None or self._in_transaction:
            return await self.fetch(without_turn(sql), *args)
        whole = with_turn(sql, self._sql["turn"], self._sql["moved"], len(args))
        rows: list[Record] = await (self._connection or await self._connect()).fetch(whole, *args, *self._turn)
        if rows:
            self._turn = None
        return rows

    def write(self, sql: str, *args: Any) -> None:
        """An INSERT, UPDATE or DELETE (without a WITH of its own) that is sent at the end, with all others, in one round trip.

        They do not see each other's effects. Nothing that only a constraint can know may be taken for granted before the commit.
        """
        self._outgoing.write(sql, args)

    def write_before_log(self, sql: str, *args: Any) -> None:
        """Like `write`, for rows that others lock some time before their commit, with which they come to the log: here they are locked
        before the log, too, so that nobody waits crosswise. Once per batch; `sql` ends with a RETURNING.
        """
        self._outgoing.write_before_log(sql, args)

    async def hold(self, lock: AbstractAsyncContextManager[Any]) -> None:
        """Enters `lock` now, and leaves it once this is committed or rolled back."""
        await self._held.enter_async_context(lock)

    async def reserve(self, count: int) -> int:
        """The first of `count` log positions, which the next `count` records take in order. Once per batch.

        It locks the log until the commit, so reserve late.
        """
        if self._outgoing.first_reserved is not None or self._outgoing.events:
            raise RuntimeError("positions are reserved once, before anything is recorded")
        first: int = await self.fetchval(self._sql["take_positions"], count)
        self._outgoing.first_reserved = first
        return first

    async def lock_log(self) -> None:
        """Nobody else records until the commit. For who must lock other rows before it is known how much there is to record: first this."""
        await self.execute(self._sql["lock_log"])

    def record(
        self, event: Event[Any], key: UUID | str, data: msgspec.Struct | msgspec.Raw, traceparent: str = "", holds: msgspec.Raw | None = None
    ) -> str:
        """Appends to the log in this transaction: it is published if, and only if, this commits. Returns the event's id.

        `traceparent`: that of the message which caused it, where the batch has several; that of the first one otherwise.
        `holds`: a part of `data`, encoded already, that is stored nowhere else: `place_of` tells where it is.
        """
        return self._outgoing.record(event.name, str(key), data, traceparent or self.traceparent, holds)

    def place_of(self, told: msgspec.Raw) -> Place | None:
        """Where the log has what was recorded with `holds=told`; that very object."""
        return self._outgoing.place_of(told)

    def keep_as(self, outcome: object, deed: Deed) -> None:
        """The audit gets this of the outcome, which may be a refusal: with what the batch writes, so something must be written."""
        self._deeds[id(outcome)] = outcome, deed

    def deed_of(self, outcome: object) -> Deed | None:
        found = self._deeds.get(id(outcome))
        return found[1] if found is not None else None

    def view(self, projection: Projection[View, Any]) -> View:
        return self._member.view(projection)

    async def refresh(self, projection: Projection[Any, Any]) -> None:
        """Asks the owner for what is newest, now: for a "no" that the newest state could turn into a "yes"."""
        await self._member.refresh(projection)

    async def ask(
        self, command: Command[Any, Result], request: msgspec.Struct, timeout_seconds: float | None = None
    ) -> Result | Refusal:
        """Another actor's answer, or its "no". Before the transaction begins: nobody waits for others while holding locks.

        Not even a connection is held meanwhile: the other actor may need it, when both live in one process. What is asked for
        must bear being asked twice, because the batch may be tried again.
        """
        if self._in_transaction:
            raise RuntimeError(f"{command.subject} is asked inside a transaction")
        self._connection = None
        await self._stack.aclose()
        reply = await self._member.client.ask(command, request, traceparent=self.traceparent, timeout_seconds=timeout_seconds)
        if reply.refusal is not None:
            return reply.refusal
        told: Result = decoder(command.result).decode(reply.body)
        return told

    async def catch_up(self, log: str, patience_seconds: float = PATIENCE_SECONDS) -> int | Refusal:
        """Waits until this actor has followed `log` to where it ends by now: for who must not miss what has just happened.

        How many events are still to come after so long: 0 when none is. A refusal when nobody can tell where the log ends.
        It asks, so before the transaction begins. What follows by the next event is not waited for.
        """
        end = await self.ask(upkeep.read_log(log), upkeep.END_OF_LOG)
        return end if isinstance(end, Refusal) else await catch_up(self._member, log, end.head, patience_seconds)

    def ask_in_background(self, command: Command[Any, Any], request: msgspec.Struct) -> None:
        """Nobody waits for the answer, and the question may get lost: for what would happen by itself, only later."""
        self._member.ask_in_background(command, request, self.traceparent)

    def hint(self, subject: str, hint: msgspec.Struct) -> None:
        """Sent once this is committed; best effort."""
        self.after_commit(lambda: self._member.client.hint(subject, hint))

    def seal(self, plain: bytes) -> bytes:
        return self._member.seal.seal(plain)

    def unseal(self, sealed: bytes) -> bytes:
        return self._member.seal.unseal(sealed)

    # Callbacks are forgotten once this has ended: most know this very object, and a circle of the two would keep the whole batch
    # until the next time that Python looks for such.

    def after_commit(self, callback: Callable[[], None]) -> None:
        self._after_commit.append(callback)

    def after_rollback(self, callback: Callable[[bool], None]) -> None:
        """Called with whether it was undone because another one was quicker (a constraint, or a deadlock, said so)."""
        self._after_rollback.append(callback)

    # --- what only the runtime uses

    def take_turn(self, turn: Turn) -> None:
        """Whatever is done, is done together with moving on. Overtaken when somebody else has done so."""
        self._turn = turn

    async def _connect(self) -> Any:
        self._connection = await self._stack.enter_async_context(self._member.database.connection())
        return self._connection

    async def _transaction(self) -> Any:
        connection = self._connection or await self._connect()
        if not self._in_transaction:
            await self._stack.enter_async_context(connection.transaction())
            self._in_transaction = True
            if self._turn is not None and await connection.fetchval(self._sql["move_on"], *self._turn) is None:
                raise Overtaken
            self._turn = None
        return connection

    async def commit(self, command: str = "", keys: list[KeyRow] | None = None, done: Sequence[tuple[Waiting, Told]] = ()) -> None:
        """Writes what is to be written, the log, the idempotency keys and who has `done` it; commits all of it."""
        if self._turn is not None:
            await self._transaction()
        statements = self._outgoing.statements(command, keys or (), done, changed=self._changed)
        if statements:
            connection = self._connection or await self._connect()
            # Outside of a transaction the statement is its own commit.
            self.committing = not self._in_transaction
            sql, args = compose(statements)
            told = await connection.fetchval(sql, *args)
        self.committing = True
        await self._stack.aclose()
        await self._held.aclose()
        self._after_rollback.clear()
        while self._after_commit:
            self._after_commit.pop(0)()
        if self._outgoing.events:
            self._member.tell_of_log(self._outgoing.first_reserved or told, self._outgoing.events)

    async def rollback(self, error: BaseException) -> None:
        """Undoes everything; the connection goes back to the pool. A connection that is gone has undone it already."""
        self._connection = None
        try:
            with suppress(*UNREACHABLE):
                await self._stack.__aexit__(type(error), error, error.__traceback__)
        finally:
            self._after_commit.clear()
            while self._after_rollback:
                self._after_rollback.pop(0)(isinstance(error, COLLIDED))
            await self._held.aclose()
