"""Who did what: a row for each person in a batch of a command that has changed something, written with what it changed.

Kasir itself is nobody: what is asked without a name leaves no row, unless the handler says whose deed it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import Struct

from actors.runtime import upkeep
from actors.runtime.actor import Asked
from actors.runtime.envelopes import encode
from actors.runtime.ids import new_id

if TYPE_CHECKING:
    from actors.runtime.member import Member
    from actors.runtime.messages import Told, Waiting
    from actors.runtime.work import Work

ABOUT_MAX = 1000
"""Ids in one row: so many as a batch of 500 sales with their customers has."""
_ID = b'{"id":"'
_IDS = re.compile(rb'"id":"([^"\\]{1,64})"')
_NAMED_IDS = re.compile(rb'"(?:\w+_)?id":"([^"\\]{1,64})"')
_CODE = re.compile(rb'\{"(?:code|currency)":"([^"\\]{1,64})"')
"""What roles, price lists, groups and points programs are found by. As the first of an answer it is no secret: those come after an id."""


class AuditRow(Struct):
    id: UUID
    by: str
    approved_by: str
    command: str
    about: list[str]
    request_ids: list[str]
    count: int


def audit_rows(command: str, done: Iterable[tuple[Waiting, Told]]) -> list[AuditRow]:
    """Without what was refused, or had been done before; but with what a handler wants to be kept."""
    rows: dict[tuple[str, str, str], AuditRow] = {}
    for waiting, told in done:
        asked = waiting.asked
        if told.replayed or (told.deed is None and (not asked.by or told.refusal is not None)):
            continue
        by, about, name = told.deed or (asked.by, ids_in(told.body, waiting.payload), "")
        key = (name or command, by, asked.approved_by)
        row = rows.get(key)
        if row is None:
            row = rows[key] = AuditRow(new_id(), by, asked.approved_by, key[0], [], [], 0)
        row.count += 1
        row.about += about
        if asked.request_id:
            row.request_ids.append(asked.request_id)
    for row in rows.values():
        del row.about[ABOUT_MAX:], row.request_ids[ABOUT_MAX:]
    return list(rows.values())


def as_json(rows: Sequence[AuditRow]) -> str:
    return encode(rows).decode()


def ids_in(answer: bytes, payload: bytes) -> list[str]:
    """What it was about. Nearly every answer begins with its id; else it is the ids in it, else those that were asked for, else its code."""
    if answer[:7] == _ID:
        return [answer[7 : answer.index(b'"', 7)].decode()]
    found = _IDS.findall(answer) or _NAMED_IDS.findall(payload)
    if not found and (code := _CODE.match(answer)):
        found = [code[1]]
    return [id.decode() for id in dict.fromkeys(found)]


class AuditReader:
    """The command that every actor answers about it."""

    def __init__(self, member: Member) -> None:
        self._actor = member.actor.name
        self._sql = member.sql["read_audit"]

    async def read(self, asked: Sequence[Asked[upkeep.ReadAudit]], work: Work) -> list[upkeep.AuditPage]:
        return [await self._page(one.body, work) for one in asked]

    async def _page(self, wish: upkeep.ReadAudit, work: Work) -> upkeep.AuditPage:
        conditions, values = _conditions(wish)
        rows = await work.read(self._sql.replace("{conditions}", " AND ".join(conditions)), wish.limit + 1, *values)
        entries = [
            upkeep.AuditEntry(
                id=row["id"], at=row["at"], by=row["by"], approved_by=row["approved_by"], actor=self._actor, command=row["command"],
                count=row["count"], about=row["about"], request_ids=row["request_ids"],
            )
            for row in rows[: wish.limit]
        ]  # fmt: skip
        return upkeep.AuditPage(items=entries, more=len(rows) > len(entries))


def _conditions(wish: upkeep.ReadAudit) -> tuple[list[str], list[Any]]:
    """Only those that are asked for: each combination finds the index for it."""
    asked = (
        ("by = {}", wish.by), ("approved_by = {}", wish.approved_by), ("command = {}", wish.command),
        ("about @> ARRAY[{}::text]", wish.about), ("at >= {}", wish.since), ("at < {}", wish.until),
    )  # fmt: skip
    conditions = ["true"]
    values: list[Any] = []
    for condition, value in asked:
        if value is not None:
            values.append(value)
            conditions.append(condition.format(f"${len(values) + 1}"))
    if wish.before_at is not None and wish.before_id is not None:
        conditions.append(f"(at, id) < (${len(values) + 2}, ${len(values) + 3})")
        values += [wish.before_at, wish.before_id]
    return conditions, values
