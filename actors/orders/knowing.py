"""Whom an order is for, as `customers` knows them: their group and whether they are exempt are not for the register to say.

No name comes from there: what an order and its events have told cannot be taken back when somebody is to be forgotten.

Nobody waits long for it. Who is not known there, or cannot be looked up now, is who the client says.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from msgspec.structs import replace

from actors.customers.contract import LOOK_UP, LookUp
from actors.orders.contract import Customer
from actors.runtime.words import Refusal
from actors.runtime.work import Work

PATIENCE_SECONDS = 0.5
AWAY_SECONDS = 5.0
"""How long nobody is asked again after nobody has answered: a sale must not wait for each customer."""
AT_ONCE = 500

_away_until: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
"""By member."""


async def know(customers: Iterable[Customer | None], work: Work) -> dict[UUID, Customer]:
    """Those of them that `customers` knows. Before the transaction."""
    ids = list({customer.id for customer in customers if customer is not None and customer.id is not None})
    known: dict[UUID, Customer] = {}
    if not ids or time.monotonic() < _away_until.get(work.resource, 0.0):
        return known
    for start in range(0, len(ids), AT_ONCE):
        told = await work.ask(LOOK_UP, LookUp(ids=ids[start : start + AT_ONCE]), PATIENCE_SECONDS)
        if isinstance(told, Refusal):
            _away_until[work.resource] = time.monotonic() + AWAY_SECONDS
            return known
        known |= {one.id: Customer(id=one.id, group=one.group, tax_exempt=one.tax_exempt) for one in told.items}
    return known


async def records_of(id: UUID, work: Work) -> list[UUID]:
    """This one, and all that were merged with it: an order keeps the id under which it was sold. This one alone when nobody can tell."""
    if time.monotonic() < _away_until.get(work.resource, 0.0):
        return [id]
    told = await work.ask(LOOK_UP, LookUp(ids=[id]), PATIENCE_SECONDS)
    if isinstance(told, Refusal):
        _away_until[work.resource] = time.monotonic() + AWAY_SECONDS
        return [id]
    return list({id, *(other for one in told.items for other in (one.merged_into or id, *one.also))})


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
