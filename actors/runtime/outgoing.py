"""What a batch sends at its end in one statement: what its handler has written, the log, the idempotency keys, and who has done it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from actors.runtime.auditing import as_json, audit_rows
from actors.runtime.composing import Statement
from actors.runtime.envelopes import encode_event
from actors.runtime.ids import new_id
from actors.runtime.messages import Place, Told, Waiting
from actors.runtime.queries import arrays

if TYPE_CHECKING:
    from actors.runtime.keys import KeyRow


class TooBig(Exception):
    """No message can hold it, so it must not be done."""

    def __init__(self, what: str, size: int, message_max: int) -> None:
        super().__init__(f"{what} would have {size} bytes, and a message takes {message_max}. Ask for less at once.")


class Outgoing:
    """`events`: (id, name, key, traceparent, body) of what was recorded. `first_reserved`: the position of the first, where it was taken already."""

    def __init__(self, sql: Mapping[str, str], message_max: int, now: datetime) -> None:
        self.events: list[tuple[UUID, str, str, str, bytes]] = []
        self.first_reserved: int | None = None
        self._sql = sql
        self._message_max = message_max
        self._now = now
        self._writes: list[Statement] = []
        self._places: dict[int, tuple[msgspec.Raw, Place]] = {}
        self._before_log = ""

    def write(self, sql: str, args: tuple[Any, ...]) -> None:
        self._writes.append(Statement(f"write_{len(self._writes)}", sql, args))

    def write_before_log(self, sql: str, args: tuple[Any, ...]) -> None:
        if self._before_log:
            raise RuntimeError("one statement of a batch comes before the log")
        self.write(sql, args)
        self._before_log = self._writes[-1].name

    def record(self, name: str, key: str, data: msgspec.Struct | msgspec.Raw, traceparent: str, holds: msgspec.Raw | None) -> str:
        event_id = new_id()
        body = encode_event(name, self._now, data)
        if len(body) > self._message_max:
            # Once in the log, it could never be published, nor anything after it.
            raise TooBig(f"{name} about {key}", len(body), self._message_max)
        self.events.append((event_id, name, key, traceparent, body))
        if holds is not None:
            part = bytes(holds)
            self._places[id(holds)] = holds, Place(event_id, body.index(part) + 1, len(part))
        return str(event_id)

    def place_of(self, told: msgspec.Raw) -> Place | None:
        found = self._places.get(id(told))
        return found[1] if found is not None else None

    def statements(self, command: str, keys: Sequence[KeyRow], done: Sequence[tuple[Waiting, Told]], *, changed: bool) -> list[Statement]:
        """`changed`: the transaction has changed something already, so that it is audited in any case. The last one gives the first position
        of the log, unless that was reserved.
        """
        statements = [*self._writes, *self._log(), *self._keys(command, keys)]
        if statements or changed:
            statements += self._audit(command, done)
        if self.events and self.first_reserved is None:
            statements.append(Statement("first", self._sql["first_logged"], ()))
        return statements

    def _log(self) -> list[Statement]:
        count = len(self.events)
        if not count:
            return []
        columns = arrays(self.events)
        if self.first_reserved is not None:
            return [Statement("logged", self._sql["append_to_log"], (self.first_reserved, *columns, self._now))]
        sql = self._sql["take_head_after"].replace("{first}", self._before_log) if self._before_log else self._sql["take_head"]
        return [Statement("head", sql, (count,)), Statement("logged", self._sql["append_after_head"], (*columns, self._now))]

    def _keys(self, command: str, keys: Sequence[KeyRow]) -> list[Statement]:
        return [Statement("keys", self._sql["remember_keys"], (command, *arrays(keys), self._now))] if keys else []

    def _audit(self, command: str, done: Sequence[tuple[Waiting, Told]]) -> list[Statement]:
        rows = audit_rows(command, done)
        return [Statement("audited", self._sql["keep_audit"], (as_json(rows), self._now))] if rows else []
