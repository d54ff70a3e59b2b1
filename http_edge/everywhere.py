"""The few questions that no single actor can answer: they are put to all of them at once."""

from __future__ import annotations

from asyncio import gather
from typing import TYPE_CHECKING, Any, Literal, get_args
from uuid import UUID

import msgspec

from actors.runtime.client import Client, Reply
from actors.runtime.upkeep import (
    KEY_UNKNOWN,
    DeadLetterList,
    ListDeadLetters,
    RecallKey,
    ResendDeadLetter,
    list_dead_letters,
    recall_key,
    resend_dead_letter,
)
from actors.runtime.words import Input, Limit

if TYPE_CHECKING:
    from http_edge.auth import Key

ActorName = Literal["stores", "catalog", "orders", "inventory", "payments", "customers", "shifts", "receipts", "reports", "webhooks", "staff"]
ACTORS: tuple[ActorName, ...] = get_args(ActorName)


class ListLetters(Input):
    """Those of all actors, or of one."""

    actor: ActorName | None = None
    limit: Limit = 50


class ResendLetter(Input):
    actor: ActorName
    id: UUID


async def recall(client: Client, request: RecallKey, asker: Key, **context: Any) -> Reply:
    """What the key did, wherever it was used. "Nothing" is said only when every actor has said so."""
    readable = [actor for actor in ACTORS if f"{actor}:read" in asker.scopes]
    replies = await gather(*(client.ask(recall_key(actor), request, **context) for actor in readable))
    return _first(replies) or Reply(refusal=KEY_UNKNOWN.refuse("No call with this Idempotency-Key has been committed."))


def _first(replies: list[Reply]) -> Reply | None:
    found = [reply for reply in replies if reply.refusal is None]
    unsure = [reply for reply in replies if reply.refusal is not None and reply.refusal.kind != "not_found"]
    return next(iter(found + unsure), None)


async def list_letters(client: Client, request: ListLetters, asker: Key, **context: Any) -> Reply:
    del asker
    asked = [request.actor] if request.actor else ACTORS
    replies = await gather(*(client.ask(list_dead_letters(a), ListDeadLetters(limit=request.limit), **context) for a in asked))
    refused = next((reply for reply in replies if reply.refusal is not None), None)
    if refused is not None:
        return refused
    letters = [letter for reply in replies for letter in msgspec.json.decode(reply.body, type=DeadLetterList).items]
    letters.sort(key=lambda letter: letter.failed_at)
    return Reply(msgspec.json.encode(DeadLetterList(items=letters[: request.limit])))


async def resend_letter(client: Client, request: ResendLetter, asker: Key, **context: Any) -> Reply:
    del asker
    return await client.ask(resend_dead_letter(request.actor), ResendDeadLetter(id=request.id), **context)
