"""The whole town: what is set up first, and then its days, store by store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from deploy.simulation import offers
from deploy.simulation.days import Sold, Store
from deploy.simulation.goods import WHOLESALE, everything, upsert
from deploy.simulation.people import MEMBER, Buyer, Clerk, buyers, clerks
from deploy.simulation.requests import Request, money
from deploy.simulation.seeds import Seed
from deploy.simulation.shops import Shop, shops
from deploy.simulation.stockroom import Stockroom

PER_DAY = 260
PRODUCTS_A_CALL = 200
CREDIT_LIMIT = 2_000_000_00


@dataclass(frozen=True)
class Plan:
    """`until`: the last business date. `per_day`: sales of an average store on an average day."""

    seed: Seed
    days: int
    stores: int
    until: date
    per_day: int = PER_DAY

    @property
    def first(self) -> date:
        return self.until - timedelta(days=self.days - 1)


class Town:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.shops = shops(plan.seed, plan.stores)
        rooms = [Stockroom(plan.seed, shop, plan.per_day) for shop in self.shops]
        self.stores = [Store(plan.seed, shop, plan.per_day, plan.stores, room) for shop, room in zip(self.shops, rooms, strict=True)]

    def founding(self) -> Iterator[Request]:
        """Stores, registers, goods, offers and customers, in an order in which each finds what it needs."""
        for shop in self.shops:
            yield from _store(self.plan.seed, shop)
        yield from _goods(self.plan.seed)
        yield from _customers(self.plan.seed)
        for clerk in self.staff:
            yield from _person(self.plan.seed, clerk)

    @property
    def staff(self) -> list[Clerk]:
        return [clerk for shop in self.shops for clerk in clerks(self.plan.seed, shop)]

    def days(self) -> Iterator[tuple[int, list[Request]]]:
        """Day by day, the store's number and what it asks for, in order. Stores do not wait for each other."""
        for number in range(self.plan.days):
            day = self.plan.first + timedelta(days=number)
            for store in self.stores:
                yield store.shop.number, list(store.day(day, self._neighbour(store)))
        for store in self.stores:
            yield store.shop.number, list(store.rest())

    def sold(self) -> dict[str, Sold]:
        return {store.shop.name: store.sold for store in self.stores}

    def _neighbour(self, store: Store) -> Stockroom | None:
        others = self.stores[store.shop.number + 1 :] or self.stores[:1]
        return others[0].stockroom if others[0] is not store else None


def _store(seed: Seed, shop: Shop) -> Iterator[Request]:
    body = {
        "id": shop.id, "name": shop.name, "address": shop.address, "currency": "IDR", "time_zone": shop.zone_name,
        "day_starts_at": shop.day_starts_at, "taxes": [{"code": "ppn", "name": "PPN", "rate": "12", "base": "11/12"}],
        "cash_rounding": {"increment": 100_00},
    }
    yield Request("POST", "/v1/stores", body, seed.key("store", shop.number))
    for till in shop.tills:
        named = {"id": till.id, "store_id": shop.id, "code": till.code, "name": f"{shop.name} {till.code}"}
        yield Request("POST", "/v1/registers", named, seed.key("register", shop.number, till.code))


def _goods(seed: Seed) -> Iterator[Request]:
    """The catalog is the same for all seeds: whoever simulates a second town finds it there."""
    for terms in offers.PRICE_LISTS:
        yield Request("POST", "/v1/price-lists", terms, f"simulate-list-{terms['code']}", settled=True)
    things = everything()
    for first in range(0, len(things), PRODUCTS_A_CALL):
        items = [upsert(thing) for thing in things[first : first + PRODUCTS_A_CALL]]
        yield Request("POST", "/v1/products/batch", {"items": items}, seed.key("products", first))
    for promotion in offers.PROMOTIONS:
        yield Request("POST", "/v1/promotions", promotion, f"simulate-promotion-{promotion['id']}", settled=True)


def _person(seed: Seed, clerk: Clerk) -> Iterator[Request]:
    body = {"id": clerk.id, "code": clerk.code, "name": clerk.name, "roles": [clerk.role], "store_ids": [clerk.store_id]}
    yield Request("POST", "/v1/people", body, seed.key("person", clerk.code))
    yield Request("POST", f"/v1/people/{clerk.id}/pin", {"pin": clerk.pin}, seed.key("pin", clerk.code))


def _customers(seed: Seed) -> Iterator[Request]:
    for code, name, factor in ((MEMBER, "Anggota", "1"), (WHOLESALE, "Grosir", "0.5")):
        body = {"code": code, "name": name, "points_factor": factor}
        yield Request("POST", "/v1/customer-groups", body, f"simulate-group-{code}", settled=True)
    program = {
        "currency": "IDR", "earn_points": 1, "earn_per": money(1_000_00), "point_value": money(10_00), "excluded_categories": ["Kesehatan"],
        "expire_months": 12,
    }
    yield Request("POST", "/v1/points-programs", program, "simulate-program", settled=True)
    yield from (_customer(seed, buyer) for buyer in buyers(seed))
    # Those who have an account are there by now.
    yield Request("GET", "/v1/customer-groups")
    yield from (_credit(seed, buyer) for buyer in buyers(seed) if buyer.credit)


def _customer(seed: Seed, buyer: Buyer) -> Request:
    body = {"id": buyer.id, "code": buyer.code, "name": buyer.name, "phone": buyer.phone, "group": buyer.group}
    return Request("POST", "/v1/customers", body, seed.key("customer", buyer.code), apart=True)


def _credit(seed: Seed, buyer: Buyer) -> Request:
    path = f"/v1/customers/{buyer.id}/credit"
    return Request("POST", path, {"limit": money(CREDIT_LIMIT)}, seed.key("credit", buyer.code), apart=True)
