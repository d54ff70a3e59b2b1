"""The few questions that no single actor can answer: they are put to all of them at once."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args
from uuid import UUID

import msgspec
from msgspec import Meta

from actors.runtime.client import Client, Reply
from actors.runtime.cursors import read_cursor, write_cursor, wrong_cursor
from actors.runtime.upkeep import (
    KEY_UNKNOWN,
    AuditEntry,
    AuditPage,
    DeadLetterList,
    IdempotencyKey,
    ListDeadLetters,
    ReadAudit,
    RecallKey,
    ResendDeadLetter,
    list_dead_letters,
    read_audit,
    recall_key,
    resend_dead_letter,
)
from actors.runtime.words import Cursor, Input, Limit, Reason, Value

if TYPE_CHECKING:
    from http_edge.auth import Key

ActorName = Literal["stores", "catalog", "orders", "inventory", "payments", "customers", "shifts", "receipts", "reports", "webhooks", "staff"]
AskerId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[!-~]+$(?!\n)")]
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset.")]
WRONG_CURSOR = Reason(
    "operations.wrong_cursor", "invalid", "Not a cursor of this list", "Use `next_cursor` of the page before, with the same filters."
)
AUDIT_SCOPE = "staff:read"
ACTORS: tuple[ActorName, ...] = get_args(ActorName)


class AskAboutKey(Input):
    """What somebody else has asked is told only to those who may read the audit trail."""

    key: IdempotencyKey


class ListLetters(Input):
    """Those of all actors, or of one."""

    actor: ActorName | None = None
    limit: Limit = 50


class ResendLetter(Input):
    actor: ActorName
    id: UUID


class ListAudit(Input):
    """Newest first. `by`: the id of a person or an API key. `about`: the id of what was changed. `since` is included, `until` is not."""

    by: AskerId | None = None
    approved_by: AskerId | None = None
    actor: ActorName | None = None
    command: Annotated[str, Meta(max_length=100, pattern=r"^[a-z]+\.[a-z_]+$(?!\n)", examples=["orders.refund"])] | None = None
    about: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[!-~]+$(?!\n)")] | None = None
    since: Moment | None = None
    until: Moment | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class AuditTrail(Value):
    items: list[AuditEntry]
    next_cursor: str | None = None


async def recall(client: Client, request: AskAboutKey, asker: Key, **context: Any) -> Reply:
    """What the key did, wherever it was used. "Nothing" is said only when every actor has said so."""
    readable = [actor for actor in ACTORS if f"{actor}:read" in asker.scopes]
    asked = RecallKey(key=request.key, of=None if _sees_all(asker) else asker.by)
    replies = await gather(*(client.ask(recall_key(actor), asked, **context) for actor in readable))
    return _first(replies) or Reply(refusal=KEY_UNKNOWN.refuse("No call of yours with this Idempotency-Key has been committed."))


def _sees_all(asker: Key) -> bool:
    """Whoever may read the audit trail: with its scope, and acting everywhere."""
    return AUDIT_SCOPE in asker.scopes and asker.stores is None and asker.register is None


def _first(replies: list[Reply]) -> Reply | None:
    found = [reply for reply in replies if reply.refusal is None]
    unsure = [reply for reply in replies if reply.refusal is not None and reply.refusal.kind != "not_found"]
    return next(iter(found + unsure), None)


async def list_audit(client: Client, request: ListAudit, asker: Key, **context: Any) -> Reply:
    """The newest of all actors, by the time at which it was done. What one of them cannot tell now is not left out in silence."""
    try:
        before = read_cursor(request.cursor, tuple[datetime, UUID]) if request.cursor else (None, None)
    except ValueError:
        return Reply(refusal=wrong_cursor(WRONG_CURSOR))
    asked = ReadAudit(
        by=request.by, approved_by=request.approved_by, command=request.command, about=request.about, since=request.since,
        until=request.until, before_at=before[0], before_id=before[1], limit=request.limit,
    )  # fmt: skip
    replies = await gather(*(client.ask(read_audit(actor), asked, **context) for actor in _audited(request)))
    refused = next((reply for reply in replies if reply.refusal is not None), None)
    if refused is not None:
        return refused
    pages = [msgspec.json.decode(reply.body, type=AuditPage) for reply in replies]
    found = sorted((entry for page in pages for entry in page.items), key=lambda entry: (entry.at, entry.id), reverse=True)
    shown = found[: request.limit]
    more = len(found) > len(shown) or any(page.more for page in pages)
    cursor = write_cursor(shown[-1].at.isoformat(), str(shown[-1].id)) if more and shown else None
    return Reply(msgspec.json.encode(AuditTrail(items=shown, next_cursor=cursor)))


def _audited(request: ListAudit) -> Sequence[str]:
    named = request.command.partition(".")[0] if request.command is not None else request.actor
    return [actor for actor in ACTORS if named in (None, actor) and request.actor in (None, actor)]


async def list_letters(client: Client, request: ListLetters, asker: Key, **context: Any) -> Reply:
    asked = [request.actor] if request.actor else ACTORS
    replies = await gather(*(client.ask(list_dead_letters(a), ListDeadLetters(limit=request.limit), **context) for a in asked))
    refused = next((reply for reply in replies if reply.refusal is not None), None)
    if refused is not None:
        return refused
    letters = [letter for reply in replies for letter in msgspec.json.decode(reply.body, type=DeadLetterList).items]
    letters.sort(key=lambda letter: letter.failed_at)
    return Reply(msgspec.json.encode(DeadLetterList(items=letters[: request.limit])))


async def resend_letter(client: Client, request: ResendLetter, asker: Key, **context: Any) -> Reply:
    return await client.ask(resend_dead_letter(request.actor), ResendDeadLetter(id=request.id), **context)
