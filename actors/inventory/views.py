"""What inventory knows of others, in memory: which stores there are, and what money they count in."""

from __future__ import annotations

from uuid import UUID

from actors.runtime.actor import Projection
from actors.stores.contract import STORE_CHANGES, STORE_CREATED, STORE_UPDATED, StoreFeed


class Stores:
    def __init__(self) -> None:
        self._currencies: dict[UUID, str] = {}

    def currency(self, store_id: UUID) -> str | None:
        """None for a store that is not there."""
        return self._currencies.get(store_id)

    def apply(self, feed: StoreFeed) -> None:
        for change in feed.items:
            if change.store is not None:
                self._currencies[change.store.id] = change.store.currency


STORES = Projection("inventory.stores", Stores, STORE_CHANGES, (STORE_CREATED, STORE_UPDATED), Stores.apply)
