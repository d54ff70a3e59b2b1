"""Signatures of reports, as Standard Webhooks has them: `{id}.{timestamp}.{body}` with HMAC-SHA256, `v1`. Pure."""

from __future__ import annotations

import binascii
import hmac
from collections.abc import Mapping

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


class BadSignature(Exception):
    """Not signed with the secret, or too long ago."""


def secret_key(secret: str) -> bytes:
    """ValueError unless it is `whsec_` and 24 to 64 bytes in base64."""
    key = binascii.a2b_base64(secret.removeprefix(PREFIX), strict_mode=True)
    if not secret.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError("a secret is whsec_ and 24 to 64 bytes in base64")
    return key


def signed(key: bytes, id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that go with `body`."""
    return {ID: id, TIMESTAMP: str(timestamp), SIGNATURE: _sign(key, id, str(timestamp), body)}


def check(key: bytes, headers: Mapping[str, str], body: bytes, unix_seconds: float) -> None:
    """`headers` with lower-case names. BadSignature unless one of the signatures is right, and its time is about now."""
    timestamp = headers.get(TIMESTAMP, "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise BadSignature("no timestamp")
    if abs(unix_seconds - int(timestamp)) > TOLERANCE_SECONDS:
        raise BadSignature("signed too long ago, or in the future")
    expected = _sign(key, headers.get(ID, ""), timestamp, body).encode()
    # All of them, so that the time it takes tells nothing.
    matches = [hmac.compare_digest(given.encode(), expected) for given in headers.get(SIGNATURE, "").split(" ")]
    if True not in matches:
        raise BadSignature("not signed with the secret")


def _sign(key: bytes, id: str, timestamp: str, body: bytes) -> str:
    return "v1," + binascii.b2a_base64(hmac.digest(key, f"{id}.{timestamp}.".encode() + body, "sha256"), newline=False).decode()
