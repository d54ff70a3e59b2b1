"""What each member of orders has in memory beside its views."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from actors.orders.numbering import Numbering
from actors.runtime.settings import Settings


@dataclass
class Desk:
    """`ask_customers_after`: in seconds of the monotonic clock; nobody answered there a moment ago."""

    numbering: Numbering = field(default_factory=Numbering)
    ask_customers_after: float = 0.0


@asynccontextmanager
async def open_desk(_: Settings) -> AsyncIterator[Desk]:
    yield Desk()
