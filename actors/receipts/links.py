"""The public link of a receipt: the order's id with a seal on it. Pure; nothing is stored, and nobody can make one up."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

_SEAL_BYTES = 12
"""96 bits: who guesses a million times a second needs longer than there has been time."""
_KINDS = {b"r": False, b"g": True}


def token_of(secret_key: str, order_id: UUID, gift: bool) -> str:
    """40 letters, digits, dashes and underscores."""
    named = (b"g" if gift else b"r") + order_id.bytes
    return urlsafe_b64encode(named + _seal(secret_key, named)).decode().rstrip("=")


def read_token(secret_key: str, token: str) -> tuple[UUID, bool] | None:
    """The order, and whether it is the link of its gift receipt. None for anything that was not made here."""
    try:
        whole = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    named, seal = whole[:17], whole[17:]
    # One token for each receipt: the same bytes can be written in several ways, of which only one is taken.
    if not hmac.compare_digest(seal, _seal(secret_key, named)) or named[:1] not in _KINDS:
        return None
    order_id, gift = UUID(bytes=named[1:]), _KINDS[named[:1]]
    return (order_id, gift) if token == token_of(secret_key, order_id, gift) else None


def _seal(secret_key: str, named: bytes) -> bytes:
    return hmac.digest(secret_key.encode(), b"kasir receipt:" + named, "sha256")[:_SEAL_BYTES]
