"""The check of a register's chain: page by page, against what `orders` has stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from actors.orders.contract import LIST_RECEIPTS, ListReceipts, ReceiptBodies
from actors.receipts import contract
from actors.receipts.chain import End, Link
from actors.receipts.contract import ChainCheck, ChainFinding, CheckChain
from actors.receipts.rules import Found, Range, Verdict, judge, judge_end
from actors.receipts.store import SQL
from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor, wrong_cursor
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work
from actors.stores.contract import GET_REGISTER, GetRegister

RECEIPTS_MAX = 500
"""A page: their bodies are read and hashed again. What was made void counts like a receipt."""
LINKS_MAX = 20_000
"""Of one page; a receipt with more refunds than fit is looked at as far as they do."""
_NUMBER_MAX = 2**53


async def check_chains(asked: Sequence[Asked[CheckChain]], work: Work) -> list[ChainCheck | Refusal]:
    return [await _check(one.body, work) for one in asked]


async def _check(wish: CheckChain, work: Work) -> ChainCheck | Refusal:
    after = _start(wish.cursor)
    if after is None:
        return wrong_cursor(contract.INVALID)
    if (wish.length is None) != (wish.head is None):
        error = FieldError(pointer="?head", detail="Give `length` with it, and the other way round.")
        return contract.INVALID.refuse("Give `length` and `head` of an earlier check, both or none.", error)
    register = await work.ask(GET_REGISTER, GetRegister(id=wish.register_id))
    if isinstance(register, Refusal):
        return contract.NO_REGISTER.refuse(register.detail) if register.kind == "not_found" else register
    # First the orders, then the links: what has been sold before is linked. And what is linked by now is among these orders.
    linked = (await work.read(SQL["chain_and_last_link"], wish.register_id))[0]["last_position"] or 0
    orders = await work.ask(LIST_RECEIPTS, ListReceipts(register_id=wish.register_id, after=after, limit=RECEIPTS_MAX))
    if isinstance(orders, Refusal):
        return orders
    behind = await work.catch_up("orders")
    if isinstance(behind, Refusal):
        return behind
    told = await _compare(work, wish.register_id, orders, after=after, behind=behind > 0, linked=linked)
    return replace(told, findings=[*await _known_head(work, wish), *told.findings])


async def _known_head(work: Work, wish: CheckChain) -> list[ChainFinding]:
    if wish.length is None or wish.head is None:
        return []
    rows = await work.read(SQL["hash_at"], wish.register_id, wish.length)
    if rows and rows[0]["hash"].hex() == wish.head:
        return []
    detail = f"link {wish.length} has not the hash {wish.head[:12]}... that it had: the chain was made anew, or cut off"
    return [ChainFinding(what="broken", detail=detail)]


def _start(cursor: str | None) -> int | None:
    try:
        return read_cursor(cursor, tuple[int])[0] if cursor else 0
    except ValueError:
        return None


async def _compare(work: Work, register_id: UUID, orders: ReceiptBodies, *, after: int, behind: bool, linked: int) -> ChainCheck:
    until = orders.until or _NUMBER_MAX
    end = _end(await work.read(SQL["find_chain"], register_id))
    links = [_found(row) for row in await work.read(SQL["find_links"], register_id, after, until, LINKS_MAX)]
    ends = orders.until or max(after, orders.last)
    verdict = judge(orders.items, links, end, Range(after, ends, behind=behind, linked=linked), orders.voided)
    if orders.until is None:
        verdict = await _with_end(work, register_id, verdict)
    return ChainCheck(
        findings=verdict.findings, receipts=len(orders.items), links=len(links), behind=verdict.behind, last=orders.last,
        length=end.position if end is not None else 0, head=end.hash.hex() if end is not None else "",
        next_cursor=write_cursor(orders.until) if orders.until else None, voided=[one for one in orders.voided if after < one.first <= until],
    )  # fmt: skip


async def _with_end(work: Work, register_id: UUID, verdict: Verdict) -> Verdict:
    """Both at once, for the chain grows meanwhile."""
    row = (await work.read(SQL["chain_and_last_link"], register_id))[0]
    end = End(row["position"], row["began"], row["number"], row["hash"]) if row["position"] is not None else None
    last = (row["last_position"], row["last_hash"]) if row["last_position"] is not None else None
    verdict.findings += judge_end(end, last)
    return verdict


def _end(rows: Sequence[Any]) -> End | None:
    return End(rows[0]["position"], rows[0]["began"], rows[0]["number"], rows[0]["hash"]) if rows else None


def _found(row: Any) -> Found:
    return Found(Link(**{name: row[name] for name in Link.__struct_fields__}), row["before"])
