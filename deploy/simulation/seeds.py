"""Everything that looks like chance comes from one number, and does not disturb its neighbours: each thing has a die of its own."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from uuid import UUID, uuid5

EVERYWHERE = UUID("6b61736b-6972-5000-8000-73696d756c61")
"""What all simulations share, as the catalog, has its ids from here."""


@dataclass(frozen=True)
class Seed:
    number: int

    def id(self, *words: object) -> UUID:
        return uuid5(EVERYWHERE, "/".join(map(str, (self.number, *words))))

    def key(self, *words: object) -> str:
        """An Idempotency-Key: whoever runs the same simulation again doubles nothing."""
        return f"simulate-{self.id('key', *words)}"

    def die(self, *words: object) -> Random:
        return Random("/".join(map(str, (self.number, *words))))  # noqa: S311


def shared_id(*words: object) -> UUID:
    return uuid5(EVERYWHERE, "/".join(map(str, words)))
