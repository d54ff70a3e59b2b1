"""What every actor answers, whatever its trade: what a key did, its dead letters, and what is in its log."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Raw, Struct

from actors.runtime.words import Command, Cursor, Input, Limit, Position, Reason, Refusal, Value

IdempotencyKey = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[!-~]+$(?!\n)", examples=["sale-000042"])]


class RecallKey(Input):
    """`of`: only what this person or API key has asked, by its id; None: whoever has."""

    key: IdempotencyKey
    of: str | None = None


class KeyOutcome(Value):
    """What the command under this key answered, the first time. `outcome` is missing when it held a secret."""

    key: str
    command: str
    outcome: Any
    at: datetime


class ListDeadLetters(Input):
    limit: Limit = 50


class DeadLetter(Value):
    """An event that an actor could not handle, with the reason of the last try."""

    id: UUID
    actor: str
    event_id: UUID
    event: str
    key: str
    position: int
    error: str
    tries: int
    failed_at: datetime
    body: Any


class DeadLetterList(Value):
    items: list[DeadLetter]


class ResendDeadLetter(Input):
    id: UUID


class Resent(Value):
    """The event was handled now, or had been handled already; the dead letter is gone."""

    id: UUID
    event_id: UUID


class Republish(Input):
    """Publishes the log again from a position on. Whoever has reacted already skips it."""

    after: Position = 0


class Republished(Value):
    after: int
    until: int


class Afresh(Value):
    """A hint to whoever publishes the log: it was wound back."""


class LogItem(Struct, array_like=True, frozen=True, dict=True):
    """One row of a log. `body` is exactly what was written, and what a webhook signs. Its `__dict__` has what a reader has made of it."""

    position: int
    id: UUID
    name: str
    key: str
    traceparent: str
    body: Raw


class ReadLog(Input):
    after: Position = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 256


END_OF_LOG = ReadLog(after=2**53, limit=1)


class LogPage(Value):
    """At least one item if there is any, and as many as fit into a message. `head`: where the log ends; there is `more` if it is further on.

    Whoever only wants to know `head` reads behind it: `END_OF_LOG`.
    """

    items: list[LogItem]
    head: int
    more: bool


class ReadLogAt(Input):
    positions: Annotated[list[Position], Meta(max_length=1000)]


class LogItems(Value):
    """In the order of the log, as many as fit into a message: whoever misses one asks for it again."""

    items: list[LogItem]


class ListFollowed(Input):
    pass


class FollowedPosition(Value):
    log: str
    position: int


class FollowedPositions(Value):
    """How far an actor has followed the logs of others."""

    items: list[FollowedPosition]


class AskDurability(Input):
    pass


class Durability(Value):
    """`off`: settings of the actor's PostgreSQL without which it may lose or spoil what it has acknowledged. None is good."""

    off: list[str]


class Mend(Input):
    """Goes on after `cursor`; without one it begins. A page takes about as long as a request may."""

    cursor: Cursor | None = None


class Mended(Value):
    """A page of what was held against what it is derived from. `mended`: records that differed and are right now, in words; `left`: what only a
    person can put right. `behind`: what was not looked at, because news of it is still on its way."""

    looked_at: int
    mended: list[str]
    left: list[str]
    behind: int = 0
    next_cursor: str | None = None


class ReadAudit(Input):
    """Newest first. `about`: an id that came of it, or a code. `since` is included, `until` is not. The next page: `before` the last of this one."""

    by: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    approved_by: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    command: Annotated[str, Meta(max_length=100)] | None = None
    about: Annotated[str, Meta(max_length=64)] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_at: datetime | None = None
    before_id: UUID | None = None
    limit: Limit = 50


class AuditEntry(Value):
    """That somebody has changed something: `count` requests of one command, which were done together.

    `by`: the id of a person, else of an API key or a register's own; "" where a login was tried with a wrong password. `approved_by`: of the person
    whose PIN it took, or "". `about`: ids of what came of it; codes, where there is no id.
    """

    id: UUID
    at: datetime
    by: str
    approved_by: str
    actor: str
    command: str
    count: int
    about: list[str]
    request_ids: list[str]


class AuditPage(Value):
    items: list[AuditEntry]
    more: bool


KEY_UNKNOWN = Reason(
    "runtime.key_unknown", "not_found", "Nothing was done under this key",
    "Nothing was committed under it so far. After a timeout send the request again, with the same key.",
)
KEY_REUSED = Reason("runtime.key_reused", "invalid", "The key was used for something else", "Use a fresh Idempotency-Key for each new intention.")
LETTER_UNKNOWN = Reason(
    "runtime.letter_unknown", "not_found", "No such dead letter",
    "It may have been handled meanwhile: list the dead letters again.",
)
STILL_FAILING = Reason("runtime.still_failing", "conflict", "It failed again", "Mend what `detail` says first, then send it again.")
BUSY = Reason("runtime.busy", "busy", "Too much to do at once", "Wait for `Retry-After` seconds and send it again, with the same Idempotency-Key.")
UNAVAILABLE = Reason(
    "runtime.unavailable", "busy", "Nobody is there to answer",
    "Wait for `Retry-After` seconds and send it again; /readyz says what is missing.",
)
TIMEOUT = Reason("runtime.timeout", "busy", "No answer in time", "It may have been done or not: send it again with the same Idempotency-Key.")
DATABASE_AWAY = Reason(
    "runtime.database_away", "busy", "The database does not answer",
    "Wait for `Retry-After` seconds and send it again, with the same Idempotency-Key.",
)
DATABASE_FULL = Reason(
    "runtime.database_full", "busy", "The database takes nothing",
    "Whoever runs Kasir makes room on the database's disk; its log says what is wrong. Then send it again, with the same Idempotency-Key.",
)
FAILED = Reason("runtime.failed", "failed", "A mistake of ours", "Retry with the same Idempotency-Key; report `request_id` if it stays.")
UNREADABLE = Reason("runtime.unreadable", "invalid", "Not a message that this actor understands", "Bring both sides to the same version of Kasir.")
WRONG_CURSOR = Reason(
    "runtime.wrong_cursor", "invalid", "Not a cursor of ours", "Give `next_cursor` of the page before, or none to begin again.",
)
TOO_BIG = Reason("runtime.too_big", "invalid", "Too big for one message", "Send or ask for less at once.")


def no_room() -> Refusal:
    detail = "Its disk is full, or something else keeps it from writing. Nothing was done; try again once somebody has looked after it."
    return DATABASE_FULL.refuse(detail, retry_after_seconds=5)


@lru_cache
def recall_key(actor: str) -> Command[RecallKey, KeyOutcome]:
    return Command(f"{actor}.recall_key", RecallKey, KeyOutcome, "Tell what an idempotency key did", reasons=(KEY_UNKNOWN,))


@lru_cache
def list_dead_letters(actor: str) -> Command[ListDeadLetters, DeadLetterList]:
    return Command(f"{actor}.dead_letters", ListDeadLetters, DeadLetterList, "List the events that could not be handled, oldest first")


@lru_cache
def ask_durability(actor: str) -> Command[AskDurability, Durability]:
    return Command(f"{actor}.durability", AskDurability, Durability, "Tell whether its PostgreSQL keeps what it has acknowledged")


@lru_cache
def resend_dead_letter(actor: str) -> Command[ResendDeadLetter, Resent]:
    return Command(
        f"{actor}.resend_dead_letter", ResendDeadLetter, Resent, "Handle a dead letter again, now", reasons=(LETTER_UNKNOWN, STILL_FAILING)
    )


@lru_cache
def republish(actor: str) -> Command[Republish, Republished]:
    return Command(f"{actor}.republish", Republish, Republished, "Publish the log again from a position on")


@lru_cache
def read_log(actor: str) -> Command[ReadLog, LogPage]:
    return Command(f"{actor}.read_log", ReadLog, LogPage, "Read the log on from a position")


@lru_cache
def read_at(actor: str) -> Command[ReadLogAt, LogItems]:
    return Command(f"{actor}.read_at", ReadLogAt, LogItems, "Read what is in the log at these positions")


@lru_cache
def read_audit(actor: str) -> Command[ReadAudit, AuditPage]:
    return Command(f"{actor}.read_audit", ReadAudit, AuditPage, "Read who has changed what, newest first")


@lru_cache
def list_followed(actor: str) -> Command[ListFollowed, FollowedPositions]:
    return Command(f"{actor}.followed", ListFollowed, FollowedPositions, "How far the logs of others have been followed")


@lru_cache
def mend(actor: str) -> Command[Mend, Mended]:
    """Answered by actors whose own tables are partly derived: `kasir doctor --rebuild` asks for it, page by page."""
    return Command(
        f"{actor}.mend", Mend, Mended, "Derive again what is derived, and put right what differs", reasons=(WRONG_CURSOR,)
    )
