"""Who works in the stores, and who buys there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from deploy.simulation.goods import WHOLESALE
from deploy.simulation.seeds import Seed
from deploy.simulation.shops import Shop

FIRST = (
    "Adi", "Agus", "Ayu", "Bagus", "Bayu", "Budi", "Citra", "Dewi", "Dian", "Eka", "Fajar", "Fitri", "Gita", "Hadi", "Indah", "Intan", "Joko",
    "Kartika", "Lestari", "Made", "Maya", "Nanda", "Nur", "Putri", "Rani", "Ratna", "Rina", "Rizky", "Sari", "Siti", "Sri", "Tari", "Tono",
    "Wahyu", "Wati", "Wayan", "Yanti", "Yoga", "Yudi", "Yusuf",
)
LAST = (
    "Anggraini", "Firmansyah", "Gunawan", "Halim", "Handayani", "Hartono", "Hidayat", "Kurniawan", "Kusuma", "Lubis", "Maharani", "Nasution",
    "Nugroho", "Permata", "Pratama", "Purnomo", "Rahayu", "Ramadhan", "Safitri", "Santoso", "Saputra", "Setiawan", "Siregar", "Susanto",
    "Utami", "Wibowo", "Widodo", "Wijaya", "Wulandari", "Yulianti",
)
CUSTOMERS = 240
MEMBER = "anggota"
ROLES = ("cashier", "cashier", "cashier", "supervisor")


@dataclass(frozen=True)
class Clerk:
    """`code` and `pin`: how they sign in at a register. A PIN that begins so is never digits in a row."""

    code: str
    name: str
    pin: str
    role: str
    store_id: UUID
    id: UUID


@dataclass(frozen=True)
class Buyer:
    """`group`: "grosir" buys at wholesale prices, "anggota" collects points."""

    id: UUID
    code: str
    name: str
    phone: str
    group: str
    credit: bool

    @property
    def wholesale(self) -> bool:
        return self.group == WHOLESALE


def clerks(seed: Seed, shop: Shop) -> list[Clerk]:
    die = seed.die("clerks", shop.number)
    found = []
    for number, role in enumerate(ROLES, start=1):
        code = f"{seed.number}-{shop.number + 1}{number}"
        name = _name(die.choice(FIRST), die.choice(LAST))
        found.append(Clerk(code, name, f"27{die.randrange(10**6):06}", role, shop.id, seed.id("person", code)))
    return found


@lru_cache(maxsize=4)
def buyers(seed: Seed) -> tuple[Buyer, ...]:
    die = seed.die("buyers")
    found = []
    for number in range(CUSTOMERS):
        wholesale = number % 8 == 0
        name = _name(die.choice(FIRST), die.choice(LAST))
        phone = f"08{die.choice(('11', '12', '13', '21', '52', '57', '78'))}{die.randrange(10**6):06}{number:03}"
        group = WHOLESALE if wholesale else MEMBER
        called = f"Warung {name.partition(' ')[0]}" if wholesale else name
        found.append(Buyer(seed.id("customer", number), f"{seed.number}-{number:04}", called, phone, group, credit=wholesale and number % 16 == 0))
    return tuple(found)


def near(seed: Seed, shop: Shop, among: int) -> Sequence[Buyer]:
    """Those who live near this store: most people buy at one."""
    return buyers(seed)[shop.number % among :: among]


def _name(first: str, last: str) -> str:
    return f"{first} {last}"
