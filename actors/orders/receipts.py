"""A register's receipts in the order of their numbers, as they are stored, and what was made void between them: for who proves that
none was removed or changed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from actors.orders.contract import ListReceipts, ReceiptBodies, ReceiptBody, VoidedReceipts
from actors.runtime.actor import Asked
from actors.runtime.queries import load_queries
from actors.runtime.work import Work

SQL = load_queries(__file__)


class Entry(NamedTuple):
    """What is on a page: a receipt, or a void by the first of its numbers. `size`: in bytes."""

    number: int
    size: int
    what: ReceiptBody | VoidedReceipts


async def list_receipts(asked: Sequence[Asked[ListReceipts]], work: Work) -> list[ReceiptBodies]:
    return [await _page(one.body, work) for one in asked]


async def _page(wish: ListReceipts, work: Work) -> ReceiptBodies:
    """The last number first: what is sold meanwhile is on no page, and is not missed either."""
    last = await work.read(SQL["last_receipt_numbers"], [wish.register_id])
    rows = await work.read(SQL["list_receipts"], wish.register_id, wish.after, wish.limit + 1, work.page_bytes_max)
    receipts = [_receipt(row) for row in rows]
    voids = [_void(row) for row in await work.read(SQL["voids_after"], wish.register_id, wish.after, wish.limit + 1)]
    around = [_void(row) for row in await work.read(SQL["void_before"], wish.register_id, wish.after)]
    # Where not all of one kind have been read, those of the other kind that come later are on a later page.
    ends = [receipts[-1].number] if rows and (rows[0]["found"] > len(rows) or len(rows) > wish.limit) else []
    ends += [voids[-1].number] if len(voids) > wish.limit else []
    found = sorted((one for one in (*receipts, *voids) if not ends or one.number <= min(ends)), key=lambda one: one.number)
    page = found[: how_many(found, wish.limit, work.page_bytes_max)]
    return ReceiptBodies(
        items=[one.what for one in page if isinstance(one.what, ReceiptBody)],
        voided=[one.what for one in (*around, *page) if isinstance(one.what, VoidedReceipts)],
        last=last[0]["last"] if last else 0,
        until=page[-1].number if ends or len(page) < len(found) else None,
    )


def how_many(found: Sequence[Entry], limit: int, bytes_max: int) -> int:
    """As many as there is room for, but at least one number; what begins with one number is on one page."""
    count = 0
    for _, same in groupby(found, lambda one: one.number):
        group = list(same)
        limit -= len(group)
        bytes_max -= sum(one.size for one in group)
        if count and (limit < 0 or bytes_max < 0):
            break
        count += len(group)
    return count


def _receipt(row: Any) -> Entry:
    receipt = ReceiptBody(number=row["receipt_number"], order_id=row["id"], body=row["body"])
    return Entry(receipt.number, len(receipt.body or b""), receipt)


def _void(row: Any) -> Entry:
    void = VoidedReceipts(**dict(row))
    return Entry(void.first, len(msgspec.json.encode(void)), void)
