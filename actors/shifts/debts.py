"""What an event about a customer's credit means for the drawers: cash that paid a debt at a register is in its drawer. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from actors.runtime.envelopes import decode_event
from actors.shifts.facts import Fact
from actors.shifts.sorting import Page, Source


class _Money(Struct, gc=False):
    amount: int
    currency: str


class _Entry(Struct, gc=False):
    amount: _Money
    at: datetime
    register_id: UUID | None = None
    store_id: UUID | None = None
    business_date: str | None = None


class _Told(Struct, gc=False):
    customer_id: UUID
    entry: _Entry | None = None


def read_debts(events: Iterable[tuple[int, bytes]]) -> Page:
    """Each with its place in the log of customers. What names no register went into no drawer."""
    page = Page()
    for position, body in events:
        told: _Told = decode_event(_Told, body)
        entry = told.entry
        if entry is not None and entry.register_id is not None and entry.store_id is not None and entry.business_date is not None:
            # A payment takes off from what is owed.
            paid = -entry.amount.amount
            source = Source(None, "", entry.store_id, entry.amount.currency, told.customer_id)
            page.add(position, source, Fact("debt", entry.register_id, entry.at, entry.business_date, paid, [("debts", 1, paid, 0)]))
    return page
