"""Whom an order is for, as `customers` knows them: their group and whether they are exempt are not for the register to say.

No name comes from there: what an order and its events have told cannot be taken back when somebody is to be forgotten.

Nobody waits long for it. Who is not known there, or cannot be looked up now, is who the client says.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from actors.customers.contract import LOOK_UP, KnownCustomer, LookUp
from actors.orders.contract import Customer
from actors.orders.desk import Desk
from actors.runtime.words import Refusal
from actors.runtime.work import Work

PATIENCE_SECONDS = 0.5
AWAY_SECONDS = 5.0
"""How long nobody is asked again after nobody has answered: a sale must not wait for each customer."""
AT_ONCE = 500


async def know(customers: Iterable[Customer | None], work: Work) -> dict[UUID, Customer]:
    """Those of them that `customers` knows. Before the transaction."""
    ids = list({customer.id for customer in customers if customer is not None and customer.id is not None})
    known: dict[UUID, Customer] = {}
    for start in range(0, len(ids), AT_ONCE):
        found = await _look_up(ids[start : start + AT_ONCE], work)
        known |= {one.id: Customer(id=one.id, group=one.group, tax_exempt=one.tax_exempt) for one in found}
    return known


async def records_of(id: UUID, work: Work) -> list[UUID]:
    """This one, and all that were merged with it: an order keeps the id under which it was sold. This one alone when nobody can tell."""
    found = await _look_up([id], work)
    return list({id, *(other for one in found for other in (one.merged_into or id, *one.also))})


async def _look_up(ids: list[UUID], work: Work) -> list[KnownCustomer]:
    """None of them when nobody answers; then, for a while, nobody is asked."""
    desk: Desk = work.resource
    if time.monotonic() < desk.ask_customers_after:
        return []
    told = await work.ask(LOOK_UP, LookUp(ids=ids), PATIENCE_SECONDS)
    if isinstance(told, Refusal):
        desk.ask_customers_after = time.monotonic() + AWAY_SECONDS
        return []
    return told.items


def as_known(customer: Customer | None, known: dict[UUID, Customer]) -> Customer | None:
    """With the name that the client has sent, if any."""
    there = known.get(customer.id) if customer is not None and customer.id is not None else None
    return customer if customer is None or there is None else replace(there, name=customer.name)


async def know_buyers(sales: Iterable[Any], work: Work) -> None:
    """Of sales that are not settled: their `ask` gets the customer as he is known. What was sold offline stays as it was."""
    asked = [sale for sale in sales if not sale.settled and not sale.offline and sale.ask.customer is not None]
    known = await know([sale.ask.customer for sale in asked], work) if asked else {}
    if known:
        for sale in asked:
            sale.known = sale.ask.customer.id in known
            sale.ask = replace(sale.ask, customer=as_known(sale.ask.customer, known))
