"""Cursors: where the next page of a list starts, opaque to the client. Pure.

A cursor holds the sort key of the last item shown, so pages stay right while rows come and go.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import TypeVar

import msgspec

from actors.runtime.words import FieldError, Reason, Refusal

Key = TypeVar("Key")


def write_cursor(*key: str | int) -> str:
    """The sort key of the last item, as URL-safe text: at most 4/3 of its size."""
    return urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def read_cursor(cursor: str, key: type[Key]) -> Key:
    """The sort key in `cursor`, for example as `tuple[str, UUID]`. ValueError for anything that `write_cursor` has not written."""
    padded = cursor + "=" * (-len(cursor) % 4)
    # msgspec.DecodeError is a ValueError, as binascii.Error is.
    found = msgspec.json.decode(urlsafe_b64decode(padded.encode()), type=key)
    for part in found if isinstance(found, tuple) else ():
        if isinstance(part, int) and not -(2**63) <= part < 2**63:
            raise ValueError("no number of ours is as large")
        if isinstance(part, datetime) and (part.tzinfo is None or not 1 < part.year < 9999):
            raise ValueError("no time of ours is like that")
    return found


def wrong_cursor(reason: Reason) -> Refusal:
    """What a list answers where `read_cursor` raises; `reason` is its actor's own."""
    error = FieldError(pointer="?cursor", detail="Not a cursor of this list.")
    return reason.refuse("Give `next_cursor` of the page before, unchanged, or none.", error)
