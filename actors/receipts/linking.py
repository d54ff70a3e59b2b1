"""Follows the log of orders: each receipt, and each refund on it, becomes a link of its register's chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from actors.orders.contract import RECEIPTS_VOIDED, VoidedReceipts
from actors.receipts import store
from actors.receipts.chain import BEGINNING, VOID, End, Link, Sold, facts_of_refund, facts_of_sale, facts_of_void, joined
from actors.runtime.actor import Happened
from actors.runtime.envelopes import decode_event
from actors.runtime.work import Work


class _State(Struct, frozen=True, gc=False):
    status: str


class _Told(Struct, frozen=True, gc=False):
    """Events from before there were states carry an order and nothing else: they are in no chain."""

    order: Sold | None = None
    before: _State | None = None


_UNSOLD = b'"receipt_number":null'
"""Nothing but an order that is not completed says so: a name with quotes in it has them escaped."""


async def link_receipts(happened: Sequence[Happened[Any]], work: Work) -> None:
    told = [_read(one) for one in happened if _UNSOLD not in one.body]
    sales = [one.order for one in told if isinstance(one, _Told) and one.order is not None and one.order.receipt_number is not None]
    known = await store.linked_refunds(work, [_receipt(one) for one in sales if one.refunds])
    registers = {one.register_id for one in told if isinstance(one, VoidedReceipts)}
    ends = await store.take_chains(work, {*registers, *(one.register_id for one in sales)})
    links = [link for one in told for link in _links(one, ends, known)]
    store.save_links(work, links, ends)


def _read(one: Happened[Any]) -> _Told | VoidedReceipts:
    told: _Told | VoidedReceipts = decode_event(VoidedReceipts if one.name == RECEIPTS_VOIDED.name else _Told, one.body)
    return told


def _receipt(sold: Sold) -> tuple[UUID, int]:
    assert sold.receipt_number is not None
    return sold.register_id, sold.receipt_number


def _links(told: _Told | VoidedReceipts, ends: dict[UUID, End], refunds: dict[tuple[UUID, int], int]) -> Iterable[Link]:
    """What this version of the order says for the first time: that it is completed, and refunds that no version before had."""
    if isinstance(told, VoidedReceipts):
        yield _link(told.register_id, told.first, told.id, VOID, facts_of_void(told), ends)
        return
    sold = told.order
    if sold is None or sold.receipt_number is None:
        return
    if told.before is None or told.before.status not in ("completed", "cancelled"):
        yield _link(*_receipt(sold), sold.id, 0, facts_of_sale(sold), ends)
    for refund in sold.refunds:
        if refund.number > refunds.get(_receipt(sold), 0):
            refunds[_receipt(sold)] = refund.number
            yield _link(*_receipt(sold), sold.id, refund.number, facts_of_refund(sold, refund), ends)


def _link(register_id: UUID, number: int, id: UUID, refund: int, facts: bytes, ends: dict[UUID, End]) -> Link:
    end = ends.get(register_id)
    if end is None:
        end = ends[register_id] = End(0, number, number, BEGINNING)
    end.position += 1
    end.number = max(end.number, number)
    end.hash = joined(end.hash, facts)
    return Link(register_id, end.position, number, id, refund, facts, end.hash)
