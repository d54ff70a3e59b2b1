"""Giving an endpoint a new secret, without a moment in which a listener has the wrong one."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from secrets import token_bytes

from actors.runtime.actor import Asked
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work
from actors.webhooks import endpoints, signing
from actors.webhooks import endpoints_store as store
from actors.webhooks.contract import INVALID, NewSecret, RotateSecret
from actors.webhooks.endpoints_store import Row
from actors.webhooks.keyring import UNREADABLE

SECRETS_MAX = 8
"""So many may sign at once: each makes the header longer."""


async def rotate_secrets(asked: Sequence[Asked[RotateSecret]], work: Work) -> list[NewSecret | Refusal]:
    return [await _rotate(one.body, work) for one in asked]


async def _rotate(body: RotateSecret, work: Work) -> NewSecret | Refusal:
    errors = list(endpoints.secret_errors(body.secret))
    if errors:
        return INVALID.refuse("Correct what is listed, and try again.", *errors)
    await store.take_turns(work)
    row = endpoints.found(await store.find_row(work, body.id), body.id)
    if isinstance(row, Refusal):
        return row
    if body.secret is not None and await _signs_already(body.secret, row.number, work):
        return _known()
    if body.overlap_seconds and await store.count_secrets(work, row.number) >= SECRETS_MAX:
        return _too_many()
    old_ends_at = work.now + timedelta(seconds=body.overlap_seconds)
    await store.end_secrets(work, row.number, old_ends_at)
    secret = body.secret or signing.new_secret(token_bytes(32))
    await store.insert_secret(work, row.number, secret, endpoints.signing_key_for(row.endpoint))
    saved = await endpoints.save(work, Row(row.number, endpoints.changed(row.endpoint, work.now)))
    public_key = saved.public_keys[0].key if saved.public_keys else None
    return NewSecret(id=saved.id, version=saved.version, secret=secret, old_ends_at=old_ends_at, public_key=public_key)


def _too_many() -> Refusal:
    detail = f"{SECRETS_MAX} secrets sign already. Wait until one has ended, or end all of them now with 0."
    return INVALID.refuse("It was rotated too often.", FieldError(pointer="/overlap_seconds", detail=detail))


async def _signs_already(secret: str, number: int, work: Work) -> bool:
    """By the bytes that it stands for. One that cannot be read is none that somebody could bring."""
    key = signing.secret_key(secret)
    for row in await store.find_secrets(work, number):
        with suppress(*UNREADABLE):
            if hmac.compare_digest(key, signing.secret_key(work.unseal(row["secret"]).decode())):
                return True
    return False


def _known() -> Refusal:
    detail = "This endpoint has it already. Bring a new one, or leave it out and take the one that is made."
    return INVALID.refuse("A rotation needs another secret.", FieldError(pointer="/secret", detail=detail))
