"""What every actor answers, beside its own: about its log, its keys, its audit, its dead letters, and its database."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from actors.runtime import upkeep
from actors.runtime.actor import Answer, Asked
from actors.runtime.auditing import AuditReader
from actors.runtime.dead_letters import DeadLetters
from actors.runtime.durability import settings_off
from actors.runtime.keys_recalled import recall_keys
from actors.runtime.log_read import LogReader
from actors.runtime.relay import wake_subject
from actors.runtime.words import Refusal
from actors.runtime.work import Work

if TYPE_CHECKING:
    from actors.runtime.member import Member

_FULL_SECONDS = 10.0
"""So long after its database has refused to write a member says that it is not well: nobody else may have asked it to write since."""


def everybodys(member: Member) -> list[Answer[Any, Any]]:
    name, log, letters, rest = member.actor.name, LogReader(member), DeadLetters(member), _Rest(member)
    about_the_log: list[Answer[Any, Any]] = [
        Answer(upkeep.read_log(name), log.page, batch=1, workers=2), Answer(upkeep.read_at(name), log.at, batch=1, workers=2),
    ]
    return [
        *(about_the_log if member.actor.tells else []),
        *([Answer(upkeep.list_followed(name), rest.followed)] if member.actor.follows else []),
        Answer(upkeep.recall_key(name), rest.recall),
        Answer(upkeep.ask_durability(name), rest.durability, batch=1),
        Answer(upkeep.read_audit(name), AuditReader(member).read, batch=1),
        Answer(upkeep.list_dead_letters(name), letters.show, batch=1),
        Answer(upkeep.resend_dead_letter(name), letters.resend, batch=1),
        Answer(upkeep.republish(name), rest.republish, batch=1),
    ]


class _Rest:
    """Those that are a statement each."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._sealed = {answer.command.subject for answer in member.actor.answers if answer.command.sealed}

    async def followed(self, asked: Sequence[Asked[upkeep.ListFollowed]], work: Work) -> list[upkeep.FollowedPositions]:
        rows = await work.read(self._member.sql["all_followed"])
        told = upkeep.FollowedPositions(items=[upkeep.FollowedPosition(log=row["log"], position=row["position"]) for row in rows])
        return [told] * len(asked)

    async def recall(self, asked: Sequence[Asked[upkeep.RecallKey]], work: Work) -> Sequence[Any]:
        return await recall_keys(asked, work, self._member.sql["recall_keys"], self._sealed)

    async def durability(self, asked: Sequence[Asked[upkeep.AskDurability]], work: Work) -> Sequence[upkeep.Durability | Refusal]:
        if time.monotonic() - self._member.full_at < _FULL_SECONDS:
            return [upkeep.no_room()] * len(asked)
        async with self._member.database.connection() as connection:
            return [upkeep.Durability(off=await settings_off(connection))] * len(asked)

    async def republish(self, asked: Sequence[Asked[upkeep.Republish]], work: Work) -> list[upkeep.Republished]:
        """The active relay, wherever it runs, notices within seconds."""
        answers = []
        for one in asked:
            after = await work.fetchval(self._member.sql["rewind_relay"], one.body.after)
            work.changes()
            until = await work.fetchval(self._member.sql["log_position"])
            answers.append(upkeep.Republished(after=after, until=until))
        work.hint(wake_subject(self._member.actor.name), upkeep.Afresh())
        return answers
