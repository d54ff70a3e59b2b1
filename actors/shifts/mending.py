"""Figures that were wrong are replaced by what the log of orders says. Whoever follows that log waits meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from actors.runtime.work import Work
from actors.shifts.sorting import Bucket
from actors.shifts.store import SQL
from actors.shifts.tally import Tally, write_tally
from actors.shifts.views import PLACES


async def put_right(work: Work, tallies: Mapping[Bucket, Tally | None]) -> None:
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
