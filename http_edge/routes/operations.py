"""What concerns every actor: what an idempotency key did, and events that could not be handled."""

from __future__ import annotations

from actors.runtime.upkeep import KEY_UNKNOWN, LETTER_UNKNOWN, STILL_FAILING, DeadLetterList, KeyOutcome, Resent
from actors.runtime.words import Command
from http_edge.everywhere import (
    AUDIT_SCOPE,
    WRONG_CURSOR,
    AskAboutKey,
    AuditTrail,
    ListAudit,
    ListLetters,
    ResendLetter,
    list_audit,
    list_letters,
    recall,
    resend_letter,
)
from http_edge.places import WHOLE
from http_edge.route import Resource, Route

RECALL_KEY = Command(
    "operations.recall_key", AskAboutKey, KeyOutcome, "Tell what was done under an idempotency key", reasons=(KEY_UNKNOWN,)
)
LIST_LETTERS = Command(
    "operations.list_dead_letters", ListLetters, DeadLetterList, "List the events that an actor could not handle, oldest first"
)
RESEND_LETTER = Command(
    "operations.resend_dead_letter", ResendLetter, Resent, "Handle a dead letter again, now", reasons=(LETTER_UNKNOWN, STILL_FAILING)
)

LIST_AUDIT = Command("operations.list_audit", ListAudit, AuditTrail, "List who has changed what, newest first", reasons=(WRONG_CURSOR,))

AUDIT = Resource(
    "Audit",
    "Who changed what, when, and who approved it: every command of a person or a key that changed something, kept with the change itself.",
    (Route("GET", "/v1/audit", LIST_AUDIT, AUDIT_SCOPE, ask=list_audit, place=WHOLE),),
)
IDEMPOTENCY_KEYS = Resource(
    "Idempotency keys",
    "\"Did my sale land?\" has an answer, for 30 days. Any key may ask, about what it or its person has asked and its scopes let it read; "
    "whoever may read the audit trail, about everybody's.",
    (Route("GET", "/v1/idempotency-keys/{key}", RECALL_KEY, "", ask=recall),),
)
DEAD_LETTERS = Resource(
    "Dead letters",
    "Events that an actor gave up on, kept with the error until somebody has mended the cause and sends them again.",
    (
        Route("GET", "/v1/dead-letters", LIST_LETTERS, "operations:read", ask=list_letters, place=WHOLE),
        Route("POST", "/v1/dead-letters/{actor}/{id}/resend", RESEND_LETTER, "operations:write", ask=resend_letter, place=WHOLE),
    ),
)
