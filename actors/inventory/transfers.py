"""Rows <-> transfers. A transfer is stored as the JSON that everybody gets to see, beside what its goods cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import msgspec

from actors.inventory.contract import NOT_FOUND, ListTransfers, Transfer
from actors.inventory.store import LAST, SQL, to_json
from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.words import Refusal

if TYPE_CHECKING:
    from actors.runtime.work import Work

_transfer = msgspec.json.Decoder(Transfer)
_costs = msgspec.json.Decoder(list[int | None])


class KeptTransfer(NamedTuple):
    """`costs`: of one unit of each line, where it goes to."""

    transfer: Transfer
    costs: list[int | None]


def not_found(id: UUID) -> Refusal:
    return NOT_FOUND.refuse(f"There is no transfer {id}.")


async def find_transfers(work: Work, ids: Iterable[UUID]) -> dict[UUID, Transfer]:
    return {row["id"]: _transfer.decode(row["body"]) for row in await work.read(SQL["find_transfers"], list(set(ids)))}


async def take_transfers(work: Work, ids: Iterable[UUID]) -> dict[UUID, KeptTransfer]:
    """Nobody else changes them until the commit."""
    rows = await work.fetch(SQL["lock_transfers"], list(set(ids)))
    return {row["id"]: KeptTransfer(_transfer.decode(row["body"]), _costs.decode(row["costs"])) for row in rows}


def insert_transfers(work: Work, sent: Sequence[KeptTransfer]) -> None:
    if sent:
        work.write(SQL["insert_transfers"], to_json([_row(kept.transfer) | {"costs": to_json(kept.costs)} for kept in sent]))


def save_transfers(work: Work, transfers: Sequence[Transfer]) -> None:
    if transfers:
        work.write(SQL["save_transfers"], to_json([_row(transfer) for transfer in transfers]))


def _row(transfer: Transfer) -> dict[str, object]:
    return {
        "id": transfer.id, "from_store_id": transfer.from_store_id, "to_store_id": transfer.to_store_id, "state": transfer.state,
        "body": to_json(transfer),
    }  # fmt: skip


async def list_page(work: Work, wish: ListTransfers) -> tuple[list[Transfer], str | None]:
    """Newest first, and the cursor of the next page. ValueError for a cursor that is not ours."""
    before = read_cursor(wish.cursor, tuple[UUID])[0] if wish.cursor else LAST
    rows = await work.read(SQL["list_transfers"], before, wish.store_id, wish.state, wish.limit + 1, work.page_bytes_max)
    page = [_transfer.decode(row["body"]) for row in rows[: wish.limit]]
    more = bool(rows) and rows[0]["found"] > len(page)
    return page, write_cursor(str(page[-1].id)) if more else None
