"""Every route of the API, resource by resource, in the order in which the docs page shows them."""

from http_edge.route import Resource, Route
from http_edge.routes import catalog, customers, inventory, operations, orders, payments, receipts, reports, shifts, staff, stores, webhooks

RESOURCES: tuple[Resource, ...] = (
    stores.STORES, stores.REGISTERS, catalog.PRODUCTS, catalog.PRICE_LISTS, catalog.PROMOTIONS, orders.ORDERS, orders.AFTERWARDS,
    payments.INTENTS, payments.ACCOUNTS, payments.QRIS, inventory.STOCK, inventory.COUNTS, inventory.TRANSFERS,
    customers.CUSTOMERS, shifts.SHIFTS, receipts.RECEIPTS, reports.REPORTS,
    webhooks.ENDPOINTS, webhooks.DELIVERIES, webhooks.EVENTS,
    staff.PEOPLE, staff.ROLES, staff.SESSIONS, staff.API_KEYS, operations.AUDIT, operations.IDEMPOTENCY_KEYS, operations.DEAD_LETTERS,
)
ROUTES: tuple[Route, ...] = tuple(route for resource in RESOURCES for route in resource.routes)
