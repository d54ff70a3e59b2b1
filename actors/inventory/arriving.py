"""Transfers end: the goods arrive, or go back.

What has not arrived goes back to the books of the sending store, and is written off there as waste: the loss is seen where it came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from actors.inventory.asking import Known, Problems, look_up
from actors.inventory.book import Book
from actors.inventory.contract import (
    INVALID,
    STALE,
    TRANSFER_CANCELLED,
    TRANSFER_RECEIVED,
    UNKNOWN_VARIANT,
    WRONG_QUANTITY,
    WRONG_STATE,
    CancelTransfer,
    ReceiveTransfer,
    Transfer,
)
from actors.inventory.measuring import read_quantity
from actors.inventory.store import save_book, take_known_book
from actors.inventory.transfers import KeptTransfer, not_found, save_transfers, take_transfers
from actors.runtime.actor import Asked
from actors.runtime.quantities import read_milli, write_milli
from actors.runtime.words import Event, Refusal
from actors.runtime.work import Work


async def receive_transfers(asked: Sequence[Asked[ReceiveTransfer]], work: Work) -> Sequence[Transfer | Refusal]:
    # Only in which units they are counted is asked: what was sent may be received, whatever the catalog says of it now.
    known = await look_up(work, (), [(one.body.id, line.variant_id) for one in asked for line in one.body.lines])
    if isinstance(known, Refusal):
        return [known] * len(asked)
    taken = await take_transfers(work, [one.body.id for one in asked])
    ended: dict[UUID, Transfer] = {}
    outcomes: list[Transfer | Refusal] = []
    for one in asked:
        outcome = _why_not(one.body, taken.get(one.body.id), ended) or _arrived(one.body, taken[one.body.id].transfer, known)
        if isinstance(outcome, Transfer):
            outcome = ended[outcome.id] = replace(outcome, version=outcome.version + 1, updated_at=work.now)
        outcomes.append(outcome)
    await _enter(asked, [(taken[id], transfer) for id, transfer in ended.items()], TRANSFER_RECEIVED, work)
    return outcomes


async def cancel_transfers(asked: Sequence[Asked[CancelTransfer]], work: Work) -> Sequence[Transfer | Refusal]:
    taken = await take_transfers(work, [one.body.id for one in asked])
    ended: dict[UUID, Transfer] = {}
    outcomes: list[Transfer | Refusal] = []
    for one in asked:
        refusal = _why_not(one.body, taken.get(one.body.id), ended)
        if refusal is None:
            before = taken[one.body.id].transfer
            ended[before.id] = replace(before, state="cancelled", version=before.version + 1, updated_at=work.now)
        outcomes.append(refusal or ended[one.body.id])
    await _enter(asked, [(taken[id], transfer) for id, transfer in ended.items()], TRANSFER_CANCELLED, work)
    return outcomes


def _why_not(body: ReceiveTransfer | CancelTransfer, kept: KeptTransfer | None, ended: dict[UUID, Transfer]) -> Refusal | None:
    if kept is None:
        return not_found(body.id)
    if kept.transfer.state != "in_transit" or body.id in ended:
        return WRONG_STATE.refuse("The transfer has ended already.")
    if kept.transfer.version != body.if_version:
        return STALE.refuse(f"The transfer is at version {kept.transfer.version}. Look at it again.")
    return None


def _arrived(body: ReceiveTransfer, transfer: Transfer, known: Known) -> Transfer | Refusal:
    sent = {line.variant_id: read_milli(line.sent) for line in transfer.lines}
    goods = {line.variant_id: known.kept(line.variant_id, line.product_id) for line in transfer.lines}
    received: dict[UUID, int] = {} if body.lines else dict(sent)
    problems = Problems()
    for index, line in enumerate(body.lines):
        at = f"/lines/{index}"
        if line.variant_id not in sent:
            problems.add(UNKNOWN_VARIANT, f"{at}/variant_id", "It was not sent with this transfer. Take it in as goods that came in.")
        elif line.variant_id in received:
            problems.add(INVALID, f"{at}/variant_id", "Named twice: each arrives once.")
        else:
            milli = received[line.variant_id] = read_quantity(line, goods[line.variant_id], problems, at)
            if milli > sent[line.variant_id]:
                detail = f"Only {write_milli(sent[line.variant_id])} were sent. Take the rest in as an adjustment."
                problems.add(WRONG_QUANTITY, f"{at}/quantity", detail)
    lines = [replace(line, received=write_milli(received.get(line.variant_id, 0))) for line in transfer.lines]
    return problems.refusal() or replace(transfer, state="received", lines=lines)


async def _enter(asked: Sequence[Asked[Any]], ended: Sequence[tuple[KeptTransfer, Transfer]], event: Event[Transfer], work: Work) -> None:
    """All levels are there: sending has made them."""
    stores = [(store_id, transfer) for _, transfer in ended for store_id in (transfer.from_store_id, transfer.to_store_id)]
    book = await take_known_book(work, {(store_id, line.variant_id) for store_id, transfer in stores for line in transfer.lines})
    by = {one.body.id: one.by for one in reversed(asked)}
    for kept, transfer in ended:
        enter_end(book, transfer, kept.costs, by[transfer.id])
        work.record(event, transfer.id, transfer)
    save_transfers(work, [transfer for _, transfer in ended])
    save_book(work, book)


def enter_end(book: Book, transfer: Transfer, costs: Sequence[int | None], by: str) -> None:
    said: dict[str, Any] = {"reference_id": transfer.id, "reference": transfer.reference, "by": by}
    for line, cost in zip(transfer.lines, costs, strict=True):
        sent = read_milli(line.sent)
        arrived = read_milli(line.received or "0")
        there, here = (transfer.to_store_id, line.variant_id), (transfer.from_store_id, line.variant_id)
        book.enter(there, "transfer_in", arrived, in_transit=-sent, unit_cost=cost if arrived else None, **said)
        if arrived < sent:
            book.enter(here, "transfer_in", sent - arrived, reason="Has not arrived" if transfer.state == "received" else "Called back", **said)
        if arrived < sent and transfer.state == "received":
            book.enter(here, "waste", arrived - sent, reason="Has not arrived", **said)
