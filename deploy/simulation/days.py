"""One day of one store: who stands at which register, what is sold and comes back there, and what the drawer holds in the evening."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from deploy.simulation import curves
from deploy.simulation.baskets import Basket, fill, refundable
from deploy.simulation.drawers import Cash, Drawer
from deploy.simulation.goods import COFFEE
from deploy.simulation.people import Buyer, Clerk, clerks, near
from deploy.simulation.requests import Request, moment, money
from deploy.simulation.seeds import Seed
from deploy.simulation.shops import Shop, Till
from deploy.simulation.stockroom import COUNTED_WEEKDAY, SENT_WEEKDAY, Stockroom, before_opening

COFFEE_SHARE, SECOND_SHARE = 0.18, 0.4
KNOWN_SHARE = 0.28
REFUND_CHANCE, CANCEL_CHANCE, OFFLINE_CHANCE = 0.016, 0.002, 0.12
REMEMBERED = 200
HALF_DAY = 15
"""When the afternoon's cashiers take over."""
BATCH = 200
REASONS = ("Rusak", "Salah beli", "Kedaluwarsa", "Tidak sesuai ukuran")


@dataclass(frozen=True)
class Sale:
    """What a refund needs to know of it."""

    id: UUID
    at: datetime
    basket: Basket


@dataclass
class Sold:
    """What the registers of a store made of their days, by their own reckoning. Minor units.

    `cash_difference`: by how much the drawers were wrong; `cash_at_closing`: by how much they seemed to be, as long as nobody had
    heard of what a register had sold offline.
    """

    orders: int = 0
    total: int = 0
    refunds: int = 0
    refunded: int = 0
    cancels: int = 0
    cash_difference: int = 0
    cash_at_closing: int = 0


@dataclass
class Store:
    """`late`: what an offline register has sold, and sends the next evening."""

    seed: Seed
    shop: Shop
    per_day: int
    shops: int
    stockroom: Stockroom
    sold: Sold = field(default_factory=Sold)
    numbers: dict[UUID, int] = field(default_factory=dict)
    recent: list[Sale] = field(default_factory=list)
    late: list[Request] = field(default_factory=list)

    def day(self, day: date, neighbour: Stockroom | None) -> Iterator[Request]:
        opening = datetime.combine(day, time(self.shop.opens), self.shop.zone)
        closing = datetime.combine(day, time(), self.shop.zone) + timedelta(hours=self.shop.closes)
        waiting, self.late = self.late, []
        yield from self.stockroom.deliver(before_opening(opening))
        half = opening.replace(hour=HALF_DAY)
        sales = self._sales(day)
        staff = clerks(self.seed, self.shop)
        for till in self.shop.tills:
            offline = till.code == "K2" and self.seed.die("offline", self.shop.number, day).random() < OFFLINE_CHANCE
            mine = sales[till.id]
            for turn, (begins, ends) in enumerate(((opening, half), (half, closing))):
                drawer = Drawer(self.seed, till, staff, self._clerk(staff, till, turn, day), begins, ends)
                late = offline and turn == 1
                yield from self._shift(drawer, [sale for sale in mine if begins <= sale[0] < ends], late=late)
        yield from waiting
        yield from self.stockroom.spoil(closing - timedelta(minutes=5))
        if day.isoweekday() == SENT_WEEKDAY and neighbour is not None:
            yield from self.stockroom.send(closing - timedelta(minutes=4), neighbour)
        if day.isoweekday() == COUNTED_WEEKDAY:
            yield from self.stockroom.count(closing - timedelta(minutes=2))

    def rest(self) -> Iterator[Request]:
        """What is still on the way after the last day."""
        yield from self.late

    def _clerk(self, staff: Sequence[Clerk], till: Till, turn: int, day: date) -> Clerk:
        cashiers = [clerk for clerk in staff if clerk.role == "cashier"]
        return cashiers[(self.shop.tills.index(till) + turn + day.toordinal()) % len(cashiers)]

    def _sales(self, day: date) -> dict[UUID, list[tuple[datetime, Buyer | None, Random]]]:
        """Who pays when at which register."""
        die = self.seed.die("sales", self.shop.number, day)
        count = curves.customers_on(day, self.shop, self.per_day, die)
        coffee = [till for till in self.shop.tills if till.coffee]
        plain = [till for till in self.shop.tills if not till.coffee]
        known = near(self.seed, self.shop, self.shops)
        found: dict[UUID, list[tuple[datetime, Buyer | None, Random]]] = {till.id: [] for till in self.shop.tills}
        for number, at in enumerate(curves.moments(day, self.shop, count, die)):
            till = coffee[0] if coffee and die.random() < COFFEE_SHARE else plain[1] if die.random() < SECOND_SHARE else plain[0]
            buyer = die.choice(known) if die.random() < KNOWN_SHARE else None
            found[till.id].append((at, buyer, self.seed.die("basket", self.shop.number, day, number)))
        return found

    def _shift(self, drawer: Drawer, coming: list[tuple[datetime, Buyer | None, Random]], *, late: bool) -> Iterator[Request]:
        yield drawer.open()
        orders, cash, sales = [], Cash(), []
        for number, (at, buyer, die) in enumerate(coming):
            basket = fill(at, buyer, die, coffee=drawer.till.coffee)
            order = self._order(drawer, number, at, buyer, basket)
            orders.append(order)
            sales.append(Sale(order["id"], at, basket))
            cash.sold += basket.cash
            self.stockroom.take(basket.used)
            self.sold.orders += 1
            self.sold.total += basket.total
        batches = list(self._batches(drawer, orders))
        if late:
            # Nobody but the register knows of them: they stand in no drawer's books until they are sent.
            self.late += batches
        else:
            yield from batches
            yield from self._afterwards(drawer, sales, cash)
        yield from drawer.events(cash)
        yield from drawer.close(cash)
        self.sold.cash_difference += drawer.difference
        self.sold.cash_at_closing += drawer.difference + (cash.sold if late else 0)

    def _order(self, drawer: Drawer, number: int, at: datetime, buyer: Buyer | None, basket: Basket) -> dict[str, Any]:
        till = drawer.till
        self.numbers[till.id] = self.numbers.get(till.id, 0) + 1
        order: dict[str, Any] = {
            "id": self.seed.id("order", till.id, drawer.begins, number), "register_id": till.id, "sold_at": moment(at),
            "receipt": f"{till.code}-{self.numbers[till.id]:06}", "lines": basket.lines, "tenders": basket.tenders, "total": money(basket.total),
        }
        if basket.coupons:
            order["coupons"] = basket.coupons
        if buyer is not None:
            order["customer"] = {"id": buyer.id, "name": buyer.name, "group": buyer.group}
        return order

    def _batches(self, drawer: Drawer, orders: list[dict[str, Any]]) -> Iterator[Request]:
        for first in range(0, len(orders), BATCH):
            part = orders[first : first + BATCH]
            key = self.seed.key("batch", drawer.till.id, drawer.begins, first)
            yield Request(
                "POST", "/v1/orders/batch", {"orders": part}, key, person=drawer.clerk.code, register_id=drawer.till.id, orders=len(part)
            )

    # --- what comes back

    def _afterwards(self, drawer: Drawer, sales: list[Sale], cash: Cash) -> Iterator[Request]:
        """Of today's sales some are called off; of the last days' sales some come back to this register."""
        die = self.seed.die("afterwards", drawer.till.id, drawer.begins)
        refunds = sum(die.random() < REFUND_CHANCE for _ in sales)
        for _ in range(refunds):
            there = [sale for sale in self.recent if sale.at < drawer.ends - timedelta(minutes=30)]
            if there:
                sale = die.choice(there)
                self.recent.remove(sale)
                yield self._refund(drawer, sale, cash, die)
        for sale in sales:
            if sale.basket.cash == 0 and die.random() < CANCEL_CHANCE:
                self.sold.cancels += 1
                body = {"reason": "Transaksi ganda", "at": moment(sale.at + timedelta(minutes=1))}
                yield Request("POST", f"/v1/orders/{sale.id}/cancel", body, approved="void", settled=True, **self._by(drawer))
            elif refundable(sale.basket, sale.basket.tenders):
                self.recent.append(sale)
        self.recent = self.recent[-REMEMBERED:]

    def _refund(self, drawer: Drawer, sale: Sale, cash: Cash, die: Random) -> Request:
        row = sale.basket.rows[0]
        amount = row.price
        if sale.basket.cash:
            cash.refunded += amount
        self.sold.refunds += 1
        self.sold.refunded += amount
        restock = die.random() < 0.7 and row.category != COFFEE
        if restock:
            self.stockroom.take({sale.basket.lines[0]["variant_id"]: -1000})
        first = max(sale.at, drawer.begins) + timedelta(minutes=1)
        at = first + (drawer.ends - first) * (die.random() * 0.95)
        body = {
            "lines": [{"line": 1, "quantity": "1", "restock": restock}], "register_id": drawer.till.id, "reason": die.choice(REASONS),
            "at": moment(at.replace(microsecond=0)),
        }
        key = self.seed.key("refund", sale.id)
        return Request("POST", f"/v1/orders/{sale.id}/refunds", body, key, approved="refund", **self._by(drawer))

    @staticmethod
    def _by(drawer: Drawer) -> dict[str, Any]:
        return {"person": drawer.clerk.code, "register_id": drawer.till.id}
