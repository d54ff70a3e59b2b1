"""The stores: where they are, when they are open, which registers they have."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from deploy.simulation.seeds import Seed

# Name, address, time zone, opens, closes (25 is one in the morning), day starts at, how busy, has a coffee corner.
PLACES = (
    ("Toko Melati", "Jl. Kemang Raya 12, Jakarta Selatan", "Asia/Jakarta", 7, 22, "00:00", 1.15, True),
    ("Toko Kenanga", "Jl. Stasiun Barat 3, Bandung", "Asia/Jakarta", 6, 25, "04:00", 1.0, True),
    ("Toko Cempaka", "Jl. Pengayoman 45, Makassar", "Asia/Makassar", 7, 22, "00:00", 0.8, False),
)
STORES_MAX = 12


@dataclass(frozen=True)
class Till:
    id: UUID
    code: str
    coffee: bool = False


@dataclass(frozen=True)
class Shop:
    """`opens`, `closes`: hours of the day in its own time; beyond 24 is after midnight, and still the same business date."""

    number: int
    id: UUID
    name: str
    address: str
    zone_name: str
    opens: int
    closes: int
    day_starts_at: str
    busy: float
    tills: tuple[Till, ...]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)


def shops(seed: Seed, count: int) -> list[Shop]:
    return [_shop(seed, number) for number in range(count)]


def _shop(seed: Seed, number: int) -> Shop:
    name, address, zone, opens, closes, day_starts_at, busy, coffee = PLACES[number % len(PLACES)]
    again = number // len(PLACES)
    codes = [("K1", False), ("K2", False), *([("KOPI", True)] if coffee else [])]
    tills = tuple(Till(seed.id("register", number, code), code, is_coffee) for code, is_coffee in codes)
    named = f"{name} {again + 1}" if again else name
    return Shop(number, seed.id("store", number), named, address, zone, opens, closes, day_starts_at, busy, tills)
