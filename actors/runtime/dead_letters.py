"""Events that an actor could not handle: kept with their error, shown to operators, sent again on their wish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from actors.runtime import upkeep
from actors.runtime.actor import Asked, Happened
from actors.runtime.ids import new_id
from actors.runtime.metrics import DEAD_LETTERS
from actors.runtime.words import Refusal
from actors.runtime.work import Work

if TYPE_CHECKING:
    from actors.runtime.member import Member


async def keep_dead_letter(member: Member, work: Work, event: Happened[Any], error: Exception, tries: int) -> None:
    member.log.error("event given up on: see `kasir dead-letters`", event_type=event.name, id=event.id, tries=tries, exc_info=error)
    DEAD_LETTERS.labels(member.actor.name, event.name).inc()
    await work.execute(
        member.sql["keep_dead_letter"], new_id(), UUID(event.id), event.name, event.key, event.position, event.traceparent,
        event.body, _storable(f"{type(error).__name__}: {error}"[:2000]), tries, work.now,
    )


def _storable(text: str) -> str:
    """Postgres takes neither NUL nor half a character."""
    return text.encode(errors="replace").decode().replace("\0", "?")


def _shown(body: bytes) -> Any:
    """As it stands, if that is JSON: it may be the very reason why it is here."""
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return body.decode(errors="replace")
    return msgspec.Raw(body)


class DeadLetters:
    """The two commands that every actor answers about them."""

    def __init__(self, member: Member) -> None:
        self._member = member

    async def show(self, asked: Sequence[Asked[upkeep.ListDeadLetters]], work: Work) -> list[upkeep.DeadLetterList]:
        answers = []
        for one in asked:
            rows = await work.fetch(self._member.sql["list_dead_letters"], one.body.limit)
            letters = [
                upkeep.DeadLetter(
                    id=row["id"], actor=self._member.actor.name, event_id=row["event_id"], event=row["name"], key=row["key"],
                    position=row["position"], error=row["error"], tries=row["tries"], failed_at=row["failed_at"],
                    body=_shown(row["body"]),
                )
                for row in rows
            ]
            answers.append(upkeep.DeadLetterList(items=letters))
        return answers

    async def resend(self, asked: Sequence[Asked[upkeep.ResendDeadLetter]], work: Work) -> list[upkeep.Resent | Refusal]:
        return [await self._resend(one.body.id, work) for one in asked]

    async def _resend(self, letter_id: UUID, work: Work) -> upkeep.Resent | Refusal:
        row = await work.fetchrow(self._member.sql["find_dead_letter"], letter_id)
        if row is None:
            return upkeep.LETTER_UNKNOWN.refuse("It may have been sent again already.")
        reader = self._member.reader_of(row["name"])
        if reader is None:
            return upkeep.STILL_FAILING.refuse(f"This version of {self._member.actor.name} does not react to {row['name']}.")
        event: Happened[Any] = Happened(
            id=str(row["event_id"]), name=row["name"], key=row["key"], position=row["position"], body=row["body"],
            event=reader.events[row["name"]], traceparent=row["traceparent"],
        )
        try:
            # A transaction of its own: when it fails again, the letter stays.
            await reader.handle_again(event, letter_id)
        except Exception as error:
            self._member.log.warning("dead letter failed again", id=event.id, exc_info=error)
            return upkeep.STILL_FAILING.refuse(f"It stays a dead letter: {type(error).__name__}. The log has the traceback.")
        work.changes()
        return upkeep.Resent(id=letter_id, event_id=row["event_id"])
