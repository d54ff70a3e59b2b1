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


class Deed(NamedTuple):
    """What is kept of an outcome in the audit, where it is not that the one who asked has done it. `by`: "" when nobody knows who it was;
    `about`: ids, never what was typed; `command`: another name than that of the command."""

    by: str
    about: list[str]
    command: str = ""


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
    deed: Deed | None = None
