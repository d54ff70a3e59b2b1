"""From what is asked for to what it costs: looked up in the views, priced, and settled with what was given. Nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, TypeVar
from uuid import UUID

from msgspec import Raw

from actors.orders import contract
from actors.orders.amounts import AMOUNT_MAX
from actors.orders.cart import Cart, CartLine
from actors.orders.contract import Customer, DiscountInput, Flag, LineInput, PlaceOrder, PreviewOrder, StockUse, Tender, TenderInput
from actors.orders.filling import fill_cart
from actors.orders.plain import price_plain
from actors.orders.pricing import Priced, price_cart
from actors.orders.settling import Settled, settle, stock_uses, wrong_tenders
from actors.orders.tills import Till
from actors.orders.views import OFFERS, PRICE_LIST, TILLS
from actors.runtime.words import Money, Refusal
from actors.runtime.work import Work

Told = TypeVar("Told")


class Basket(NamedTuple):
    """What is wanted. `before`, `next_number`: the lines of an order that is changed. `offers_at`: when it was placed."""

    lines: Sequence[LineInput]
    customer: Customer | None
    discounts: list[DiscountInput]
    coupons: list[str]
    at: datetime
    offline: bool = False
    before: Sequence[CartLine] = ()
    next_number: int = 1
    offers_at: datetime | None = None


_NONE_LISTED: Mapping[int, int] = MappingProxyType({})


class Quote(NamedTuple):
    """`stock`: what leaves it when the order completes. `filled`: its cart; None of a plain sale, which is over when it is placed.

    `told`: of a plain sale its lines, encoded. `listed`: as in `Filled`.
    """

    till: Till
    priced: Priced
    flags: list[Flag]
    settled: Settled
    stock: list[StockUse]
    filled: Cart | None
    told: list[Raw] | None = None
    listed: Mapping[int, int] = _NONE_LISTED

    @property
    def cart(self) -> Cart:
        assert self.filled is not None
        return self.filled


async def know_tills(register_ids: Iterable[UUID | None], work: Work) -> None:
    """Asks for the newest registers when one of these is not known, or not active: it may have been made a moment ago."""
    tills = [work.view(TILLS).find(register_id) for register_id in register_ids if register_id is not None]
    if any(till is None or not till.active for till in tills):
        await work.refresh(TILLS)


def find_till(register_id: UUID, work: Work, *, offline: bool = False) -> Till | Refusal:
    till = work.view(TILLS).find(register_id)
    if till is None:
        detail = f"There is no register {register_id}. Take its id from the list of registers."
        return contract.UNKNOWN_REGISTER.refuse_at("/register_id", detail)
    if not till.active and not offline:
        detail = f"The register {till.code} is not active. Activate it, or sell at another."
        return contract.REGISTER_CLOSED.refuse_at("/register_id", detail)
    return till


def quote(till: Till, basket: Basket, tenders: Sequence[Tender], work: Work, *, charged: Money | None = None) -> Quote | Refusal:
    """`charged`: of an offline sale, what its register told as the total."""
    filled = fill_cart(
        till, basket.lines, work.view(PRICE_LIST), work.view(OFFERS), basket.at, before=basket.before, next_number=basket.next_number,
        offline=basket.offline, customer=basket.customer,
    )
    if type(filled) is Refusal:
        return filled
    cart = Cart(
        lines=filled.lines, offers_at=basket.offers_at or basket.at, next_number=filled.next_number, customer=basket.customer,
        discounts=basket.discounts, coupons=basket.coupons,
    )
    quoted = quote_cart(till, cart, tenders, work, flags=filled.flags, offline=basket.offline, charged=charged)
    return quoted._replace(listed=filled.listed) if filled.listed and type(quoted) is Quote else quoted


def quote_cart(
    till: Till,
    cart: Cart,
    tenders: Sequence[Tender],
    work: Work,
    *,
    flags: Sequence[Flag] = (),
    offline: bool = False,
    charged: Money | None = None,
    exhausted: Collection[UUID] = (),
) -> Quote | Refusal:
    """The same for a cart that is filled already. `exhausted`: promotions that are used up."""
    priced = price_cart(cart, till, work.view(OFFERS), offline=offline, exhausted=exhausted)
    if type(priced) is Refusal:
        return priced
    settled = settle(priced, tenders, till, charged=(charged.amount if charged else priced.total) if offline else None)
    if type(settled) is Refusal:
        return settled
    found = [*flags, *priced.flags]
    if settled.totals.adjustment.amount:
        found.append("total_differs")
    return Quote(till, priced, list(dict.fromkeys(found)), settled, stock_uses(cart.lines), cart)


def quote_plain(till: Till, ask: PlaceOrder | PreviewOrder, tenders: Sequence[Tender], work: Work) -> Quote | Refusal | None:
    """The same for most sales, much quicker. None for those that are not as plain as that; and for those that are not over when
    they are placed, for they need a cart.
    """
    if type(ask) is PlaceOrder and ask.hold:
        return None
    prices = work.view(PRICE_LIST)
    plain = price_plain(till, ask, prices, work.view(OFFERS), work.now, prices.memory)
    if plain is None:
        return None
    settled = settle(plain.priced, tenders, till)
    if type(settled) is Refusal:
        return settled
    return Quote(till, plain.priced, [], settled, plain.stock, None, plain.told) if settled.paid or type(ask) is PreviewOrder else None


def tenders_of(
    given: Sequence[TenderInput], at: datetime, till: Till, *, after: Sequence[Tender] = (), offline: bool = False
) -> list[Tender] | Refusal:
    """Numbered on from those there are. What was given offline was given, however large the tip."""
    wrong = wrong_tenders(given, till, AMOUNT_MAX) if offline else wrong_tenders(given, till)
    if wrong is not None:
        return wrong
    nothing = Money(amount=0, currency=till.currency)
    first = max((tender.number for tender in after), default=0) + 1
    return [
        Tender(number=number, type=tender.type, amount=tender.amount, reference=tender.reference, at=at, refunded=nothing, tip=tender.tip)
        for number, tender in enumerate(given, first)
    ]


_CURABLE = {
    reason.code
    for reason in (
        contract.UNKNOWN_REGISTER, contract.REGISTER_CLOSED, contract.UNKNOWN_PRODUCT, contract.NOT_FOR_SALE, contract.PRICE_CHANGED,
        contract.UNKNOWN_TAX, contract.WRONG_UNIT, contract.WRONG_MODIFIERS, contract.WRONG_COUPON, contract.WRONG_CURRENCY,
    )
}

_CURABLE_FLAGS = {"price_differs", "total_differs", "not_for_sale", "unknown_tax", "wrong_coupon"}

Attempt = Callable[[], Told | Refusal]


async def attempt(attempts: Sequence[Attempt[Told]], work: Work) -> list[Told | Refusal]:
    """Before a "no" is final, the newest views are asked for: what was created a moment ago can be sold now."""
    outcomes = [attempt() for attempt in attempts]
    if not any(curable(outcome) for outcome in outcomes):
        return outcomes
    for view in (TILLS, PRICE_LIST, OFFERS):
        await work.refresh(view)
    return [again() if curable(outcome) else outcome for again, outcome in zip(attempts, outcomes, strict=True)]


def curable(outcome: object) -> bool:
    """A "no" that newer views could turn into a "yes"; or, of an offline sale, a flag that they could take off."""
    # Not isinstance: structs have an ABCMeta, which makes that ten times as slow.
    if type(outcome) is Refusal:
        return outcome.code in _CURABLE
    return type(outcome) is Quote and bool(outcome.flags) and not _CURABLE_FLAGS.isdisjoint(outcome.flags)
