"""How things look on the wire: JSON through msgspec, the same on NATS, in the log, on HTTP and in a webhook.

An event's body is `{"type": ..., "timestamp": ..., "data": ...}` (Standard Webhooks), written once and never re-encoded.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec

from actors.runtime.words import Rights

KEY = "Kasir-Key"
"""On a command: the caller's idempotency key. On an event: the id of what it is about."""
BY = "Kasir-By"
RIGHTS = "Kasir-Rights"
APPROVED_BY = "Kasir-Approved-By"
REQUEST_ID = "Kasir-Request-Id"
TRACE = "traceparent"
REFUSED = "Kasir-Refused"
REPLAYED = "Kasir-Replayed"
POSITION = "Kasir-Position"
MESSAGE_ID = "Nats-Msg-Id"

_encoder = msgspec.json.Encoder()
encode = _encoder.encode


class _Envelope(msgspec.Struct):
    type: str
    timestamp: datetime
    data: Any


def encode_event(name: str, at: datetime, data: msgspec.Struct | msgspec.Raw) -> bytes:
    return encode(_Envelope(name, at, data))


@lru_cache(maxsize=256)
def _event_decoder(data: type) -> msgspec.json.Decoder[Any]:
    envelope = msgspec.defstruct("Envelope", [("data", data)])
    return msgspec.json.Decoder(envelope)


def decode_event(data: type, body: bytes) -> Any:
    """The `data` of an event's body, as a `data`. Unknown fields are ignored: they come from newer members."""
    return _event_decoder(data).decode(body).data


_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """The one decoder of a struct: making it costs more than using it."""
    known = _decoders.get(kind)
    if known is None:
        known = _decoders[kind] = msgspec.json.Decoder(kind)
    return known


def fingerprint(subject: str, payload: bytes) -> bytes:
    """Tells whether two keyed commands are the same: 16 bytes."""
    return blake2b(payload, digest_size=16, key=subject.encode()).digest()


def headers_of(
    by: str, key: str | None, request_id: str, traceparent: str, rights: Rights | None = None, approved_by: str = ""
) -> dict[str, str] | None:
    """A command's NATS headers; None when it needs none."""
    headers = {}
    if by:
        headers[BY] = by
    if key is not None:
        headers[KEY] = key
    if request_id:
        headers[REQUEST_ID] = request_id
    if traceparent:
        headers[TRACE] = traceparent
    if rights is not None:
        headers[RIGHTS] = encode(rights).decode()
    if approved_by:
        headers[APPROVED_BY] = approved_by
    return headers or None
