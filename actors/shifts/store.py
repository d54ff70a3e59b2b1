"""Rows <-> shifts, their figures and what else is kept of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from actors.runtime.envelopes import decoder
from actors.runtime.queries import load_queries
from actors.runtime.work import Work
from actors.shifts.contract import CashEvent, Correction, Shift
from actors.shifts.sorting import Bucket, Owner
from actors.shifts.tally import Row, Tally, add, read_tally, write_tally

SQL = load_queries(__file__)


class Drawer(NamedTuple):
    busy_until: datetime
    last_z: int


# --- drawers


async def lock_drawers(work: Work, busy_until: Mapping[UUID, datetime]) -> dict[UUID, Drawer]:
    """Nobody else books anything there until the commit. Each is busy until that moment at least."""
    rows = await work.fetch(SQL["lock_drawers"], list(busy_until), list(busy_until.values()))
    return {row["register_id"]: Drawer(row["busy_until"], row["last_z"]) for row in rows}


def save_drawer(work: Work, register_id: UUID, drawer: Drawer) -> None:
    work.write(SQL["save_drawers"], [register_id], [drawer.busy_until], [drawer.last_z])


# --- shifts


async def registers_of(work: Work, shift_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Where each shift is; that never changes."""
    return {row["id"]: row["register_id"] for row in await work.read(SQL["registers_of"], list(set(shift_ids)))}


async def load_shifts(work: Work, ids: Iterable[UUID]) -> dict[UUID, Shift]:
    """Whoever means to change them has locked their drawers."""
    return {row["id"]: _read_shift(row["body"]) for row in await work.fetch(SQL["find_shifts"], list(set(ids)))}


async def find_shifts(work: Work, ids: Iterable[UUID]) -> dict[UUID, Shift]:
    return {row["id"]: _read_shift(row["body"]) for row in await work.read(SQL["find_shifts"], list(set(ids)))}


def _read_shift(body: str) -> Shift:
    shift: Shift = decoder(Shift).decode(body)
    return shift


def insert_shifts(work: Work, shifts: Sequence[Shift]) -> None:
    if shifts:
        work.write(
            SQL["insert_shifts"], [one.id for one in shifts], [one.store_id for one in shifts], [one.register_id for one in shifts],
            [one.business_date for one in shifts], [one.opened_at for one in shifts], [_text(one) for one in shifts],
        )  # fmt: skip


def save_shifts(work: Work, shifts: Sequence[Shift]) -> None:
    if shifts:
        work.write(SQL["save_shifts"], [one.id for one in shifts], [one.approval for one in shifts], [_text(one) for one in shifts])


async def load_followed(work: Work) -> dict[str, int]:
    """How far each log has been booked."""
    return {row["log"]: row["position"] for row in await work.fetch(SQL["followed"])}


def close_shift(work: Work, shift: Shift, followed: Mapping[str, int]) -> None:
    """`followed`: what stands later in these logs is not in its Z report."""
    positions = followed.get("orders", 0), followed.get("customers", 0)
    work.write(SQL["close_shift"], shift.id, shift.closed_at, *positions, shift.z_number, shift.approval, _text(shift))


def _text(said: msgspec.Struct) -> str:
    return msgspec.json.encode(said).decode()


# --- figures


async def load_figures(work: Work, shift_ids: Collection[UUID]) -> dict[tuple[UUID, bool], Tally]:
    """By shift, and whether they came after its Z report. Without cash events."""
    rows = await work.fetch(SQL["figures"], list(shift_ids))
    return {(row["shift_id"], row["late"]): read_tally(row["body"]) for row in rows}


async def load_unshifted(work: Work, buckets: Sequence[Bucket]) -> dict[Bucket, Tally]:
    days = [date.fromisoformat(bucket.day) for bucket in buckets]
    rows = await work.fetch(SQL["unshifted"], [bucket.id for bucket in buckets], days)
    return {Bucket(row["register_id"], day=row["business_date"].isoformat()): read_tally(row["body"]) for row in rows}


def save_figures(work: Work, tallies: Mapping[Bucket, Tally]) -> None:
    if tallies:
        bodies = [write_tally(tally) for tally in tallies.values()]
        work.write(SQL["save_figures"], [bucket.id for bucket in tallies], [bucket.late for bucket in tallies], bodies)


def save_unshifted(work: Work, tallies: Mapping[Bucket, Tally], owners: Mapping[Bucket, Owner]) -> None:
    if tallies:
        work.write(
            SQL["save_unshifted"], [bucket.id for bucket in tallies], [date.fromisoformat(bucket.day) for bucket in tallies],
            [owners[bucket].store_id for bucket in tallies], [owners[bucket].currency for bucket in tallies],
            [write_tally(tally) for tally in tallies.values()],
        )  # fmt: skip


async def load_cash(work: Work, shift_ids: Collection[UUID]) -> dict[UUID, Tally]:
    """The sums of cash events, to be merged with the figures."""
    sums: dict[UUID, Tally] = {id: {} for id in shift_ids}
    for row in await work.fetch(SQL["cash_sums"], list(shift_ids)):
        summed: Row = (f"cash:{row['kind']}", row["count"], row["amount"], 0)
        add(sums[row["shift_id"]], [summed])
    return sums


# --- cash events and corrections


async def paid_out_alone(work: Work, shift_ids: Collection[UUID]) -> Counter[tuple[UUID, str]]:
    """Minor units by shift and person."""
    rows = await work.fetch(SQL["paid_out_alone"], list(shift_ids)) if shift_ids else []
    return Counter({(row["shift_id"], row["by"]): row["amount"] for row in rows})


def insert_cash(work: Work, events: Sequence[CashEvent]) -> None:
    if events:
        work.write(
            SQL["insert_cash"], [one.id for one in events], [one.shift_id for one in events], [one.kind for one in events],
            [one.amount.amount if one.amount else 0 for one in events], [one.at for one in events], [_text(one) for one in events],
        )  # fmt: skip


def insert_corrections(work: Work, log: str, corrections: Sequence[tuple[UUID, int, Correction]]) -> None:
    """Each with its shift and the place of its event in that log."""
    work.write(
        SQL["insert_corrections"], log, [shift_id for shift_id, _, _ in corrections], [position for _, position, _ in corrections],
        list(range(len(corrections))), [_text(correction) for _, _, correction in corrections],
    )  # fmt: skip
