"""Which moments somebody may name. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from actors.runtime.words import FieldError

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Near the ends of the calendar an offset, or a minute more or less, leads out of it."""


def out_of_reach(within: str, **moments: datetime | None) -> Iterator[FieldError]:
    """One for each that cannot be used, by the name of its field. `within`: a JSON pointer to what the fields are in."""
    for name, moment in moments.items():
        if moment is not None and not FIRST <= moment < LAST:
            yield FieldError(pointer=f"{within}/{name}", detail="A time from 1970 on and before the year 9000. Leave it out for no limit.")
