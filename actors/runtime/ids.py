"""Ids that sort by time, and the clock: the only place where Kasir asks for either."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562)."""
    return uuid7()


def now() -> datetime:
    return datetime.now(UTC)
