"""What is to be sent, as data."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

CURRENCY = "IDR"
RUPIAH = 100
"""In minor units."""


class Request(Struct, frozen=True, omit_defaults=True):
    """One request to Kasir's API.

    `saves`     the answer's id and version are known by this name afterwards; `{name}` in a later path is that id
    `version`   the name whose version goes into If-Match
    `person`    code of whoever does it, at `register_id`; "" is the owner
    `approved`  what a supervisor's PIN is asked for before: "refund", "void", "discount", "override", "no_sale" or "paid_out"
    `orders`    how many sales are in it
    `apart`     it waits for none of its neighbours that are `apart`, too
    `settled`   it has no Idempotency-Key: a "no" because it has been done already is as good as a "yes"
    """

    method: str
    path: str
    body: Any = None
    key: str = ""
    saves: str = ""
    version: str = ""
    person: str = ""
    register_id: UUID | None = None
    approved: str = ""
    orders: int = 0
    settled: bool = False
    apart: bool = False


def money(amount: int) -> dict[str, Any]:
    """Minor units: Rp 3.500 is 350000."""
    return {"amount": amount, "currency": CURRENCY}


def moment(at: datetime) -> str:
    return at.isoformat()


def quantity(milli: int) -> str:
    """Thousandths, as Kasir writes them: 2000 is "2", 357 is "0.357"."""
    whole, rest = divmod(milli, 1000)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".") if rest else str(whole)
