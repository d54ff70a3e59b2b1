"""What came of posts, until the database has it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Became = Literal["delivered", "failed", "retry", "behind", "tried"]
"""delivered  the listener has it
failed     the schedule is used up
retry      tried again by the schedule; its lane waits
behind     something before it in its lane is tried again later, so it waits in the database
tried      it was posted in vain, and nothing follows from that but the attempt
"""
RANK = {"tried": 0, "behind": 1, "retry": 2, "failed": 3, "delivered": 4}


@dataclass(slots=True, eq=False)
class Note:
    """`trouble`: it was among the troubles before. `due_at`: monotonic seconds, of a retry. `attempts`: JSON objects, a comma behind each."""

    number: int
    seq: int
    lane: int
    became: Became
    trouble: bool = False
    due_at: float = 0.0
    round: int = 0
    attempts: str = ""


class Notes:
    """By endpoint and seq: several posts of one event become one row to write."""

    def __init__(self) -> None:
        self._notes: dict[tuple[int, int], Note] = {}

    def __len__(self) -> int:
        return len(self._notes)

    def add(self, note: Note) -> None:
        earlier = self._notes.get((note.number, note.seq))
        self._notes[note.number, note.seq] = note if earlier is None else _merged(earlier, note)

    def take(self) -> list[Note]:
        """All of them, in an order in which two members do not wait for each other."""
        notes, self._notes = self._notes, {}
        return [notes[place] for place in sorted(notes)]

    def put_back(self, notes: Iterable[Note]) -> None:
        """They could not be recorded: what has come meanwhile is newer."""
        newer, self._notes = self._notes, {(note.number, note.seq): note for note in notes}
        for note in newer.values():
            self.add(note)


def _merged(earlier: Note, later: Note) -> Note:
    """Every attempt; and what is further from the beginning, for an event that has arrived has arrived, whatever a later twin says."""
    kept = later if RANK[later.became] >= RANK[earlier.became] else earlier
    return Note(
        kept.number, kept.seq, kept.lane, kept.became, earlier.trouble or later.trouble, kept.due_at, kept.round,
        earlier.attempts + later.attempts,
    )
