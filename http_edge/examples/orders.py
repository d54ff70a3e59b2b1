"""Two bottles of water: sold, one of them brought back, and everything else that can happen to a sale."""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec.structs import replace

from actors.orders import contract as orders
from http_edge.examples.story import (
    AT,
    BY,
    EAN,
    INTENT,
    LATER,
    NEW_ORDER,
    ORDER,
    PRODUCT,
    REGISTER,
    SKU,
    STORE,
    VARIANT,
    WATER,
    rp,
    signed,
)

_line_input = orders.LineInput(quantity=2, barcode=EAN, unit_price=rp(350000))
_tender_input = orders.TenderInput(type="cash", amount=rp(1000000))
_line_tax = orders.LineTax(code="ppn", name="PPN", rate="11", included=True, amount=rp(69369))
_trace = [
    orders.Step(rule="price:base", amount=350000), orders.Step(rule="tax:ppn", amount=69369, rounding="half_up", exact="7700000/111"),
]
_line = orders.Line(
    number=1, product_id=PRODUCT, variant_id=VARIANT, sku=SKU, name=WATER, quantity="2", unit="piece", unit_price=rp(350000),
    net=rp(630631), tax=rp(69369), total=rp(700000), taxes=[_line_tax], note="", gross=rp(700000), discount=rp(0), service=rp(0),
    refunded=rp(0), category="Drinks", trace=_trace,
)
_totals = orders.Totals(
    gross=rp(700000), discount=rp(0), service=rp(0), net=rp(630631), tax=rp(69369), total=rp(700000), adjustment=signed(0),
    cash_rounding=signed(0), due=rp(700000), tendered=rp(1000000), change=rp(300000), tips=rp(0), missing=rp(0), missing_in_cash=rp(0),
    refunded=rp(0), rounding="line:half_up tax:line:half_up cash:half_up/10000", taxes=[_line_tax],
)
_order = orders.Order(
    id=ORDER, version=1, status="completed", fulfillment="pending", payment="paid", store_id=STORE, register_id=REGISTER,
    receipt_number=42, receipt="K1-000042", business_date=date(2026, 1, 31), sold_at=AT, offline=False, lines=[_line],
    tenders=[orders.Tender(number=1, type="cash", amount=rp(1000000), reference="", at=AT, refunded=rp(0))], totals=_totals, note="",
    placed_by=BY, created_at=AT, updated_at=AT, stock=[orders.StockUse(variant_id=VARIANT, product_id=PRODUCT, sold="2")],
)
_back = orders.Refund(
    number=1, kind="return", at=LATER, by=BY, reason="One was open",
    lines=[
        orders.RefundLine(
            line=1, quantity="1", restock=False, net=rp(315315), tax=rp(34685), total=rp(350000), taxes=[replace(_line_tax, amount=rp(34685))]
        )
    ],
    adjustment=signed(0), amount=rp(350000), cash_rounding=signed(0),
    tenders=[orders.RefundedTender(type="cash", amount=rp(350000), tender=1)], register_id=REGISTER,
)  # fmt: skip
_returned = replace(
    _order, version=2, payment="partially_refunded", updated_at=LATER, refunds=[_back],
    lines=[replace(_line, returned="1", refunded=rp(350000))], totals=replace(_totals, refunded=rp(350000)),
    tenders=[replace(_order.tenders[0], refunded=rp(350000))],
)  # fmt: skip
_draft = replace(
    _order, id=NEW_ORDER, status="draft", payment="unpaid", receipt_number=None, receipt="", tenders=[], stock=[],
    totals=replace(_totals, tendered=rp(0), change=rp(0), missing=rp(700000), missing_in_cash=rp(700000)),
)  # fmt: skip
_open = replace(_draft, status="open")
_place = orders.PlaceOrder(register_id=REGISTER, lines=[_line_input], tenders=[_tender_input])
_return = orders.ReturnInput(line=1, quantity=1, restock=False)
_move = orders.MoveOrder(id=ORDER, fulfillment="delivered")

_PAID = orders.State(status="completed", fulfillment="pending", payment="paid")
_UNPAID = orders.State(status="open", fulfillment="pending", payment="unpaid")


def _told(order: orders.Order, before: orders.State | None, changed: str, reason: str = "") -> orders.OrderTold:
    after = orders.State(status=order.status, fulfillment=order.fulfillment, payment=order.payment)
    return orders.OrderTold(order=order, version=order.version, before=before, after=after, changed=changed.split(), by=BY, reason=reason)


TOLD: dict[str, orders.OrderTold] = {
    "order.created": _told(_order, None, ""),
    "order.updated": _told(replace(_open, version=2, note="Without a bag"), _UNPAID, "note updated_at"),
    "order.status_updated": _told(replace(_order, version=2, fulfillment="delivered"), _PAID, "fulfillment moves updated_at"),
    "order.cancelled": _told(
        replace(_open, version=2, status="cancelled", cancel_reason="Changed their mind"), _UNPAID, "status cancel_reason moves updated_at",
        "Changed their mind",
    ),
    "order.paid": _told(replace(_order, version=2), _UNPAID, "status payment receipt_number receipt tenders totals stock moves updated_at"),
    "order.refunded": _told(_returned, _PAID, "payment lines tenders totals refunds updated_at", "One was open"),
}
"""What an event carries, where the name of the event makes a difference."""

VALUES: tuple[Any, ...] = (
    _place, orders.PreviewOrder(register_id=REGISTER, lines=[_line_input], tenders=[_tender_input]),
    orders.PlaceOrders(
        orders=[
            orders.OfflineOrder(
                id=ORDER, register_id=REGISTER, lines=[_line_input], tenders=[_tender_input], sold_at=AT, receipt="K1-OFF-0007", total=rp(700000)
            )
        ]
    ),
    orders.OrderChanges(lines=[replace(_line_input, number=1, quantity=3)], note="Without a bag"),
    orders.PayOrder(id=ORDER, tenders=[_tender_input]),
    _move, orders.MoveOrders(items=[_move]), orders.MoveOutcomes(items=[orders.MoveOutcome(outcome="moved", id=ORDER, version=2)]),
    orders.CancelOrder(id=ORDER, reason="Rung up twice", register_id=REGISTER),
    orders.RefundOrder(id=ORDER, lines=[_return], reason="One was open"),
    orders.ExchangeOrder(id=ORDER, returns=[_return], order=_place, reason="Another size"), orders.Exchange(returned=_returned, order=_order),
    orders.SplitOrder(id=NEW_ORDER, if_version=1, parts=2), orders.Split(order=_draft, shares=[rp(350000), rp(350000)]),
    orders.MergeOrders(id=ORDER, if_version=1, other_id=NEW_ORDER, other_version=1),
    orders.ReviewOrder(id=ORDER, note="The price tag was old"),
    _order, orders.OrderPage(items=[_order]), orders.Preview(lines=[_line], totals=_totals, missing=rp(0)),
    orders.OrderOutcomes(items=[orders.OrderOutcome(outcome="created", id=ORDER, order=_order)]),
    TOLD["order.created"],
    orders.PaymentReturned(order_id=ORDER, intent_id=INTENT, amount=rp(700000), reason="The order is paid already"),
)
