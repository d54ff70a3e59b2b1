"""What is taken off: as Kasir is told of it, and as the registers of the town reckon it themselves.

Each is such that it comes out even: prices are whole hundreds, percentages whole, and no two are given on one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.simulation.goods import ALWAYS, COFFEE, WHOLESALE
from deploy.simulation.requests import money
from deploy.simulation.seeds import shared_id

COUPON, COUPON_PERCENT, COUPON_MINIMUM = "HEMAT10", 10, 75_000_00
FRIDAY, FRIDAY_CATEGORY, FRIDAY_PERCENT = 5, "Minuman Ringan", 10
HAPPY_FROM, HAPPY_UNTIL, HAPPY_PERCENT = 15, 17, 20
WEEKEND, NOODLES, BUY, GET = (6, 7), "Mi Instan", 5, 1

PRICE_LISTS: tuple[dict[str, Any], ...] = ({"code": WHOLESALE, "name": "Harga grosir", "customer_groups": [WHOLESALE], "priority": 10},)
PROMOTIONS: tuple[dict[str, Any], ...] = (
    {"id": shared_id("promotion", "friday"), "name": "Jumat segar", "terms": {
        "starts_at": ALWAYS, "kind": "percent", "percent": str(FRIDAY_PERCENT), "categories": [FRIDAY_CATEGORY], "days": [FRIDAY]}},
    {"id": shared_id("promotion", "happy"), "name": "Kopi sore", "terms": {
        "starts_at": ALWAYS, "kind": "percent", "percent": str(HAPPY_PERCENT), "categories": [COFFEE],
        "from_time": f"{HAPPY_FROM}:00", "until_time": f"{HAPPY_UNTIL}:00"}},
    {"id": shared_id("promotion", "noodles"), "name": "Beli 5 gratis 1", "terms": {
        "starts_at": ALWAYS, "kind": "buy_x_get_y", "buy": BUY, "get": GET, "categories": [NOODLES], "days": list(WEEKEND)}},
    {"id": shared_id("promotion", "coupon"), "name": "Hemat 10%", "code": COUPON, "terms": {
        "starts_at": ALWAYS, "kind": "percent", "on": "order", "percent": str(COUPON_PERCENT), "minimum": money(COUPON_MINIMUM)}},
)


@dataclass
class Row:
    """A line as the register has it: `price` of one unit with modifiers; `off` what is taken off. Minor units."""

    category: str
    milli: int
    price: int
    off: int = 0

    @property
    def gross(self) -> int:
        return self.price * self.milli // 1000

    @property
    def left(self) -> int:
        return self.gross - self.off


def take_off(rows: Sequence[Row], at: datetime) -> None:
    """What applies by itself at this moment, in the store's own time."""
    weekday = at.isoweekday()
    for row in rows:
        if row.category == FRIDAY_CATEGORY and weekday == FRIDAY:
            row.off = row.gross * FRIDAY_PERCENT // 100
        elif row.category == COFFEE and HAPPY_FROM <= at.hour < HAPPY_UNTIL:
            row.off = row.gross * HAPPY_PERCENT // 100
    if weekday in WEEKEND:
        _give_noodles([row for row in rows if row.category == NOODLES])


def _give_noodles(rows: list[Row]) -> None:
    """Of all packets, the cheapest are the free ones."""
    free = sum(row.milli // 1000 for row in rows) // (BUY + GET) * GET
    for row in sorted(rows, key=lambda row: row.price):
        given = min(free, row.milli // 1000)
        row.off = row.price * given
        free -= given


def coupon_off(rows: Sequence[Row]) -> int:
    """What the coupon gives on the whole order: 0 where the order is not worth enough, before anything is taken off."""
    if sum(row.gross for row in rows) < COUPON_MINIMUM:
        return 0
    return sum(row.left for row in rows) * COUPON_PERCENT // 100
