"""A shop that sells, and what reports say about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from actors.reports.contract import CHECK_REPORTS, SALES, AskCheck, AskSales, ReportFinding, SalesReport
from actors.runtime.member import Member
from tests.support import House, eventually


def reports_of(house: House) -> Member:
    return next(member for member in house.runtime._members if member.actor.name == "reports")


async def caught_up(house: House) -> None:
    """Reports have heard of everything that orders have committed by now."""
    [head] = await house.fetch("SELECT position FROM orders.log_head")

    async def there() -> bool:
        rows = await house.fetch("SELECT position FROM reports.followed WHERE log = 'orders'")
        return bool(rows) and rows[0]["position"] >= head["position"]

    await eventually(there)


async def sales(house: House, **wish: Any) -> SalesReport:
    """Up to date."""
    await caught_up(house)
    return await house.call(SALES, AskSales(**wish))


async def whole_check(house: House, *, only_reports: bool = True, store_id: UUID | None = None) -> list[ReportFinding]:
    """The findings of all pages."""
    findings: list[ReportFinding] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await house.call(CHECK_REPORTS, AskCheck(store_id=store_id, only_reports=only_reports, cursor=cursor or None))
        findings += page.findings
        cursor = page.next_cursor
    return findings
