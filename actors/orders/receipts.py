"""A register's receipts in the order of their numbers, as they are stored: for who proves that none was removed or changed."""

from __future__ import annotations

from collections.abc import Sequence

from actors.orders.contract import ListReceipts, ReceiptBodies, ReceiptBody, VoidedReceipts
from actors.runtime.actor import Asked
from actors.runtime.queries import load_queries
from actors.runtime.work import Work

SQL = load_queries(__file__)


async def list_receipts(asked: Sequence[Asked[ListReceipts]], work: Work) -> list[ReceiptBodies]:
    return [await _page(one.body, work) for one in asked]


async def _page(wish: ListReceipts, work: Work) -> ReceiptBodies:
    """The last number first: what is sold meanwhile is on no page, and is not missed either."""
    last = await work.read(SQL["last_receipt_numbers"], [wish.register_id])
    rows = await work.read(SQL["list_receipts"], wish.register_id, wish.after, wish.limit + 1, work.page_bytes_max)
    items = [ReceiptBody(number=row["receipt_number"], order_id=row["id"], body=row["body"]) for row in rows[: wish.limit]]
    more = bool(rows) and rows[0]["found"] > len(items)
    voided = [VoidedReceipts(**dict(row)) for row in await work.read(SQL["voids_after"], wish.register_id, wish.after)]
    return ReceiptBodies(items=items, last=last[0]["last"] if last else 0, more=more, voided=voided)
