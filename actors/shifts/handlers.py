"""What is done at a drawer: it is opened, cash goes in and out, it is handed over, counted, closed, and approved.

Everything is done under the lock of the register's drawer, which whoever books orders holds as well. A close therefore knows exactly
which events its Z report has; it looks at sums that are there already, however many sales they are of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.shifts import contract, rules, store
from actors.shifts.catching_up import catch_up
from actors.shifts.contract import (
    SHIFT_APPROVED,
    SHIFT_CASH,
    SHIFT_CLOSED,
    SHIFT_HANDED_OVER,
    SHIFT_OPENED,
    ApproveShift,
    CashEvent,
    CloseShift,
    HandOver,
    OpenShift,
    RecordCash,
    Shift,
    ZReport,
)
from actors.shifts.people import People, know_people, unfit
from actors.shifts.rules import MOMENT, Count, Who
from actors.shifts.store import SQL, Drawer
from actors.shifts.tally import Tally, expected_cash, figures_of, merged
from actors.shifts.views import Place, know_places

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def _who(one: Asked[Any], work: Work) -> Who:
    return Who(one.by, work.now, one.rights, one.approved_by)


# --- opening


async def open_shifts(asked: Sequence[Asked[OpenShift]], work: Work) -> list[Shift | Refusal]:
    places = await know_places(work, (one.body.register_id for one in asked))
    people = await know_people(work, (one.body.cashier for one in asked))
    wrongs = [_cannot_open(one.body, places.get(one.body.register_id), people) for one in asked]
    wanted = {one.body.register_id for one, wrong in zip(asked, wrongs, strict=True) if wrong is None}
    drawers = await store.lock_drawers(work, dict.fromkeys(wanted, BEGINNING)) if wanted else {}
    busy = {row["register_id"]: row["id"] for row in await work.fetch(SQL["open_shifts"], list(wanted))} if wanted else {}
    ids = [one.body.id for one in asked if one.body.id is not None]
    taken = set(await store.load_shifts(work, ids)) if ids else set[UUID]()
    outcomes: list[Shift | Refusal] = []
    for one, wrong in zip(asked, wrongs, strict=True):
        outcome = wrong or _open(one, places[one.body.register_id], drawers[one.body.register_id], busy, taken, work)
        outcomes.append(outcome)
        if isinstance(outcome, Shift):
            busy[outcome.register_id] = outcome.id
            taken.add(outcome.id)
    opened = [outcome for outcome in outcomes if isinstance(outcome, Shift)]
    store.insert_shifts(work, opened)
    for shift in opened:
        store.save_drawer(work, shift.register_id, drawers[shift.register_id]._replace(busy_until=shift.opened_at + MOMENT))
        work.record(SHIFT_OPENED, shift.id, shift)
    return outcomes


def _cannot_open(ask: OpenShift, place: Place | None, people: People) -> Refusal | None:
    return rules.cannot_open(ask, place) or (unfit(ask.cashier, people, place.store.id, "/cashier") if place else None)


def _open(one: Asked[OpenShift], place: Place, drawer: Drawer, busy: dict[UUID, UUID], taken: set[UUID], work: Work) -> Shift | Refusal:
    ask = one.body
    if ask.id in taken:
        return contract.ID_TAKEN.refuse_at("/id", f"The id {ask.id} belongs to another shift. Make a new one.")
    if ask.register_id in busy:
        return contract.ALREADY_OPEN.refuse(f"The shift {busy[ask.register_id]} is open at the register {place.register.code}.")
    at = rules.boundary(ask.at, drawer.busy_until, work.now)
    if isinstance(at, Refusal):
        return at
    return rules.open_shift(ask, place, ask.id or work.new_id(), at, _who(one, work))


# --- cash beside sales


async def record_cash(asked: Sequence[Asked[RecordCash]], work: Work) -> list[CashEvent | Refusal]:
    shifts, drawers = await _take(work, (one.body.id for one in asked))
    paid = await store.paid_out_alone(work, [one.body.id for one in asked if one.body.kind == "paid_out" and one.rights is not None])
    outcomes: list[CashEvent | Refusal] = []
    for one in asked:
        shift, key = shifts.get(one.body.id), (one.body.id, one.by)
        who = _who(one, work)
        outcome = rules.record_cash(one.body, shift, work.new_id(), who, paid[key]) if shift else rules.not_found(one.body.id)
        if isinstance(outcome, CashEvent) and outcome.kind == "paid_out" and outcome.amount and not outcome.approved_by:
            paid[key] += outcome.amount.amount
        outcomes.append(outcome)
    events = [outcome for outcome in outcomes if isinstance(outcome, CashEvent)]
    store.insert_cash(work, events)
    for event in events:
        drawers[event.register_id] = _busy(drawers[event.register_id], event.at)
        work.record(SHIFT_CASH, event.shift_id, event)
    for register_id in {event.register_id for event in events}:
        store.save_drawer(work, register_id, drawers[register_id])
    return outcomes


def _busy(drawer: Drawer, at: datetime) -> Drawer:
    return drawer._replace(busy_until=max(drawer.busy_until, at + MOMENT))


async def _take(work: Work, shift_ids: Iterable[UUID]) -> tuple[dict[UUID, Shift], dict[UUID, Drawer]]:
    """The shifts, and the drawers of their registers, which are locked."""
    ids = list(set(shift_ids))
    registers = set((await store.registers_of(work, ids)).values())
    if not registers:
        return {}, {}
    drawers = await store.lock_drawers(work, dict.fromkeys(registers, BEGINNING))
    return await store.load_shifts(work, ids), drawers


# --- handing over


async def hand_over(asked: Sequence[Asked[HandOver]], work: Work) -> list[Shift | Refusal]:
    people = await know_people(work, (one.body.to for one in asked))
    counts = [rules.read_count(one.body.counted) if one.body.counted is not None else None for one in asked]
    behind = await catch_up(work) if any(isinstance(count, Count) for count in counts) else None
    shifts, drawers = await _take(work, (one.body.id for one in asked))
    outcomes: list[Shift | Refusal] = []
    for one, count in zip(asked, counts, strict=True):
        shift = shifts.get(one.body.id)
        outcome: Shift | Refusal
        if isinstance(count, Refusal):
            outcome = count
        elif count is not None and behind is not None:
            outcome = behind
        else:
            outcome = await _hand_over(one, shift, count, people, work) if shift else rules.not_found(one.body.id)
        outcomes.append(rules.blind(outcome) if isinstance(outcome, Shift) else outcome)
        if isinstance(outcome, Shift):
            shifts[outcome.id] = outcome
            drawers[outcome.register_id] = _busy(drawers[outcome.register_id], outcome.hand_overs[-1].at)
            work.record(SHIFT_HANDED_OVER, outcome.id, outcome)
    changed = {outcome.id for outcome in outcomes if isinstance(outcome, Shift)}
    store.save_shifts(work, [shifts[id] for id in changed])
    for register_id in {shifts[id].register_id for id in changed}:
        store.save_drawer(work, register_id, drawers[register_id])
    return outcomes


async def _hand_over(one: Asked[HandOver], shift: Shift, count: Count | None, people: People, work: Work) -> Shift | Refusal:
    at = rules.not_open(shift) or unfit(one.body.to, people, shift.store_id, "/to") or rules.moment_in(shift, one.body.at, work.now)
    if isinstance(at, Refusal):
        return at
    expected = expected_cash(await _tally(work, shift.id), shift.float.amount) if count is not None else 0
    return rules.hand_over(one.body, shift, at, count, expected, _who(one, work))


async def _tally(work: Work, shift_id: UUID) -> Tally:
    """All of an open shift, or of a closed one without what came too late. Cash events included."""
    figures = await store.load_figures(work, [shift_id])
    cash = await store.load_cash(work, [shift_id])
    return merged(figures.get((shift_id, False), {}), cash[shift_id])


# --- closing


async def close_shifts(asked: Sequence[Asked[CloseShift]], work: Work) -> list[ZReport | Refusal]:
    """What is on its way is waited for once, for all of them."""
    counts = [rules.read_count(one.body.counted) for one in asked]
    behind = await catch_up(work) if any(isinstance(count, Count) for count in counts) else None
    if behind is not None:
        return [count if isinstance(count, Refusal) else behind for count in counts]
    shifts, drawers = await _take(work, (one.body.id for one in asked))
    # Whoever follows the logs waits for these drawers: what is not booked by now comes later, as a correction.
    followed = await store.load_followed(work)
    outcomes: list[ZReport | Refusal] = []
    for one, count in zip(asked, counts, strict=True):
        shift = shifts.get(one.body.id)
        if isinstance(count, Refusal) or shift is None:
            outcomes.append(count if isinstance(count, Refusal) else rules.not_found(one.body.id))
            continue
        outcome = await _close(one, shift, count, drawers[shift.register_id], work)
        outcomes.append(outcome)
        if isinstance(outcome, ZReport):
            shifts[shift.id] = outcome.shift
            store.close_shift(work, outcome.shift, followed)
            work.record(SHIFT_CLOSED, shift.id, outcome)
    return outcomes


async def _close(one: Asked[CloseShift], shift: Shift, count: Count, drawer: Drawer, work: Work) -> ZReport | Refusal:
    at = rules.not_open(shift) or rules.not_theirs(shift, _who(one, work)) or rules.boundary(one.body.at, drawer.busy_until, work.now)
    if isinstance(at, Refusal):
        return at
    tally = await _tally(work, shift.id)
    expected, z_number = expected_cash(tally, shift.float.amount), drawer.last_z + 1
    closed = rules.close(shift, at, count, expected, z_number, work.settings.shifts_tolerance, _who(one, work), one.body.note)
    store.save_drawer(work, closed.register_id, Drawer(at, z_number))
    return z_report(closed, tally)


def z_report(shift: Shift, tally: Tally) -> ZReport:
    """As it is when it is written: nothing has come late yet."""
    currency = shift.float.currency
    nothing: Tally = {}
    return ZReport(
        shift=shift, figures=figures_of(tally, currency), corrected=figures_of(nothing, currency),
        corrected_expected=rules.money(0, shift), corrections=[],
    )  # fmt: skip


# --- approving


async def approve_shifts(asked: Sequence[Asked[ApproveShift]], work: Work) -> list[Shift | Refusal]:
    shifts, _ = await _take(work, (one.body.id for one in asked))
    outcomes: list[Shift | Refusal] = []
    for one in asked:
        shift = shifts.get(one.body.id)
        outcome = rules.approve(shift, one.body.reason, _who(one, work)) if shift else rules.not_found(one.body.id)
        outcomes.append(outcome)
        if isinstance(outcome, Shift) and outcome is not shift:
            shifts[outcome.id] = outcome
            store.save_shifts(work, [outcome])
            work.record(SHIFT_APPROVED, outcome.id, outcome)
    return outcomes
