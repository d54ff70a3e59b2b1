"""One story for every example in the docs: Toko Maju, a shop in Jakarta, sells two bottles of water.

The values are the contracts' own structs, so a contract that changes breaks the type checker here, and not a reader's trust.
"""

from __future__ import annotations

from typing import Any

from http_edge.examples import catalog, customers, inventory, orders, others, payments, receipts, reports, shifts, staff, stores, webhooks
from http_edge.examples.story import AT, ORDER, PRODUCT
from http_edge.route import Route

__all__ = ["AT", "EXAMPLES", "ORDER", "PRODUCT", "example_of_body"]

EXAMPLES: dict[type, Any] = {
    type(value): value
    for value in (
        *stores.VALUES, *catalog.VALUES, *orders.VALUES, *inventory.VALUES, *payments.VALUES, *customers.VALUES, *shifts.VALUES,
        *receipts.VALUES, *reports.VALUES, *webhooks.VALUES, *staff.VALUES, *others.VALUES,
    )
}
"""By type: what a request, a body, a result or an event's data looks like."""


def example_of_body(route: Route) -> Any:
    """What a client would send to this route."""
    if route.body != "*":
        return EXAMPLES[route.body_type]
    request = EXAMPLES[route.command.request]
    return route.body_type(**{name: getattr(request, name) for name in route.body_type.__struct_fields__})
