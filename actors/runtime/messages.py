"""One command's message and its answer, between NATS and the handler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from actors.runtime.actor import Asked
from actors.runtime.words import Refusal


class Place(NamedTuple):
    """`length` bytes from byte `start` on, counted from 1, in the body of an event."""

    event_id: UUID
    start: int
    length: int


@dataclass(slots=True)
class Waiting:
    """One message in a lane."""

    asked: Asked[Any]
    payload: bytes
    reply_to: str
    index: int | None = None
    """Its place in a bundle."""


@dataclass(slots=True)
class Told:
    """One answer, encoded."""

    body: bytes
    refusal: Refusal | None = None
    replayed: bool = False
    place: Place | None = None
    """Where the log has it, in an event of the same transaction."""
