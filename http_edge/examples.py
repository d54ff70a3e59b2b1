"""One story for every example in the docs: Toko Maju, a shop in Jakarta, sells two bottles of water.

The values are the contracts' own structs, so a contract that changes breaks the type checker here, and not a reader's trust.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from msgspec import Raw

from actors.catalog import contract as catalog
from actors.orders import contract as orders
from actors.runtime import upkeep
from actors.runtime.words import Money, SignedMoney
from actors.staff import contract as staff
from actors.stores import contract as stores
from actors.webhooks import contract as webhooks


def _id(number: int) -> UUID:
    return UUID(f"0198c0de-0000-7000-8000-{number:012d}")


def _rp(amount: int) -> Money:
    return Money(amount=amount, currency="IDR")


AT = datetime(2026, 1, 31, 2, 30, tzinfo=UTC)
STORE, REGISTER, PRODUCT, VARIANT, ORDER, ENDPOINT, DELIVERY, KEY, EVENT, LETTER = map(_id, range(1, 11))
WATER, SKU, EAN = "Aqua 600 ml", "AQUA-600", "8886008101053"

_tax = stores.Tax(code="ppn", name="PPN", rate="11", included=True)
_rounding = stores.CashRounding(increment=10000)
_store = stores.Store(
    id=STORE, version=1, name="Toko Maju", address="Jl. Melati 5, Jakarta", currency="IDR", time_zone="Asia/Jakarta", taxes=[_tax],
    cash_rounding=_rounding, created_at=AT, updated_at=AT,
)
_register = stores.Register(id=REGISTER, version=1, store_id=STORE, code="K1", name="Counter 1", active=True, created_at=AT, updated_at=AT)
_variant_input = catalog.VariantInput(sku=SKU, price=_rp(350000), barcodes=[EAN])
_product_input = catalog.CreateProduct(
    name=WATER, variants=[_variant_input], category="Drinks", tax="ppn", external_ids={"accurate": "10023"}
)
_product = catalog.Product(
    id=PRODUCT, version=1, name=WATER, category="Drinks", tax="ppn", unit="piece", active=True,
    variants=[catalog.Variant(id=VARIANT, sku=SKU, name=None, barcodes=[EAN], price=_rp(350000))],
    external_ids={"accurate": "10023"}, created_at=AT, updated_at=AT,
)

_line_input = orders.LineInput(quantity=2, barcode=EAN, unit_price=_rp(350000))
_tender_input = orders.TenderInput(type="cash", amount=_rp(1000000))
_line_tax = orders.LineTax(code="ppn", name="PPN", rate="11", included=True, amount=_rp(69369))
_line = orders.Line(
    number=1, product_id=PRODUCT, variant_id=VARIANT, sku=SKU, name=WATER, quantity="2", unit="piece", unit_price=_rp(350000),
    net=_rp(630631), tax=_rp(69369), total=_rp(700000), taxes=[_line_tax], note="",
)
_totals = orders.Totals(
    net=_rp(630631), tax=_rp(69369), total=_rp(700000), cash_rounding=SignedMoney(amount=0, currency="IDR"), due=_rp(700000),
    tendered=_rp(1000000), change=_rp(300000), rounding="line:half_up tax:line:half_up cash:half_up/10000", taxes=[_line_tax],
)
_order = orders.Order(
    id=ORDER, version=1, status="completed", store_id=STORE, register_id=REGISTER, receipt_number=42, receipt="K1-000042",
    business_date=date(2026, 1, 31), sold_at=AT, offline=False, lines=[_line],
    tenders=[orders.Tender(type="cash", amount=_rp(1000000), reference="")], totals=_totals, note="", placed_by=str(KEY),
    created_at=AT, updated_at=AT,
)
_endpoint = webhooks.Endpoint(
    id=ENDPOINT, version=1, url="https://books.example/kasir", event_types=["order.*"], description="Accounting", active=True,
    disabled_reason=None, created_at=AT, updated_at=AT,
)
_delivery = webhooks.Delivery(
    id=DELIVERY, endpoint_id=ENDPOINT, event_id=str(EVENT), event_type="order.created", state="delivered",
    attempts=[webhooks.Attempt(number=1, at=AT, latency_ms=18, status=204, error=None, answer="")], next_attempt_at=None, created_at=AT,
)
_key = staff.ApiKey(id=KEY, version=1, name="Counter 1", prefix="kasir_7Q2mX9aB", scopes=["catalog:read", "orders:write"], created_at=AT)
_letter = upkeep.DeadLetter(
    id=LETTER, actor="webhooks", event_id=EVENT, event="order.created", key=str(ORDER), position=4711,
    error="ValueError: what went wrong", tries=5, failed_at=AT, body={"type": "order.created"},
)

_VALUES: tuple[Any, ...] = (
    stores.CreateStore(name="Toko Maju", currency="IDR", time_zone="Asia/Jakarta", taxes=[_tax], cash_rounding=_rounding),
    stores.StoreChanges(address="Jl. Melati 7, Jakarta"), _store, stores.StorePage(items=[_store]),
    stores.CreateRegister(store_id=STORE, code="K1", name="Counter 1"), stores.RegisterChanges(active=False), _register,
    stores.RegisterPage(items=[_register]),
    _product_input, catalog.ProductChanges(category="Water"), _product, catalog.ProductPage(items=[_product]),
    catalog.UpsertProducts(items=[catalog.UpsertItem(name=WATER, variants=[_variant_input], category="Drinks", tax="ppn")]),
    catalog.UpsertOutcomes(items=[catalog.UpsertOutcome(outcome="updated", id=PRODUCT, version=2)]),
    catalog.CategoryList(items=[catalog.Category(name="Drinks", products=1)]),
    catalog.ProductFeed(items=[_product], position=4711, more=False),
    orders.PlaceOrder(register_id=REGISTER, lines=[_line_input], tenders=[_tender_input]),
    orders.PreviewOrder(register_id=REGISTER, lines=[_line_input], tenders=[_tender_input]),
    orders.PlaceOrders(
        orders=[orders.OfflineOrder(id=ORDER, register_id=REGISTER, lines=[_line_input], tenders=[_tender_input], sold_at=AT)]
    ),
    _order, orders.OrderPage(items=[_order]), orders.Preview(lines=[_line], totals=_totals, missing=_rp(0)),
    orders.OrderOutcomes(items=[orders.OrderOutcome(outcome="created", id=ORDER, order=_order)]),
    webhooks.CreateEndpoint(url="https://books.example/kasir", event_types=["order.*"], description="Accounting"),
    webhooks.EndpointChanges(active=True), _endpoint, webhooks.EndpointPage(items=[_endpoint]),
    webhooks.NewEndpoint(
        id=ENDPOINT, version=1, url="https://books.example/kasir", event_types=["order.*"], description="Accounting", active=True,
        disabled_reason=None, created_at=AT, updated_at=AT, secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",  # noqa: S106 - the example of the Standard Webhooks specification
    ),
    _delivery, webhooks.DeliveryPage(items=[_delivery]), webhooks.Hello(),
    staff.CreateApiKey(name="Counter 1", scopes=["catalog:read", "orders:write"]), _key, staff.ApiKeyPage(items=[_key]),
    staff.NewApiKey(
        id=KEY, version=1, name="Counter 1", prefix="kasir_7Q2mX9aB", scopes=["catalog:read", "orders:write"], created_at=AT,
        key="kasir_7Q2mX9aB_ThisKeyIsOnlyAnExampleAndOpensNoDoor",
    ),
    upkeep.KeyOutcome(key="sale-000042", command="orders.place", outcome=Raw(b'{"id": "%s"}' % str(ORDER).encode()), at=AT),
    upkeep.DeadLetterList(items=[_letter]), upkeep.Resent(id=LETTER, event_id=EVENT),
)
EXAMPLES: dict[type, Any] = {type(value): value for value in _VALUES}
"""By type: what a request's body, a result or an event's data looks like."""
