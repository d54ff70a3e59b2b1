"""Which of a variant's prices holds: in this store, for this customer, at this moment, for this unit."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from actors.orders import contract
from actors.orders.amounts import exact, round_half_up
from actors.orders.contract import Customer
from actors.orders.items import Item, PackUnit, PricePoint
from actors.orders.offers import Offers
from actors.orders.tills import Till
from actors.orders.wrongs import Wrong


class Found(NamedTuple):
    """`rule` tells where it is from; `exact` what it was before it was rounded, or "". `listed`: of one that a register told, the higher one
    that it should have been."""

    amount: int
    rule: str
    exact: str = ""
    listed: int | None = None


class Prices:
    """The prices of one moment, for one customer in one store."""

    def __init__(self, till: Till, offers: Offers, at: datetime, customer: Customer | None) -> None:
        self._till, self._offers, self._at, self._customer = till, offers, at, customer

    @cached_property
    def _lists(self) -> dict[str, int]:
        return self._offers.lists_for(self._till.store_id, self._customer.group if self._customer else None)

    def of(self, item: Item, pack: PackUnit | None) -> Found:
        if pack is not None and pack.price is not None:
            self._same_currency(item, pack.currency)
            return Found(pack.price, f"price:pack:{pack.code}")
        unit = self._of_unit(item)
        if pack is None:
            return unit
        return Found(round_half_up(unit.amount * pack.milli, 1000), unit.rule, exact(unit.amount * pack.milli, 1000))

    def _of_unit(self, item: Item) -> Found:
        if item.extras is not None and item.extras.prices:
            there = [point for point in item.extras.prices if self._applies(point)]
            if there:
                best = min(there, key=self._rank)
                return Found(best.amount, _rule(best))
        self._same_currency(item, item.currency)
        return Found(item.price, "price:base")

    def _applies(self, point: PricePoint) -> bool:
        return (
            point.currency == self._till.currency
            and (point.store_id is None or point.store_id == self._till.store_id)
            and (point.price_list is None or point.price_list in self._lists)
            and self._has_begun(point)
            and (point.ends_at is None or self._at < point.ends_at)
        )

    def _has_begun(self, point: PricePoint) -> bool:
        """A list's price holds from when the list was made, unless somebody has said since when."""
        begins = point.starts_at
        if begins is None and point.price_list is not None:
            begins = self._offers.list_made_at(point.price_list)
        return begins is None or begins <= self._at

    def _rank(self, point: PricePoint) -> tuple[int, bool, float]:
        """Least is best: a price list before none, a store before none, then what started last; of equals the first."""
        by_list = self._lists[point.price_list] if point.price_list is not None else len(self._lists)
        return by_list, point.store_id is None, -point.starts_at.timestamp() if point.starts_at else float("inf")

    def _same_currency(self, item: Item, currency: str | None) -> None:
        if currency != self._till.currency:
            detail = f"{item.name} has a price in {currency}, and the store sells in {self._till.currency}."
            raise Wrong(contract.WRONG_CURRENCY, "", detail)


def _rule(point: PricePoint) -> str:
    if point.price_list is not None:
        return f"price:list:{point.price_list}"
    return "price:store" if point.store_id is not None else "price:dated"
