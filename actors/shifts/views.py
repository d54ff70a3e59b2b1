"""What shifts knows of others, in memory: the registers, with what matters of their stores."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from actors.runtime.actor import Projection
from actors.runtime.days import business_date, read_clock
from actors.runtime.work import Work
from actors.stores.contract import REGISTER_CREATED, REGISTER_UPDATED, STORE_CHANGES, STORE_CREATED, STORE_UPDATED, Register, Store, StoreFeed


class Place(NamedTuple):
    """A register and its store."""

    register: Register
    store: Store

    @property
    def currency(self) -> str:
        return self.store.currency

    def day_of(self, at: datetime) -> date:
        return business_date(at, ZoneInfo(self.store.time_zone), read_clock(self.store.day_starts_at))


class Places:
    def __init__(self) -> None:
        self._stores: dict[UUID, Store] = {}
        self._registers: dict[UUID, Register] = {}

    def find(self, register_id: UUID) -> Place | None:
        register = self._registers.get(register_id)
        store = self._stores.get(register.store_id) if register is not None else None
        return Place(register, store) if register is not None and store is not None else None

    def apply(self, feed: StoreFeed) -> None:
        for change in feed.items:
            if change.store is not None:
                self._stores[change.store.id] = change.store
            if change.register is not None:
                self._registers[change.register.id] = change.register


PLACES = Projection("shifts.places", Places, STORE_CHANGES, (STORE_CREATED, STORE_UPDATED, REGISTER_CREATED, REGISTER_UPDATED), Places.apply)


async def know_places(work: Work, register_ids: Iterable[UUID]) -> dict[UUID, Place]:
    """Those that are there. Asks for the newest when one is not known, or not active: it may have been made a moment ago."""
    wanted = set(register_ids)
    found = _find(work, wanted)
    if len(found) < len(wanted) or not all(place.register.active for place in found.values()):
        await work.refresh(PLACES)
        found = _find(work, wanted)
    return found


def _find(work: Work, register_ids: set[UUID]) -> dict[UUID, Place]:
    view = work.view(PLACES)
    return {id: place for id in register_ids if (place := view.find(id)) is not None}
