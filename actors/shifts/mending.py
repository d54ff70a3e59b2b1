"""Figures that were wrong are replaced by what the logs say. Whoever follows those waits meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.shifts.checking import FINDINGS_MAX, count_anew, finding_of
from actors.shifts.contract import MendShifts, ShiftFinding, ShiftsCheck
from actors.shifts.sorting import Bucket
from actors.shifts.store import SQL
from actors.shifts.tally import Tally, read_tally, write_tally
from actors.shifts.views import PLACES


async def mend_shifts(asked: Sequence[Asked[MendShifts]], work: Work) -> list[ShiftsCheck | Refusal]:
    """The findings are what has been put right, and what only a person can."""
    return [await count_anew(one.body, work, _put_all_right) for one in asked]


async def _put_all_right(proof_id: UUID, work: Work) -> list[ShiftFinding]:
    findings: list[ShiftFinding] = []
    done: set[str] = set()
    while rows := await work.fetch(SQL["differing_figures"], proof_id, FINDINGS_MAX):
        findings += [finding_of(row) for row in rows][: max(0, FINDINGS_MAX - len(findings))]
        # What is of a register that is not known any more cannot be put right, and comes first again.
        if rows[0]["bucket"] in done:
            break
        done |= {row["bucket"] for row in rows}
        await _put_right(work, {Bucket.named(row["bucket"]): read_tally(row["proof"]) if row["proof"] else None for row in rows})
    await work.execute(SQL["mend_part_paid"], proof_id)
    # As a write, so that the audit has it.
    work.write(SQL["drop_proof"], proof_id)
    return findings


async def _put_right(work: Work, tallies: Mapping[Bucket, Tally | None]) -> None:
    """None: there should be no such figures. Written at once: what still differs is looked for right after."""
    await work.execute(
        SQL["forget_figures"], [bucket.id for bucket in tallies if not bucket.day], [bucket.late for bucket in tallies if not bucket.day],
        [bucket.id for bucket in tallies if bucket.day], [date.fromisoformat(bucket.day) for bucket in tallies if bucket.day],
    )  # fmt: skip
    there = {bucket: write_tally(tally) for bucket, tally in tallies.items() if tally is not None}
    shifts = {bucket: body for bucket, body in there.items() if not bucket.day}
    await work.execute(SQL["save_figures"], [bucket.id for bucket in shifts], [bucket.late for bucket in shifts], list(shifts.values()))
    for bucket, body in there.items():
        place = work.view(PLACES).find(bucket.id)
        if bucket.day and place is not None:
            row = [bucket.id], [date.fromisoformat(bucket.day)], [place.store.id], [place.currency], [body]
            await work.execute(SQL["save_unshifted"], *row)
