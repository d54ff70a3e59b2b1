"""The `Approval` header: somebody else's PIN has made a token, which lets this one request go further than the asker may alone."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

import msgspec
from multidict import istr

from actors.runtime.client import Client
from actors.runtime.words import Rights
from actors.staff.contract import USE_APPROVAL, Approved, UseApproval
from http_edge.auth import Key
from http_edge.problems import declined_by

APPROVAL = istr("Approval")
_approved = msgspec.json.Decoder(Approved)


async def use_approval(client: Client, token: str, request: str, stores: list[UUID], key: Key, request_id: str) -> tuple[Rights, str]:
    """The rights of the one who asks, with what was approved; and who approved it. Raises Declined.

    `request`: what the token is bound to, when it is used for the first time: a retry with the same Idempotency-Key or the same
    If-Match, and the same body, is the same request. `stores`: that it is about. The token itself stays here.
    """
    asked = UseApproval(hash=sha256(token.encode(errors="replace")).hexdigest(), request=request, store_ids=stores)
    reply = await client.ask(USE_APPROVAL, asked, by=key.by, request_id=request_id, rights=key.rights)
    if reply.refusal is not None:
        raise declined_by(reply.refusal, {})
    approved = _approved.decode(reply.body)
    return approved.rights, str(approved.person_id)
