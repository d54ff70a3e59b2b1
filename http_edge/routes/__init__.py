"""Every route of the API, resource by resource, in the order in which the docs page shows them."""

from http_edge.route import Resource, Route
from http_edge.routes import catalog, operations, orders, staff, stores, webhooks

RESOURCES: tuple[Resource, ...] = (
    stores.STORES, stores.REGISTERS, catalog.PRODUCTS, orders.ORDERS, webhooks.ENDPOINTS, staff.API_KEYS,
    operations.IDEMPOTENCY_KEYS, operations.DEAD_LETTERS,
)
ROUTES: tuple[Route, ...] = tuple(route for resource in RESOURCES for route in resource.routes)
