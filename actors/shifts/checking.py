"""The check: all figures are built once more from the logs of orders and customers, page by page, and compared with what is kept.

Each call reads on for as long as a request may take, and hands out where to go on. The comparison is made at one moment, while
whoever follows the logs waits: then both have heard of exactly the same events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from actors.customers.contract import CREDIT_CHANGED
from actors.orders.contract import ORDER_EVENTS
from actors.runtime import upkeep
from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor, wrong_cursor
from actors.runtime.envelopes import decoder
from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.shifts import store
from actors.shifts.booking import Log, asked_before, periods_of
from actors.shifts.contract import INVALID, CheckShifts, MendShifts, Shift, ShiftFinding, ShiftsCheck
from actors.shifts.debts import read_debts
from actors.shifts.facts import News, read_news
from actors.shifts.sorting import Page, read_page, sort_page
from actors.shifts.store import SQL
from actors.shifts.tally import Tally, expected_cash, merged, read_tally, write_tally

BUDGET_SECONDS = 1.5
"""Once it has passed, no further page of the log is read in this call."""
PAGES_MAX = 20
FINDINGS_MAX = 300
SHIFTS_AT_ONCE = 1000
FORGOTTEN_AFTER = timedelta(days=1)
_ORDER_EVENTS = {event.name for event in ORDER_EVENTS}
LOGS: Sequence[Log] = ("orders", "customers")
_FIRST = UUID(int=0)
Compare = Callable[[UUID, Work], Awaitable[list[ShiftFinding]]]
"""(the id of what was counted) -> what differs from it. It drops what was counted."""


class Proof(NamedTuple):
    """How far it has come, in each log. `after`: in its second part, which goes through the shifts by id; None while it reads the logs."""

    id: UUID
    orders: int
    customers: int
    events: int
    after: UUID | None = None

    def position(self, log: Log) -> int:
        return self.orders if log == "orders" else self.customers


async def check_shifts(asked: Sequence[Asked[CheckShifts]], work: Work) -> list[ShiftsCheck | Refusal]:
    """One a batch: it reads the log first, and then needs a transaction."""
    return [await count_anew(one.body, work, _compare) for one in asked]


async def count_anew(wish: CheckShifts | MendShifts, work: Work, compare: Compare) -> ShiftsCheck | Refusal:
    """A page. `compare` is called once all has been counted, while whoever follows the logs waits."""
    proof = await _proof(wish, work)
    if isinstance(proof, Refusal):
        return proof
    if proof.after is not None:
        return await _look_at_shifts(proof, [], 0, work)
    reads = await _read_logs(proof, work)
    if isinstance(reads, Refusal):
        return reads
    if proof.id == _FIRST:
        await work.execute(SQL["forget_proofs"], work.now - FORGOTTEN_AFTER)
        proof = proof._replace(id=work.new_id())
        await work.execute(SQL["begin_proof"], proof.id, work.now)
    row = await work.fetchrow(SQL["take_proof"], proof.id)
    if row is None or (row["position"], row["customers_position"]) != (proof.orders, proof.customers):
        return wrong_cursor(INVALID)
    booked = {row["log"]: row["position"] for row in await work.fetch(SQL["hold_still"])}
    for log in LOGS:
        proof = await _add(proof, log, [item for item in reads[log].items if item.position <= booked.get(log, 0)], work)
    until = {log: min(booked.get(log, 0), reads[log].until) for log in LOGS}
    proof = proof._replace(orders=until["orders"], customers=until["customers"])
    behind = sum(max(0, reads[log].head - booked.get(log, 0)) for log in LOGS)
    if any(until[log] < booked.get(log, 0) for log in LOGS):
        await work.execute(SQL["move_proof"], proof.id, proof.orders, proof.customers, proof.events)
        return await _told([], proof, behind, work, go_on=True)
    findings = [*await compare(proof.id, work), *await _wrong_numbers(work)]
    return await _look_at_shifts(proof._replace(after=_FIRST), findings, behind, work)


async def _proof(wish: CheckShifts | MendShifts, work: Work) -> Proof | Refusal:
    if wish.cursor is None:
        return Proof(_FIRST, 0, 0, 0)
    try:
        proof = read_cursor(wish.cursor, Proof)
    except ValueError:
        return wrong_cursor(INVALID)
    return proof if proof.orders >= 0 and proof.customers >= 0 else wrong_cursor(INVALID)


# --- the logs, once more


class _Read(NamedTuple):
    """`until`: how far was read, be it that the last rows are none of ours; `head`: where the log ends."""

    items: list[upkeep.LogItem]
    until: int
    head: int


async def _read_logs(proof: Proof, work: Work) -> dict[Log, _Read] | Refusal:
    """At least a page of each."""
    deadline = asyncio.get_running_loop().time() + BUDGET_SECONDS
    reads: dict[Log, _Read] = {}
    for log in LOGS:
        read = await _read_on(log, proof.position(log), deadline, work)
        if isinstance(read, Refusal):
            return read
        reads[log] = read
    return reads


async def _read_on(log: Log, position: int, deadline: float, work: Work) -> _Read | Refusal:
    loop = asyncio.get_running_loop()
    items: list[upkeep.LogItem] = []
    head = position
    for _ in range(PAGES_MAX):
        page = await work.ask(upkeep.read_log(log), upkeep.ReadLog(after=position, limit=1000))
        if isinstance(page, Refusal):
            return page
        items += page.items
        position, head = (items[-1].position if items else position), page.head
        if not page.more or loop.time() > deadline:
            break
    return _Read(items, position, head)


async def _add(proof: Proof, log: Log, items: Sequence[upkeep.LogItem], work: Work) -> Proof:
    """As it is booked, but into figures of the check's own."""
    if log == "orders":
        news = [(item.position, read_news(bytes(item.body))) for item in items if item.name in _ORDER_EVENTS]
        page = await _page_of_orders(proof.id, news, work)
    else:
        page = read_debts((item.position, bytes(item.body)) for item in items if item.name == CREDIT_CHANGED.name)
    await _sum_up(proof.id, page, log, work)
    return proof._replace(events=proof.events + len(items))


async def _page_of_orders(proof_id: UUID, news: list[tuple[int, News]], work: Work) -> Page:
    before = asked_before(one for _, one in news)
    rows = await work.fetch(SQL["proof_part_paid"], proof_id, before) if before else []
    page = read_page(news, {row["order_id"]: row["tenders"] for row in rows})
    if page.counted:
        await work.execute(SQL["save_proof_part_paid"], proof_id, list(page.counted), list(page.counted.values()))
    return page


async def _sum_up(proof_id: UUID, page: Page, log: Log, work: Work) -> None:
    if not page.found:
        return
    out = sort_page(page, await periods_of(work, page, log))
    more: dict[str, Tally] = {bucket.name: tally for bucket, tally in out.tallies.items()}
    kept = {row["bucket"]: read_tally(row["body"]) for row in await work.fetch(SQL["proof_figures"], proof_id, list(more))}
    bodies = [write_tally(merged(kept.get(name, {}), tally)) for name, tally in more.items()]
    await work.execute(SQL["save_proof_figures"], proof_id, list(more), bodies)


# --- what does not agree


async def _compare(proof_id: UUID, work: Work) -> list[ShiftFinding]:
    rows = await work.fetch(SQL["differing_figures"], proof_id, FINDINGS_MAX)
    await work.execute(SQL["drop_proof"], proof_id)
    return [finding_of(row) for row in rows]


async def _wrong_numbers(work: Work) -> list[ShiftFinding]:
    findings = []
    for row in await work.fetch(SQL["wrong_z_numbers"], FINDINGS_MAX):
        detail = f"{row['count']} Z reports, numbered from {row['first']} to {row['last']}; the last should be {row['last_z']}."
        findings.append(ShiftFinding(what="z_number", id=str(row["register_id"]), detail=detail))
    return findings


def finding_of(row: Any) -> ShiftFinding:
    what, _, id = row["bucket"].partition(" ")
    return ShiftFinding(what=what, id=id, detail=_difference(read_tally(row["kept"]), read_tally(row["proof"])))


def _difference(kept: Mapping[str, list[int]], proof: Mapping[str, list[int]]) -> str:
    """ "tender:cash is [2, 7000, 0], the log says [3, 10500, 0]": how many, how much, and the third number of tally.py."""
    names = sorted(name for name in {*kept, *proof} if kept.get(name) != proof.get(name))
    parts = [f"{name} is {kept.get(name, 'missing')}, the log says {proof.get(name, 'nothing')}" for name in names]
    return "; ".join(parts) + "."


async def _look_at_shifts(proof: Proof, findings: list[ShiftFinding], behind: int, work: Work) -> ShiftsCheck:
    """Whether what was expected when a drawer was counted is what its figures come to."""
    rows = await work.fetch(SQL["closed_shifts"], proof.after, SHIFTS_AT_ONCE + 1)
    shown = rows[:SHIFTS_AT_ONCE]
    cash = await store.load_cash(work, [row["id"] for row in shown]) if shown else {}
    for row in shown:
        shift: Shift = decoder(Shift).decode(row["body"])
        expected = expected_cash(merged(read_tally(row["figures"]), cash[shift.id]), shift.float.amount)
        if shift.expected is None or shift.expected.amount != expected:
            told = shift.expected.amount if shift.expected else None
            findings.append(ShiftFinding(what="expected", id=str(shift.id), detail=f"The Z report says {told}, its figures come to {expected}."))
    after = shown[-1]["id"] if len(rows) > len(shown) else None
    return await _told(findings, proof._replace(after=after), behind, work, go_on=after is not None)


async def _told(findings: list[ShiftFinding], proof: Proof, behind: int, work: Work, *, go_on: bool) -> ShiftsCheck:
    cursor = write_cursor(str(proof.id), proof.orders, proof.customers, proof.events, *([str(proof.after)] if proof.after else [])) if go_on else None
    count = await work.fetchval(SQL["count_shifts"])
    return ShiftsCheck(findings=findings, shifts=count, events=proof.events, behind=max(0, behind), next_cursor=cursor)
