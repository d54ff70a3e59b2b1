"""What reports know of others, in memory: the stores with their clocks and money, and what stores and registers are called."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from actors.runtime.actor import Projection
from actors.stores.contract import (
    REGISTER_CREATED,
    REGISTER_UPDATED,
    STORE_CHANGES,
    STORE_CREATED,
    STORE_UPDATED,
    Store,
    StoreFeed,
)


class Shop(Struct, frozen=True):
    """`begins`: how long after midnight its day begins."""

    id: UUID
    name: str
    currency: str
    zone: ZoneInfo
    begins: timedelta

    def day_of(self, at: datetime) -> date:
        """The business date of a moment."""
        return (at.astimezone(self.zone) - self.begins).date()

    def hour_of(self, at: datetime) -> int:
        return at.astimezone(self.zone).hour

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """The first moment of a business date, and that of the next one."""
        return self._begin(day), self._begin(day + timedelta(days=1))

    def _begin(self, day: date) -> datetime:
        return (datetime.combine(day, time(), self.zone) + self.begins).astimezone(UTC)


class Shops:
    def __init__(self) -> None:
        self.by_id: dict[UUID, Shop] = {}
        self.by_text: dict[str, Shop] = {}
        self.registers: dict[str, str] = {}

    def apply(self, feed: StoreFeed) -> None:
        for change in feed.items:
            if change.store is not None:
                shop = to_shop(change.store)
                self.by_id[shop.id] = self.by_text[str(shop.id)] = shop
            if change.register is not None:
                self.registers[str(change.register.id)] = change.register.name or change.register.code

    def all(self) -> list[Shop]:
        return list(self.by_id.values())


def to_shop(store: Store) -> Shop:
    hours, _, minutes = store.day_starts_at.partition(":")
    return Shop(store.id, store.name, store.currency, ZoneInfo(store.time_zone), timedelta(hours=int(hours), minutes=int(minutes)))


SHOPS = Projection(
    "reports.shops", Shops, STORE_CHANGES, (STORE_CREATED, STORE_UPDATED, REGISTER_CREATED, REGISTER_UPDATED), Shops.apply
)
