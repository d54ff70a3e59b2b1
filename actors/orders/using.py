"""Promotions and coupons that may be used only so often: counted in the transaction of the order, under row locks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from actors.orders.contract import Customer
from actors.orders.pricing import UsedPromotion
from actors.orders.quoting import Quote
from actors.orders.store import save_uses, take_uses
from actors.runtime.words import Refusal
from actors.runtime.work import Work

Again = Callable[[set[UUID]], Quote | Refusal]
"""Prices an order again, with promotions that are used up."""


class _Limit(NamedTuple):
    promotion_id: UUID
    key: str
    most: int


def limits_of(used: Iterable[UsedPromotion], customer: Customer | None) -> list[_Limit]:
    limits = []
    for one in used:
        if one.uses_max is not None:
            limits.append(_Limit(one.promotion_id, str(one.promotion_id), one.uses_max))
        if one.uses_max_per_customer is not None and customer is not None and customer.id is not None:
            limits.append(_Limit(one.promotion_id, f"{one.promotion_id}/{customer.id}", one.uses_max_per_customer))
    return limits


def is_limited(quote: Quote) -> bool:
    limited = any(one.uses_max is not None or one.uses_max_per_customer is not None for one in quote.priced.used)
    return limited and bool(limits_of(quote.priced.used, quote.cart.customer))


class Counted(NamedTuple):
    quote: Quote | Refusal
    keys: tuple[str, ...]


class Counters:
    """The counters that one batch looks at: locked, and counted on as the orders of the batch come one after another."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._uses: dict[str, int] = {}
        self._before: dict[str, int] = {}

    async def take(self, keys: Iterable[str]) -> None:
        """All that is known to be needed at once: they are locked in a fixed order."""
        unknown = set(keys) - self._uses.keys()
        if unknown:
            found = await take_uses(self._work, unknown)
            self._uses |= found
            self._before |= found

    async def count(self, quote: Quote, again: Again, had: Sequence[str] = ()) -> Counted:
        """Uses what the quote uses, or prices it without what is used up. `had`: what the order counts for already."""
        exhausted: set[UUID] = set()
        self.give_back(had)
        while True:
            limits = limits_of(quote.priced.used, quote.cart.customer)
            await self.take(limit.key for limit in limits)
            over = {limit.promotion_id for limit in limits if self._uses[limit.key] >= limit.most} - exhausted
            if not over:
                break
            exhausted |= over
            priced = again(exhausted)
            if isinstance(priced, Refusal):
                self._use(had)
                return Counted(priced, tuple(had))
            quote = priced
        keys = tuple(limit.key for limit in limits)
        self._use(keys)
        return Counted(quote, keys)

    def give_back(self, keys: Iterable[str]) -> None:
        """Of keys that were taken."""
        for key in keys:
            self._uses[key] = max(self._uses[key] - 1, 0)

    def _use(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._uses[key] += 1

    async def save(self) -> None:
        changed = {key: uses for key, uses in self._uses.items() if uses != self._before[key]}
        if changed:
            await save_uses(self._work, changed)


async def give_back_uses(work: Work, keys: Sequence[str]) -> None:
    """Of orders that were called off."""
    if keys:
        counters = Counters(work)
        await counters.take(keys)
        counters.give_back(keys)
        await counters.save()
