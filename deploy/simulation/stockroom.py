"""A store's goods, as those who work there know them: deliveries in the morning, what spoils, counting, sending to a neighbour."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from deploy.simulation.baskets import SIZE_WEIGHTS, SIZES
from deploy.simulation.goods import Thing, groceries, ingredients
from deploy.simulation.requests import Request, moment, money, quantity
from deploy.simulation.seeds import Seed
from deploy.simulation.shops import Shop

DAYS_OF_STOCK = 4
EACH = 1.7
"""Pieces of a line, on average."""
DOZEN = 12_000
FRESH = ("Sayur", "Buah", "Roti dan Sarapan")
SENT_WEEKDAY, COUNTED_WEEKDAY = 3, 7
COUNTED = 40
CUPS_SHARE = 0.2


@dataclass
class Stockroom:
    seed: Seed
    shop: Shop
    per_day: int
    there: dict[UUID, int] = field(default_factory=dict)
    """Thousandths of each variant; less than nothing when more was sold than had come in."""

    def __post_init__(self) -> None:
        self._par = dict(self._pars())

    def _pars(self) -> Iterator[tuple[Thing, int]]:
        lines = self.per_day * self.shop.busy * sum(map(math.prod, zip(SIZES, SIZE_WEIGHTS, strict=True))) / sum(SIZE_WEIGHTS)
        weight = sum(thing.popularity for thing in groceries())
        for thing in groceries():
            yield thing, self._par_of(lines * thing.popularity / weight * EACH)
        if any(till.coffee for till in self.shop.tills):
            cups = self.per_day * self.shop.busy * CUPS_SHARE * 2
            for thing in ingredients():
                yield thing, self._par_of(cups if thing.unit == "piece" else cups * 0.1)

    @staticmethod
    def _par_of(a_day: float) -> int:
        return max(DOZEN, math.ceil(a_day * DAYS_OF_STOCK * 1000 / DOZEN) * DOZEN)

    def take(self, used: Mapping[UUID, int]) -> None:
        for variant_id, milli in used.items():
            self.there[variant_id] = self.there.get(variant_id, 0) - milli

    def deliver(self, at: datetime) -> Iterator[Request]:
        """What has run down to half comes in, in dozens, a little dearer or cheaper each time."""
        words = ("delivery", self.shop.number, at.date())
        die, lines = self.seed.die(*words), []
        for thing, par in self._par.items():
            there = self.there.get(thing.variant_id, 0)
            if there > par // 2:
                continue
            milli = math.ceil((par - there) / DOZEN) * DOZEN
            self.there[thing.variant_id] = there + milli
            cost = thing.cost * die.randint(97, 103) // 100
            lines.append({"variant_id": thing.variant_id, "quantity": quantity(milli), "unit_cost": money(cost)})
        if lines:
            reference = f"SJ-{self.shop.number + 1}-{at:%y%m%d}"
            body = {"store_id": self.shop.id, "lines": lines, "reference": reference, "at": moment(at)}
            yield Request("POST", "/v1/inventory/receipts", body, self.seed.key(*words))

    def spoil(self, at: datetime) -> Iterator[Request]:
        """Some of what is fresh does not last until the next morning."""
        words = ("spoilt", self.shop.number, at.date())
        die, lines = self.seed.die(*words), []
        fresh = [thing for thing in groceries() if thing.category in FRESH and self.there.get(thing.variant_id, 0) > 2000]
        for thing in die.sample(fresh, min(3, len(fresh))):
            milli = 1000 if thing.unit == "piece" else die.randrange(100, 900)
            self.take({thing.variant_id: milli})
            lines.append({"variant_id": thing.variant_id, "quantity": f"-{quantity(milli)}"})
        if lines:
            body = {"store_id": self.shop.id, "lines": lines, "reason": "Layu atau kedaluwarsa", "kind": "waste", "at": moment(at)}
            yield Request("POST", "/v1/inventory/adjustments", body, self.seed.key(*words))

    def count(self, at: datetime) -> Iterator[Request]:
        """Sunday evening: some shelves, with what people miscount or take along."""
        words = ("count", self.shop.number, at.date())
        die, name = self.seed.die(*words), "-".join(map(str, words))
        things = die.sample([thing for thing in groceries() if thing.variant_id in self.there], COUNTED)
        body = {"store_id": self.shop.id, "variant_ids": [thing.variant_id for thing in things], "note": "Hitung mingguan"}
        yield Request("POST", "/v1/inventory/counts", body, self.seed.key(*words), saves=name)
        lines = [self._counted(thing, at, die.choice((0, 0, 0, 0, -1, -1, 1))) for thing in things]
        yield Request("POST", f"/v1/inventory/counts/{{{name}}}/lines", {"lines": lines}, self.seed.key(*words, "lines"), saves=name)
        yield Request("POST", f"/v1/inventory/counts/{{{name}}}/close", version=name, settled=True)

    def _counted(self, thing: Thing, at: datetime, more: int) -> dict[str, object]:
        milli = max(0, self.there[thing.variant_id] + more * 1000)
        self.there[thing.variant_id] = milli
        return {"variant_id": thing.variant_id, "quantity": quantity(milli), "at": moment(at)}

    def send(self, at: datetime, other: Stockroom) -> Iterator[Request]:
        """To the neighbour, who gets it the same day; of some a piece less than was sent."""
        words = ("transfer", self.shop.number, at.date())
        die, name = self.seed.die(*words), "-".join(map(str, words))
        rich = [thing for thing in groceries() if thing.unit == "piece" and self.there.get(thing.variant_id, 0) >= 2 * DOZEN]
        lines = [{"variant_id": thing.variant_id, "quantity": "6"} for thing in die.sample(rich, min(4, len(rich)))]
        if not lines:
            return
        self.take({line["variant_id"]: 6000 for line in lines})  # type: ignore[misc]
        body = {"from_store_id": self.shop.id, "to_store_id": other.shop.id, "lines": lines, "reference": f"TR-{self.shop.number + 1}-{at:%y%m%d}"}
        yield Request("POST", "/v1/inventory/transfers", body, self.seed.key(*words), saves=name)
        arrived = [{**line, "quantity": "5" if die.random() < 0.2 else "6"} for line in lines]
        path = f"/v1/inventory/transfers/{{{name}}}/receive"
        yield Request("POST", path, {"lines": arrived}, version=name, settled=True)
        other.take({line["variant_id"]: -1000 * int(line["quantity"]) for line in arrived})  # type: ignore[misc, call-overload]


def before_opening(at: datetime) -> datetime:
    return at - timedelta(minutes=40)
