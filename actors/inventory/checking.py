"""The proof: the ledger adds up to the levels, and holds exactly what orders say that they have taken and given back.

Set-based, a page of orders at a time, while selling goes on: what is compared was written in one transaction, and is read in one
statement. Orders whose latest version has not arrived here are not judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from actors.inventory.contract import UNKNOWN_STORE, CheckStock, Finding, StockCheck
from actors.inventory.rules import write_milli
from actors.inventory.store import FIRST, LAST, SQL, to_json
from actors.inventory.views import STORES
from actors.orders.contract import LIST_STOCK_USES, ListStockUses, StockUses
from actors.runtime.actor import Asked
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work

FINDINGS_MAX = 300
PAGE = 1000


async def check_stock(asked: Sequence[Asked[CheckStock]], work: Work) -> list[StockCheck | Refusal]:
    return [await _check(one.body.store_id, work) for one in asked]


class Report:
    """What was looked at, and what was found; no more findings than fit into a message."""

    def __init__(self, store_id: UUID | None) -> None:
        self.store_id = store_id
        self.findings: list[Finding] = []
        self.levels = self.movements = self.orders = self.behind = 0
        self.more = False

    @property
    def room(self) -> int:
        """How many findings to ask for: one too many tells that there are more."""
        return FINDINGS_MAX - len(self.findings) + 1

    def found(self, finding: Finding) -> None:
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(finding)
        else:
            self.more = True

    def told(self) -> StockCheck:
        return StockCheck(
            findings=self.findings, more=self.more, levels=self.levels, movements=self.movements, orders=self.orders, behind=self.behind
        )


async def _check(store_id: UUID | None, work: Work) -> StockCheck | Refusal:
    if store_id is not None and work.view(STORES).currency(store_id) is None:
        await work.refresh(STORES)
        if work.view(STORES).currency(store_id) is None:
            detail = f"There is no store {store_id}."
            return UNKNOWN_STORE.refuse(detail, FieldError(pointer="?store_id", detail=detail))
    report = Report(store_id)
    await _check_levels(report, work)
    refusal = await _check_orders(report, work)
    return refusal or report.told()


async def _check_levels(report: Report, work: Work) -> None:
    counted, *differing = await work.read(SQL["check_levels"], report.store_id, report.room)
    report.levels, report.movements = counted["levels"], counted["movements"]
    for row in differing:
        for what in ("on_hand", "reserved", "in_transit"):
            if row[what] != row[f"level_{what}"]:
                report.found(_finding("level", row, row[what], row[f"level_{what}"]))
    for row in await work.read(SQL["check_reserved"], report.store_id, report.room):
        report.found(_finding("reservation", row, row["expected"], row["found"]))


async def _check_orders(report: Report, work: Work) -> Refusal | None:
    """Page by page, in the order of their ids."""
    after = FIRST
    while True:
        page = await work.ask(LIST_STOCK_USES, ListStockUses(after=after, limit=PAGE))
        if isinstance(page, Refusal):
            return page
        until = page.items[-1].id if page.more else LAST
        await _check_page(report, [uses for uses in page.items if report.store_id in (None, uses.store_id)], work)
        refusal = await _check_unknown(report, [uses.id for uses in page.items], after, until, work)
        if refusal is not None or not page.more:
            return refusal
        after = until


async def _check_page(report: Report, page: Sequence[StockUses], work: Work) -> None:
    if not page:
        return
    told = to_json(page)
    counted, *differing = await work.read(SQL["check_orders"], told, report.room)
    report.orders += len(page)
    report.behind += len(page) - counted["judged"]
    for row in differing:
        for expected, found in ((row["sold"], row["found_sold"]), (row["returned"], row["found_returned"])):
            if expected != found:
                report.found(_finding("order", row, expected, found, row["order_id"]))
    for row in await work.read(SQL["check_kept"], told, report.room):
        report.found(_finding("reservation", row, row["expected"], row["found"], row["order_id"]))


async def _check_unknown(report: Report, ids: Sequence[UUID], after: UUID, until: UUID, work: Work) -> Refusal | None:
    """Orders that the ledger knows and orders does not. Those that came after the page was read are asked for again."""
    rows = await work.read(SQL["orders_not_told"], after, until, to_json(ids), report.store_id, PAGE)
    if not rows:
        return None
    again = await work.ask(LIST_STOCK_USES, ListStockUses(ids=[row["order_id"] for row in rows]))
    if isinstance(again, Refusal):
        return again
    there = {uses.id for uses in again.items}
    for row in await work.read(SQL["applied_uses"], [row["order_id"] for row in rows if row["order_id"] not in there]):
        if row["sold"] != row["returned"]:
            report.found(_finding("order", row, 0, row["sold"] - row["returned"], row["order_id"]))
    return None


def _finding(what: Any, row: Any, expected: int, found: int, order_id: UUID | None = None) -> Finding:
    return Finding(
        what=what, store_id=row["store_id"], variant_id=row["variant_id"], expected=write_milli(expected), found=write_milli(found),
        order_id=order_id,
    )
