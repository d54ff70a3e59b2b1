"""API keys: how they look, who may make which, which may go. Pure: random bytes and the time come in as arguments."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from msgspec.structs import replace

from actors.runtime.words import FieldError, Refusal
from actors.staff.contract import FORBIDDEN, LAST_OWNER, NOT_FOUND, ApiKey, CreateApiKey, Scope

BRAND = "kasir"
"""In front of every key, so that people and secret scanners know one when they see it."""
PREFIX_CHARS = 8
SECRET_BYTES = 32
SECRET_CHARS = 43
"""256 bits in base 62."""
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def make_key(prefix_bytes: bytes, secret_bytes: bytes) -> tuple[str, str]:
    """The prefix that is shown, `kasir_xxxxxxxx`, and the whole key, `kasir_xxxxxxxx_...`: a double click selects all of it."""
    prefix = f"{BRAND}_{_base62(prefix_bytes, PREFIX_CHARS)}"
    return prefix, f"{prefix}_{_base62(secret_bytes, SECRET_CHARS)}"


def make_token(secret_bytes: bytes) -> str:
    """Of an approval: as hard to guess as a key, and not to be taken for one."""
    return f"approval_{_base62(secret_bytes, SECRET_CHARS)}"


def hash_key(key: str) -> str:
    """SHA-256, hex. A key has 256 random bits, so nothing slower is needed: it cannot be guessed from its hash."""
    return sha256(key.encode()).hexdigest()


def _base62(data: bytes, chars: int) -> str:
    number = int.from_bytes(data, "big")
    digits = []
    for _ in range(chars):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def check_grant(asked: CreateApiKey, own: Sequence[Scope]) -> Refusal | None:
    """Nobody gives away more than they have. `own`: the scopes of the key that asks."""
    errors = [
        FieldError(pointer=f"/scopes/{index}", detail=f"Your own key does not have the scope {scope}.")
        for index, scope in enumerate(asked.scopes)
        if not includes(own, scope)
    ]
    return FORBIDDEN.refuse("Leave these scopes out, or ask with a key that has them.", *errors) if errors else None


def includes(own: Collection[Scope], scope: Scope) -> bool:
    """`*` is everything, and `x:write` includes `x:read`."""
    resource, _, verb = scope.partition(":")
    return "*" in own or scope in own or (verb == "read" and f"{resource}:write" in own)


def without_repeats(scopes: Sequence[Scope]) -> list[Scope]:
    return list(dict.fromkeys(scopes))


def revoke_key(id: UUID, key: ApiKey | None, live_owners: Collection[UUID], now: datetime) -> ApiKey | Refusal:
    """The key, revoked; as it was when it is revoked already."""
    if key is None:
        return NOT_FOUND.refuse(f"There is no API key {id}.")
    if key.revoked_at is not None:
        return key
    if live_owners and all(owner == id for owner in live_owners):
        return LAST_OWNER.refuse("Make another key with the scope * first: without one, nobody could make keys.")
    return replace(key, version=key.version + 1, revoked_at=now)
