"""A shop of plain values to price in: no database, no messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from actors.catalog.contract import (
    CreateProduct,
    CreatePromotion,
    OfferChange,
    OfferFeed,
    PriceListInput,
    Product,
    ProductFeed,
    Promotion,
    Variant,
)
from actors.catalog.contract import PriceList as PriceListTold
from actors.orders.cart import Cart, CartLine
from actors.orders.contract import Line, OfflineOrder, PlaceOrder, Tender, TenderInput
from actors.orders.filling import fill_cart
from actors.orders.offers import Offers
from actors.orders.pricing import Priced, price_cart
from actors.orders.settling import Settled, settle, stock_uses, wrong_tenders
from actors.orders.tills import Till, make_till
from actors.orders.views import PriceList
from actors.runtime.words import Money, Refusal, SignedMoney
from actors.stores.contract import CreateStore, Register, Store

STORE_ID = UUID("00000000-0000-7000-8000-000000000001")
REGISTER_ID = UUID("00000000-0000-7000-8000-000000000002")
NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
"""A Monday; noon in Jakarta."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""When everything was made."""


class Shop(NamedTuple):
    till: Till
    shelf: PriceList
    offers: Offers


class Sold(NamedTuple):
    lines: list[CartLine]
    priced: Priced
    settled: Settled
    flags: list[str]


def a_shop(
    store: dict[str, Any] | None = None,
    products: Iterable[dict[str, Any]] = (),
    price_lists: Iterable[dict[str, Any]] = (),
    promotions: Iterable[dict[str, Any]] = (),
) -> Shop:
    """From what a client would send: bodies of the store, its products, price lists and promotions."""
    shelf, offers = PriceList(), Offers()
    items = [_product(msgspec.convert(one, CreateProduct), index) for index, one in enumerate(products)]
    shelf.apply(ProductFeed(items=items, position=1, more=False))
    changes = [OfferChange(position=1, price_list=_price_list(one)) for one in price_lists]
    changes += [OfferChange(position=1, promotion=_promotion(one, index)) for index, one in enumerate(promotions)]
    offers.apply(OfferFeed(items=changes, position=1, more=False))
    return Shop(a_till(store or {}), shelf, offers)


def a_till(store: dict[str, Any]) -> Till:
    asked = msgspec.convert({"name": "Toko", "currency": "IDR", "time_zone": "Asia/Jakarta", **store}, CreateStore)
    known = {name: getattr(asked, name) for name in asked.__struct_fields__ if name != "id"}
    told = Store(**known | {"id": STORE_ID, "version": 1, "created_at": NOON, "updated_at": NOON})
    register = Register(id=REGISTER_ID, version=1, store_id=STORE_ID, code="K1", name="K1", active=True, created_at=NOON, updated_at=NOON)
    return make_till(register, told, {})


def _product(asked: CreateProduct, index: int) -> Product:
    known = {name: getattr(asked, name) for name in asked.__struct_fields__ if name not in ("id", "variants")}
    variants = [
        Variant(
            id=one.id or an_id(10_000 + index * 100 + number), sku=one.sku, name=one.name, barcodes=one.barcodes, price=one.price, prices=one.prices,
            packs=one.packs, components=one.components,
        )
        for number, one in enumerate(asked.variants)
    ]
    return Product(**known | {"id": asked.id or an_id(1000 + index), "version": 1, "variants": variants, "created_at": NOON, "updated_at": NOON})


def _price_list(body: dict[str, Any]) -> PriceListTold:
    asked = msgspec.convert(body, PriceListInput)
    return PriceListTold(**msgspec.structs.asdict(asked) | {"version": 1, "created_at": LONG_AGO, "updated_at": NOON})


def _promotion(body: dict[str, Any], index: int) -> Promotion:
    asked = msgspec.convert(body, CreatePromotion)
    known = {name: getattr(asked, name) for name in ("name", "terms", "code", "active")}
    return Promotion(**known | {"id": asked.id or an_id(500 + index), "version": 1, "created_at": LONG_AGO, "updated_at": NOON})


def an_id(number: int) -> UUID:
    return UUID(int=(7 << 76) | (8 << 60) | number)


def sell(shop: Shop, order: PlaceOrder | OfflineOrder, at: datetime = NOON) -> Sold | Refusal:
    """As the actor does it: fill the cart, price it, settle it."""
    offline = isinstance(order, OfflineOrder)
    at = order.sold_at if isinstance(order, OfflineOrder) else at
    filled = fill_cart(shop.till, order.lines, shop.shelf, shop.offers, at, offline=offline, customer=order.customer)
    if isinstance(filled, Refusal):
        return filled
    cart = Cart(
        lines=filled.lines, offers_at=at, next_number=filled.next_number, customer=order.customer, discounts=order.discounts, coupons=order.coupons
    )
    priced = price_cart(cart, shop.till, shop.offers, offline=offline, on=shop.till.day_of(at))
    if isinstance(priced, Refusal):
        return priced
    wrong = wrong_tenders(order.tenders, shop.till)
    if wrong is not None:
        return wrong
    charged = None
    if isinstance(order, OfflineOrder):
        charged = order.total.amount if order.total is not None else priced.total
    settled = settle(priced, tenders_of(order.tenders, at), shop.till, charged=charged)
    if isinstance(settled, Refusal):
        return settled
    return Sold(filled.lines, priced, settled, [*filled.flags, *priced.flags, *(["total_differs"] if settled.totals.adjustment.amount else [])])


def tenders_of(asked: Sequence[TenderInput], at: datetime = NOON) -> list[Tender]:
    return [
        Tender(
            number=index, type=one.type, amount=one.amount, reference=one.reference, at=at,
            refunded=msgspec.structs.replace(one.amount, amount=0), tip=one.tip,
        )
        for index, one in enumerate(asked, 1)
    ]


# --- as the vectors tell it


def told(outcome: Sold | Refusal) -> dict[str, Any]:
    """What tests/vectors/*.json expect. Amounts are minor units of the store's currency."""
    if isinstance(outcome, Refusal):
        return {"refused": {"code": outcome.code, "pointers": [error.pointer for error in outcome.errors]}}
    totals = outcome.settled.totals
    answer: dict[str, Any] = {
        "lines": [_line(line) for line in outcome.priced.lines],
        "totals": {name: _plain(getattr(totals, name)) for name in totals.__struct_fields__ if name not in ("taxes", "refunded")}
        | {"taxes": {tax.code: tax.amount.amount for tax in totals.taxes}},
    }
    if outcome.priced.discounts:
        answer["discounts"] = [{"kind": one.kind, "name": one.name, "amount": one.amount.amount} for one in outcome.priced.discounts]
    stock = {str(use.variant_id): use.sold for use in stock_uses(outcome.lines)}
    return answer | {"stock": stock, "flags": outcome.flags, "paid": outcome.settled.paid}


def _line(line: Line) -> dict[str, Any]:
    amounts = ("unit_price", "gross", "discount", "service", "net", "tax", "total")
    return (
        {"number": line.number, "sku": line.sku, "quantity": line.quantity, "unit": line.unit}
        | {name: getattr(line, name).amount for name in amounts}
        | {"taxes": {tax.code: tax.amount.amount for tax in line.taxes}, "trace": msgspec.to_builtins(line.trace)}
    )


def _plain(value: Any) -> Any:
    return value.amount if isinstance(value, Money | SignedMoney) else value
