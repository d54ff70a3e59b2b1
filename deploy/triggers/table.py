"""Every event that can be made to happen, and how."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from deploy.triggers import customers, orders, others, payments, shifts, stock
from deploy.triggers.shop import Shop

Trigger = Callable[[Shop], Awaitable[str]]
"""Does it, and gives what it made, in words."""

TRIGGERS: dict[str, Trigger] = {
    "order.created": orders.created,
    "order.paid": orders.paid,
    "order.updated": orders.updated,
    "order.status_updated": orders.status_updated,
    "order.cancelled": orders.cancelled,
    "order.refunded": orders.refunded,
    "product.created": others.product_created,
    "product.updated": others.product_updated,
    "product.deleted": others.product_deleted,
    "price_list.created": others.price_list_created,
    "price_list.updated": others.price_list_updated,
    "promotion.created": others.promotion_created,
    "promotion.updated": others.promotion_updated,
    "stock.low": stock.low,
    "stock.out": stock.out,
    "stock.back": stock.back,
    "stock.received": stock.received,
    "stock.adjusted": stock.adjusted,
    "stock.counted": stock.counted,
    "transfer.sent": stock.sent,
    "transfer.received": stock.arrived,
    "transfer.cancelled": stock.called_off,
    "payment.approved": payments.approved,
    "payment.failed": payments.failed,
    "payment.refunded": payments.refunded,
    "account.opened": payments.opened,
    "account.updated": payments.changed,
    "shift.opened": shifts.opened,
    "shift.cash": shifts.cash,
    "shift.handed_over": shifts.handed_over,
    "shift.closed": shifts.closed,
    "shift.approved": shifts.approved,
    "shift.corrected": shifts.corrected,
    "customer.created": customers.created,
    "customer.updated": customers.updated,
    "customer.merged": customers.merged,
    "customer.erased": customers.erased,
    "credit.changed": customers.credit_changed,
    "points.changed": customers.points_changed,
    "store.created": others.store_created,
    "store.updated": others.store_updated,
    "register.created": others.register_created,
    "register.updated": others.register_updated,
    "webhook.test": others.webhook_test,
}
