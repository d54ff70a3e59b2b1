"""Price lists and promotions, ready to be applied: who gets them, where, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from actors.catalog.contract import OfferFeed, PriceList, Promotion
from actors.orders.amounts import FULL_RATE, rate_parts
from actors.orders.contract import Customer
from actors.orders.tills import Till
from actors.runtime.money import shown
from actors.runtime.words import Money

EVER = datetime.min.replace(tzinfo=UTC)


class Offer(NamedTuple):
    """A promotion, or a coupon when it has a `code`. `parts`: of FULL_RATE. Times of day are minutes after midnight.

    `starts_at`: when it was made, unless somebody has said it. What was sold before, offline, was sold without it. A coupon holds from ever: who
    has one in his hand has it.
    """

    id: UUID
    name: str
    code: str | None
    active: bool
    kind: str
    on_lines: bool
    parts: int
    amount: Money | None
    buy: int
    get: int
    products: frozenset[UUID]
    variants: frozenset[UUID]
    categories: frozenset[str]
    stores: frozenset[UUID]
    groups: frozenset[str]
    minimum: Money | None
    starts_at: datetime
    ends_at: datetime | None
    days: frozenset[int]
    from_minute: int
    until_minute: int
    uses_max: int | None
    uses_max_per_customer: int | None
    priority: int
    exclusive: bool

    @property
    def currency(self) -> str | None:
        return self.amount.currency if self.amount is not None else None

    @property
    def is_named(self) -> bool:
        """Whether it can be for nothing but the things that it names."""
        return self.on_lines and bool(self.products or self.variants or self.categories)

    def fits(self, product_id: UUID, variant_id: UUID, category: str | None) -> bool:
        """Whether it is for this thing. One that names nothing is for everything."""
        if not (self.products or self.variants or self.categories):
            return True
        return product_id in self.products or variant_id in self.variants or category in self.categories


class Offers:
    """Every price list and promotion, as they are now."""

    def __init__(self) -> None:
        self._lists: dict[str, PriceList] = {}
        self._offers: dict[UUID, Offer] = {}
        self.automatic: tuple[Offer, ...] = ()
        # Places in `automatic`, by what they are for: a category, or anything (None); and a product or a variant.
        self._places: dict[str | None, list[int]] = {}
        self._places_by_id: dict[UUID, list[int]] = {}
        self._coupons: dict[str, Offer] = {}

    def apply(self, feed: OfferFeed) -> None:
        for change in feed.items:
            if change.price_list is not None:
                self._lists[change.price_list.code] = change.price_list
            if change.promotion is not None:
                self._offers[change.promotion.id] = make_offer(change.promotion)
        in_order = sorted(self._offers.values(), key=lambda offer: (-offer.priority, offer.id))
        self.automatic = tuple(offer for offer in in_order if offer.code is None and offer.active)
        self._coupons = {offer.code.lower(): offer for offer in in_order if offer.code is not None}
        self._places, self._places_by_id = {}, {}
        for place, offer in enumerate(self.automatic):
            for key in offer.categories if offer.is_named else (None,):
                self._places.setdefault(key, []).append(place)
            for thing in offer.products | offer.variants if offer.is_named else ():
                self._places_by_id.setdefault(thing, []).append(place)

    def automatic_for(self, things: Iterable[tuple[UUID, UUID, str | None]]) -> list[Offer]:
        """Those that may be for some of these (product, variant, category), in their order. However many others there are."""
        places = set(self._places.get(None, ()))
        for product_id, variant_id, category in things:
            if category is not None:
                places.update(self._places.get(category, ()))
            if self._places_by_id:
                places.update(self._places_by_id.get(product_id, ()), self._places_by_id.get(variant_id, ()))
        return [self.automatic[place] for place in sorted(places)]

    def coupon(self, code: str) -> Offer | None:
        """Active or not; the code may be written in any case."""
        return self._coupons.get(code.lower())

    def list_made_at(self, code: str) -> datetime | None:
        made = self._lists.get(code)
        return made.created_at if made is not None else None

    def lists_for(self, store_id: UUID, group: str | None) -> dict[str, int]:
        """The price lists that apply, with their rank: 0 wins."""
        there = [
            found for found in self._lists.values()
            if found.active and (not found.store_ids or store_id in found.store_ids)
            and (not found.customer_groups or group in found.customer_groups)
        ]
        there.sort(key=lambda found: (-found.priority, found.code))
        return {found.code: rank for rank, found in enumerate(there)}


def make_offer(promotion: Promotion) -> Offer:
    terms = promotion.terms
    return Offer(
        id=promotion.id, name=promotion.name, code=promotion.code, active=promotion.active, kind=terms.kind,
        on_lines=terms.on == "lines" or terms.kind == "buy_x_get_y",
        parts=rate_parts(terms.percent) if terms.percent else FULL_RATE,
        amount=terms.amount, buy=terms.buy or 1, get=terms.get or 1,
        products=frozenset(terms.product_ids), variants=frozenset(terms.variant_ids), categories=frozenset(terms.categories),
        stores=frozenset(terms.store_ids), groups=frozenset(terms.customer_groups), minimum=terms.minimum,
        starts_at=terms.starts_at or (promotion.created_at if promotion.code is None else EVER), ends_at=terms.ends_at, days=frozenset(terms.days),
        from_minute=_minute(terms.from_time, 0), until_minute=_minute(terms.until_time, 24 * 60),
        uses_max=terms.uses_max, uses_max_per_customer=terms.uses_max_per_customer,
        priority=terms.priority, exclusive=terms.exclusive,
    )


def _minute(clock: str | None, missing: int) -> int:
    return int(clock[:2]) * 60 + int(clock[3:]) if clock else missing


def why_not(offer: Offer, till: Till, customer: Customer | None, gross: int) -> str:
    """Why it is not for this order, whatever its lines and its moment; "" when it is. `gross`: the order before any discount."""
    if not offer.active:
        return "It is not active."
    if offer.stores and till.store_id not in offer.stores:
        return "It is not for this store."
    if offer.groups and (customer is None or customer.group not in offer.groups):
        return "It is for other customers."
    if offer.uses_max_per_customer and (customer is None or customer.id is None):
        return "It is limited for each customer: say who it is."
    for money in (offer.amount, offer.minimum):
        if money is not None and money.currency != till.currency:
            return f"It is in {money.currency}, and the store sells in {till.currency}."
    if offer.minimum is not None and gross < offer.minimum.amount:
        return f"It needs an order of at least {shown(offer.minimum.amount, till.currency)}."
    return ""


def when_not(offer: Offer, moment: datetime, zone: ZoneInfo) -> str:
    """Why it does not hold at this moment; "" when it does. Hours past midnight belong to the day on which they began."""
    if moment < offer.starts_at:
        return "It has not started yet."
    if offer.ends_at is not None and moment >= offer.ends_at:
        return "It has ended."
    if not offer.days and offer.from_minute == 0 and offer.until_minute == 24 * 60:
        return ""
    local = moment.astimezone(zone)
    minute, day = local.hour * 60 + local.minute, local
    if offer.from_minute < offer.until_minute:
        within = offer.from_minute <= minute < offer.until_minute
    else:
        within = minute >= offer.from_minute or minute < offer.until_minute
        if minute < offer.until_minute:
            day = local - timedelta(days=1)
    if not within:
        return "It does not hold at this time of day."
    return "It does not hold on this day." if offer.days and day.isoweekday() not in offer.days else ""

