"""One command's message and its answer, between NATS and the handler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from actors.runtime.actor import Asked
from actors.runtime.words import Refusal


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
