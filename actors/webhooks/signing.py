"""Signatures by Standard Webhooks (https://www.standardwebhooks.com): made, and checked. Pure.

What is signed is `{id}.{timestamp}.{body}`, the body exactly as it is sent. `v1` is HMAC-SHA256 with a shared secret (`whsec_`),
`v1a` is ed25519: signed with a key that stays here (`whsk_`), verified with one that everybody may know (`whpk_`).
"""

from __future__ import annotations

import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SECRET_PREFIX = "whsec_"  # noqa: S105
SIGNING_KEY_PREFIX = "whsk_"
PUBLIC_KEY_PREFIX = "whpk_"
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64
SEED_BYTES = 32
"""A signing key is 32 random bytes, written with the 32 bytes of its public key behind them, as others write it."""
SIGNATURES_MAX = 32
"""More than that in one header are not looked at: checking costs, and nobody needs them."""
TOLERANCE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Key:
    """One key that signs, until `ends_at` (Unix seconds). Never shown, not even by mistake."""

    algorithm: Literal["v1", "v1a"]
    key: bytes | Ed25519PrivateKey = field(repr=False)
    ends_at: float | None = None


Keys = tuple[Key, ...]
"""The newest first."""


# --- keys ---------------------------------------------------------------------------------------------------


def new_secret(random: bytes) -> str:
    """A secret out of 24 to 64 random bytes."""
    return SECRET_PREFIX + _base64(random)


def secret_key(secret: str) -> bytes:
    """The signing key inside a `whsec_` secret, padded or not. ValueError when it is none of 24 to 64 bytes."""
    key = _bytes_in(secret, SECRET_PREFIX)
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise ValueError(f"a secret holds {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes, not {len(key)}")
    return key


def new_signing_key(random: bytes) -> str:
    """An ed25519 key, `whsk_...`, out of 32 random bytes."""
    return SIGNING_KEY_PREFIX + _base64(random + Ed25519PrivateKey.from_private_bytes(random).public_key().public_bytes_raw())


def read_signing_key(text: str) -> Ed25519PrivateKey:
    """ValueError when `text` is no `whsk_` key."""
    key = _bytes_in(text, SIGNING_KEY_PREFIX)
    if len(key) not in (SEED_BYTES, 2 * SEED_BYTES):
        raise ValueError(f"a signing key holds {SEED_BYTES} or {2 * SEED_BYTES} bytes, not {len(key)}")
    return Ed25519PrivateKey.from_private_bytes(key[:SEED_BYTES])


def public_key(signing_key: str) -> str:
    """The `whpk_` key that verifies what this `whsk_` key signs."""
    return PUBLIC_KEY_PREFIX + _base64(read_signing_key(signing_key).public_key().public_bytes_raw())


# --- signing ------------------------------------------------------------------------------------------------


def sign_v1(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1,` and the signature in base64."""
    return "v1," + _base64(hmac.digest(key, _signed(message_id, timestamp, body), "sha256"))


def sign_v1a(key: Ed25519PrivateKey, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1a,` and the signature in base64."""
    return "v1a," + _base64(key.sign(_signed(message_id, timestamp, body)))


def signature(keys: Keys, message_id: str, timestamp: str, body: bytes, now: float) -> str:
    """The header `webhook-signature`: a signature by each key that has not ended at `now` (Unix seconds)."""
    signed = []
    for one in keys:
        if one.ends_at is not None and one.ends_at <= now:
            continue
        if isinstance(one.key, bytes):
            signed.append(sign_v1(one.key, message_id, timestamp, body))
        else:
            signed.append(sign_v1a(one.key, message_id, timestamp, body))
    return " ".join(signed)


# --- checking -----------------------------------------------------------------------------------------------


def verify(
    trusted: Sequence[str],
    message_id: str,
    timestamp: str,
    signature_header: str,
    body: bytes,
    now: float,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> bool:
    """Whether any of the signatures in the header was made with any of the trusted keys, at about `now` (Unix seconds).

    `trusted`: secrets (`whsec_`) and public keys (`whpk_`); ValueError when one is neither. Looks at every signature whichever
    matches, so the time it takes tells nothing. Signatures of versions that it does not know are skipped.
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs(now - int(timestamp)) > tolerance_seconds:
        return False
    given = signature_header.split(" ")[:SIGNATURES_MAX]
    signed = _signed(message_id, timestamp, body)
    matches = []
    for trust in trusted:
        if trust.startswith(PUBLIC_KEY_PREFIX):
            key = Ed25519PublicKey.from_public_bytes(_bytes_in(trust, PUBLIC_KEY_PREFIX))
            matches += [_is_signed(key, part.removeprefix("v1a,"), signed) for part in given if part.startswith("v1a,")]
        else:
            expected = sign_v1(secret_key(trust), message_id, timestamp, body).encode()
            matches += [hmac.compare_digest(part.encode(), expected) for part in given if part.startswith("v1,")]
    return True in matches


def _is_signed(key: Ed25519PublicKey, given: str, signed: bytes) -> bool:
    try:
        key.verify(binascii.a2b_base64(given, strict_mode=True), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


# --- bytes --------------------------------------------------------------------------------------------------


def _signed(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode() + body


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()


def _bytes_in(text: str, prefix: str) -> bytes:
    bare = text.removeprefix(prefix).rstrip("=")
    return binascii.a2b_base64(bare + "=" * (-len(bare) % 4), strict_mode=True)
