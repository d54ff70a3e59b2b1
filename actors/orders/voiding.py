"""Receipt numbers that no sale will ever have: the paper was torn, the device broke. Somebody says so, and it is kept for good."""

from __future__ import annotations

from collections.abc import Sequence

from actors.orders import contract
from actors.orders.contract import VoidedReceipts, VoidReceipts
from actors.orders.quoting import find_till, know_tills
from actors.orders.rows import SQL
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work


async def void_receipts(asked: Sequence[Asked[VoidReceipts]], work: Work) -> list[VoidedReceipts | Refusal]:
    await know_tills([one.body.register_id for one in asked], work)
    return [await _void(one, work) for one in asked]


async def _void(one: Asked[VoidReceipts], work: Work) -> VoidedReceipts | Refusal:
    wish = one.body
    till = find_till(wish.register_id, work, offline=True)
    if isinstance(till, Refusal):
        return till
    if wish.first > wish.last:
        return contract.INVALID.refuse_at("/last", "It comes before `first`. Give the lower number as `first`.")
    await work.execute(SQL["one_void_at_a_time"], wish.register_id)
    known = await work.fetchval(SQL["last_receipt_number"], wish.register_id) or 0
    if wish.last > known:
        return contract.NOT_MISSING.refuse_at("/last", f"The register has come to {known}: what is after that is not missing, but still to come.")
    there = await work.fetchval(SQL["first_receipt_between"], wish.register_id, wish.first, wish.last)
    if there is not None:
        return contract.NOT_MISSING.refuse_at("/first", f"Receipt {there} is there. Name only numbers that the check calls missing.")
    void = await work.fetchval(SQL["first_void_between"], wish.register_id, wish.first, wish.last)
    if void is not None:
        return contract.NOT_MISSING.refuse_at("/first", f"Receipt {void} was made void before. Leave it out.")
    told = VoidedReceipts(
        id=work.new_id(), register_id=wish.register_id, first=wish.first, last=wish.last, reason=wish.reason, by=one.by, at=work.now
    )
    work.write(SQL["insert_void"], told.id, told.register_id, told.first, told.last, told.reason, told.by, told.at)
    work.record(contract.RECEIPTS_VOIDED, told.register_id, told, one.traceparent)
    return told
