"""The check, in pages: it works for as long as a request may take, and hands out where to go on. What is compared, and how, is in `proof`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from actors.customers import proof
from actors.customers.contract import INVALID, CheckCustomers, CreditTotal, CustomersCheck
from actors.customers.proof import FIRST_PLACE, Counts, Place
from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor, wrong_cursor
from actors.runtime.walking import Part, walk
from actors.runtime.words import Refusal
from actors.runtime.work import Work

SUMS = ("charged", "returned", "paid", "owed", "points_paid", "points_returned")


async def check_customers(asked: Sequence[Asked[CheckCustomers]], work: Work) -> list[CustomersCheck | Refusal]:
    return [await _check(one.body, work) for one in asked]


async def _check(wish: CheckCustomers, work: Work) -> CustomersCheck | Refusal:
    try:
        place = read_cursor(wish.cursor, Place) if wish.cursor else FIRST_PLACE
    except ValueError:
        return wrong_cursor(INVALID)
    behind = await work.catch_up("orders") if wish.cursor is None else 0
    if isinstance(behind, Refusal):
        return behind

    async def step(place: Place, size: int) -> Part[Place, Counts] | Refusal:
        return await proof.STEPS[place.phase](place.after, size, work)

    parts = await walk(place, step)
    return parts if isinstance(parts, Refusal) else _told(parts, behind)


def _told(parts: Sequence[Part[Place, Counts]], behind: int) -> CustomersCheck:
    last = parts[-1].next
    return CustomersCheck(
        findings=[finding for part in parts for finding in part.findings],
        customers=sum(part.told.customers for part in parts),
        orders=sum(part.told.orders for part in parts),
        charges=sum(part.told.charges for part in parts),
        totals=_totals([part.told for part in parts]),
        behind=behind,
        next_cursor=None if last is None else write_cursor(last.phase, str(last.after)),
    )


def _totals(seen: Sequence[Counts]) -> list[CreditTotal]:
    sums: dict[str, Counter[str]] = {}
    for one in seen:
        for currency, name, amount in one.sums:
            sums.setdefault(currency, Counter())[name] += amount
    return [CreditTotal(currency=currency, **{name: sums[currency][name] for name in SUMS}) for currency in sorted(sums)]
