"""Transfers: goods leave one store, and are on their way to another: there they are `in_transit`, and not on hand yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from actors.inventory.asking import Known, Problems, look_up, want
from actors.inventory.book import Book
from actors.inventory.contract import INVALID, TRANSFER_SENT, SendTransfer, Transfer, TransferredLine
from actors.inventory.measuring import read_quantity
from actors.inventory.store import Wanted, save_book, take_book
from actors.inventory.transfers import KeptTransfer, insert_transfers
from actors.runtime.actor import Asked
from actors.runtime.quantities import read_milli, write_milli
from actors.runtime.words import Refusal
from actors.runtime.work import Work


class Draft(Struct):
    transfer: Transfer
    wanted: list[Wanted]
    same_money: bool


async def send_transfers(asked: Sequence[Asked[SendTransfer]], work: Work) -> Sequence[Transfer | Refusal]:
    stores = [id for one in asked for id in (one.body.from_store_id, one.body.to_store_id)]
    known = await look_up(work, stores, [(one.body.from_store_id, line.variant_id) for one in asked for line in one.body.lines])
    if isinstance(known, Refusal):
        return [known] * len(asked)
    drafts = [_draft(one, known, work) for one in asked]
    accepted = [draft for draft in drafts if isinstance(draft, Draft)]
    book = await take_book(work, [wanted for draft in accepted for wanted in draft.wanted])
    insert_transfers(work, [KeptTransfer(draft.transfer, _send(book, draft)) for draft in accepted])
    for draft in accepted:
        work.record(TRANSFER_SENT, draft.transfer.id, draft.transfer)
    save_book(work, book)
    return [draft.transfer if isinstance(draft, Draft) else draft for draft in drafts]


def _draft(one: Asked[SendTransfer], known: Known, work: Work) -> Draft | Refusal:
    body, problems = one.body, Problems()
    money = known.currency(body.from_store_id, problems, "/from_store_id"), known.currency(body.to_store_id, problems, "/to_store_id")
    if body.from_store_id == body.to_store_id:
        problems.add(INVALID, "/to_store_id", "Goods are sent to another store.")
    lines: dict[UUID, TransferredLine] = {}
    wanted = []
    for index, line in enumerate(body.lines):
        at = f"/lines/{index}"
        goods = known.goods(body.from_store_id, line.variant_id, problems, f"{at}/variant_id")
        milli = read_quantity(line, goods, problems, at)
        if line.variant_id in lines:
            problems.add(INVALID, f"{at}/variant_id", "Named twice: each is sent once.")
        elif goods is not None:
            lines[line.variant_id] = TransferredLine(variant_id=line.variant_id, product_id=goods.product_id, sent=write_milli(milli))
            wanted += [want(body.from_store_id, goods, money[0]), want(body.to_store_id, goods, money[1])]
    transfer = Transfer(
        id=work.new_id(), version=1, from_store_id=body.from_store_id, to_store_id=body.to_store_id, state="in_transit",
        lines=list(lines.values()), reference=body.reference, note=body.note, sent_by=one.by, created_at=work.now, updated_at=work.now,
    )  # fmt: skip
    return problems.refusal() or Draft(transfer, wanted, money[0] == money[1])


def _send(book: Book, draft: Draft) -> list[int | None]:
    """What one unit of each line costs where it goes to; None when that is not known, or is other money."""
    transfer = draft.transfer
    said: dict[str, Any] = {"reference_id": transfer.id, "reference": transfer.reference, "reason": transfer.note, "by": transfer.sent_by}
    costs = []
    for line in transfer.lines:
        milli = read_milli(line.sent)
        out = book.enter((transfer.from_store_id, line.variant_id), "transfer_out", -milli, **said)
        book.enter((transfer.to_store_id, line.variant_id), "transfer_in", in_transit=milli, **said)
        costs.append(out.unit_cost if draft.same_money else None)
    return costs
