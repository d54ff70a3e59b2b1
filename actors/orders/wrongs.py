"""How the rules say what is wrong with a sale: every bad field at once, and the first one gives the code."""

from __future__ import annotations

from actors.runtime.words import FieldError, Reason, Refusal


class Wrong(Exception):
    """One thing that is wrong. `pointer` is relative to what was looked at, until it is told."""

    def __init__(self, reason: Reason, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.pointer, self.detail = reason, pointer, detail

    def at(self, place: str) -> Wrong:
        return Wrong(self.reason, place + self.pointer, self.detail)


def refuse(wrongs: list[Wrong]) -> Refusal:
    """The first problem names the refusal; all of them are listed."""
    first = wrongs[0]
    return first.reason.refuse(first.detail, *(FieldError(pointer=wrong.pointer, detail=wrong.detail) for wrong in wrongs))
