"""Idempotency keys: the same key and the same command get the first answer again, and are done once.

A key is written together with what it did, at the end of the transaction. Two members that get the same key at the same
moment collide on the primary key; the later one is rolled back, looks again, and finds the first one's answer.
So the first try does not even ask whether a key is known: most are not. Where keys do come again, as after an outage, they
are asked for first, for a while.
A "no" is not remembered: nothing was done, and the next try may find a "yes".
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from actors.runtime import upkeep
from actors.runtime.actor import Asked
from actors.runtime.database import Record
from actors.runtime.envelopes import encode, fingerprint
from actors.runtime.messages import Told, Waiting
from actors.runtime.words import Command, Refusal

if TYPE_CHECKING:
    from actors.runtime.member import Member
    from actors.runtime.work import Work

KeyRow = tuple[str, bytes, str, bytes, "UUID | None", "int | None", "int | None"]
"""Key, fingerprint, by, outcome; or the event that holds the outcome, and where."""
Handle = Callable[[Sequence[Asked[Any]], "Work"], Awaitable[list[Told]]]


CAREFUL_SECONDS = 10.0


class Keys:
    def __init__(self, member: Member, command: Command[Any, Any]) -> None:
        self._member = member
        self._command = command
        self._recall = member.sql["recall_keys"]
        self._careful_until = 0.0

    async def answer_once(self, batch: list[Waiting], work: Work, handle: Handle) -> list[Told]:
        """Hands the handler what is new, answers the rest from memory, and commits."""
        told: list[Told | None] = [None] * len(batch)
        prints = [fingerprint(self._command.subject, waiting.payload) for waiting in batch]
        work.after_rollback(self._rolled_back)
        known = await self._known(batch, work) if time.monotonic() < self._careful_until else {}
        first: dict[str, int] = {}
        fresh: list[int] = []
        for index, waiting in enumerate(batch):
            key = waiting.asked.key
            if key is None:
                fresh.append(index)
            elif key in known:
                told[index] = self._replay(waiting, prints[index], known[key])
            elif key in first:
                continue
            else:
                first[key] = index
                fresh.append(index)
        if fresh:
            answers = await handle([batch[index].asked for index in fresh], work)
            for index, answer in zip(fresh, answers, strict=True):
                told[index] = answer
            await self._look_again(batch, prints, fresh, told, work)
        done = [(batch[index], new) for index in fresh if (new := told[index]) is not None]
        await work.commit(self._command.subject, self._to_remember(batch, prints, fresh, told), done)
        return [told[index] or self._twin(batch, index, first, prints, told) for index in range(len(batch))]

    def _rolled_back(self, collided: bool) -> None:
        if collided:
            self._careful_until = time.monotonic() + CAREFUL_SECONDS

    async def _look_again(
        self, batch: list[Waiting], prints: list[bytes], fresh: list[int], told: list[Told | None], work: Work
    ) -> None:
        """A "no" may come from what another member has just done under the same key: then that one's answer is the answer."""
        refused = [index for index in fresh if (answer := told[index]) is not None and answer.refusal is not None]
        known = await self._known([batch[index] for index in refused], work)
        for index in refused:
            key = batch[index].asked.key
            if key in known:
                told[index] = self._replay(batch[index], prints[index], known[key])

    async def _known(self, batch: list[Waiting], work: Work) -> dict[str | None, Record]:
        keys = [waiting.asked.key for waiting in batch if waiting.asked.key is not None]
        if not keys:
            return {}
        return {row["key"]: row for row in await work.read(self._recall, keys)}

    def _to_remember(
        self, batch: list[Waiting], prints: list[bytes], fresh: list[int], told: list[Told | None]
    ) -> list[KeyRow]:
        rows: list[KeyRow] = []
        for index in fresh:
            asked, answer = batch[index].asked, told[index]
            if asked.key is not None and answer is not None and answer.refusal is None and not answer.replayed:
                rows.append((asked.key, prints[index], asked.by, *self._outcome(answer)))
        # In a fixed order: two members with the same keys must not wait for each other.
        rows.sort(key=lambda row: row[0])
        return rows

    def _outcome(self, answer: Told) -> tuple[bytes, UUID | None, int | None, int | None]:
        """The answer itself, or where the log has it."""
        if self._command.sealed:
            return self._member.seal.seal(answer.body), None, None, None
        return (b"", *answer.place) if answer.place is not None else (answer.body, None, None, None)

    def _replay(self, waiting: Waiting, asked_print: bytes, first: Record) -> Told:
        asked = waiting.asked
        # A secret is told again only to the one who was told it first.
        if asked_print != first["fingerprint"] or (self._command.sealed and asked.by != first["by"]):
            return _reused(asked.key or "")
        outcome = first["outcome"]
        return Told(self._member.seal.unseal(outcome) if self._command.sealed else outcome, replayed=True)

    def _twin(self, batch: list[Waiting], index: int, first: dict[str, int], prints: list[bytes], told: list[Told | None]) -> Told:
        """The same key twice in one batch: the second gets what the first got."""
        asked = batch[index].asked
        key = asked.key or ""
        answer = told[first[key]]
        assert answer is not None
        if prints[index] != prints[first[key]] or (self._command.sealed and asked.by != batch[first[key]].asked.by):
            return _reused(key)
        return Told(answer.body, answer.refusal, replayed=answer.refusal is None)


def _reused(key: str) -> Told:
    refusal: Refusal = upkeep.KEY_REUSED.refuse(f"The Idempotency-Key {key!r} was used for another request. Use a new key for a new request.")
    return Told(encode(refusal), refusal)
