"""What a payment provider is to Kasir: four questions. Each provider is a module of its own; the settings name those in use.

Whatever is asked for twice with the same key is done once: that is all that a provider must promise.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from actors.payments.contract import Intent, Method
from actors.payments.rules import Said


class ProviderAway(Exception):
    """No answer, or none that can be used: it may have been done, or not."""


class Report(NamedTuple):
    """What a provider reports by itself, once its signature was checked."""

    intent_id: UUID
    said: Said


class Refunded(NamedTuple):
    """done: it has gone back. pending: it will; asked again with the same key, the provider says when. refused: it never will, and why."""

    outcome: Literal["done", "pending", "refused"]
    why: str = ""


class Provider(Protocol):
    """Raises ProviderAway when no answer came: it may have been done, or not, and is asked again."""

    methods: frozenset[Method]

    async def start(self, intent: Intent) -> Said:
        """Begins the payment, under the intent's id: begun twice, it is the same one."""

    async def look_up(self, intent: Intent) -> Said:
        """How it stands; "unknown" when it was never begun."""

    async def refund(self, intent: Intent, up_to: int, key: str) -> Refunded:
        """Gives back what is between `intent.refunded` and `up_to` (minor units), once for each key."""

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Report | None:
        """What it reports. None for something that concerns no payment. BadSignature unless the provider has signed it."""


def find_provider(providers: Mapping[str, Provider], name: str | None, method: Method) -> str | None:
    """The provider for a payment: the one that is named, or else the first that knows the method. None when there is none."""
    if name is not None:
        return name if name in providers and method in providers[name].methods else None
    return next((known for known, provider in providers.items() if method in provider.methods), None)
