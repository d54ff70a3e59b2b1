"""Who has bought it, by the name of today: orders keep no name of those that `customers` knows, and who was erased has none."""

from __future__ import annotations

from msgspec.structs import replace

from actors.customers.contract import LOOK_UP, LookUp
from actors.orders.contract import Order
from actors.runtime.words import Refusal
from actors.runtime.work import Work

PATIENCE_SECONDS = 0.5
"""A receipt is waited for at the counter: rather without a name than late."""


async def with_buyer(order: Order, work: Work) -> Order:
    """The name that the client has sent stays where the customer is not known, or cannot be looked up now."""
    if order.customer is None or order.customer.id is None:
        return order
    told = await work.ask(LOOK_UP, LookUp(ids=[order.customer.id]), PATIENCE_SECONDS)
    if isinstance(told, Refusal) or not told.items:
        return order
    return replace(order, customer=replace(order.customer, name=told.items[0].name))
