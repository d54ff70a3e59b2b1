"""Everybody's own check, asked for page by page: stock, payments, drawers, customers' accounts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from actors.customers.contract import CHECK_CUSTOMERS, CheckCustomers
from actors.inventory.contract import CHECK_STOCK, CheckStock
from actors.payments.contract import CHECK_PAYMENTS, CheckPayments
from actors.reports.contract import ReportFinding
from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.shifts.contract import CHECK_SHIFTS, CheckShifts


class Page(NamedTuple):
    findings: list[ReportFinding]
    behind: int
    next_cursor: str | None


Check = Callable[[str | None, Work], Awaitable[Page | None]]
"""A page from a cursor on; None when its actor cannot be asked just now."""


async def _stock(cursor: str | None, work: Work) -> Page | None:
    told = await work.ask(CHECK_STOCK, CheckStock(cursor=cursor))
    if isinstance(told, Refusal):
        return _away(told)
    findings = [
        ReportFinding(
            what="stock", name=f"{one.what} of variant {one.variant_id} in store {one.store_id}", expected=one.expected, found=one.found,
            detail=f"order {one.order_id}" if one.order_id else "",
        )
        for one in told.findings
    ]  # fmt: skip
    return Page(findings, told.behind, told.next_cursor)


async def _payments(cursor: str | None, work: Work) -> Page | None:
    told = await work.ask(CHECK_PAYMENTS, CheckPayments(cursor=cursor))
    return _away(told) if isinstance(told, Refusal) else Page(_plain("payments", told.findings), told.unsettled, told.next_cursor)


async def _shifts(cursor: str | None, work: Work) -> Page | None:
    told = await work.ask(CHECK_SHIFTS, CheckShifts(cursor=cursor))
    return _away(told) if isinstance(told, Refusal) else Page(_plain("shifts", told.findings), told.behind, told.next_cursor)


async def _customers(cursor: str | None, work: Work) -> Page | None:
    told = await work.ask(CHECK_CUSTOMERS, CheckCustomers(cursor=cursor))
    return _away(told) if isinstance(told, Refusal) else Page(_plain("customers", told.findings), 0, told.next_cursor)


def _away(no: Refusal) -> Page | None:
    """Who cannot be asked is left out. ValueError: what they call no cursor of theirs was none of ours."""
    if no.kind == "invalid":
        raise ValueError(no.detail)
    return None


def _plain(what: str, findings: list[Any]) -> list[ReportFinding]:
    return [ReportFinding(what=what, name=f"{one.what} {one.id}", detail=one.detail) for one in findings]


CHECKS: Mapping[str, Check] = {"stock": _stock, "payments": _payments, "shifts": _shifts, "customers": _customers}
ORDER = tuple(CHECKS)
