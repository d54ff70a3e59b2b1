"""During an outage the same thing happens a thousand times a second; a tired operator needs to read it a few times."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from structlog import DropEvent

LINES_MAX = 3
WINDOW_SECONDS = 5.0
BOUNDED = frozenset({"debug", "info", "warning"})
"""Errors are always said: what was answered to somebody names an id that must be found in the log."""


@dataclass(slots=True)
class _Said:
    since: float
    lines: int = 0
    left_out: int = 0


class Sparing:
    """A structlog processor: one event of one actor, at most `LINES_MAX` times in `WINDOW_SECONDS`.

    The next line that is said has `left_out`: how many were not.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._said: dict[tuple[Any, Any], _Said] = {}

    def __call__(self, _: Any, level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if level not in BOUNDED:
            return event
        key, now = (event.get("event"), event.get("actor")), self._clock()
        said = self._said.get(key)
        if said is None:
            said = self._said[key] = _Said(now)
        elif now - said.since >= WINDOW_SECONDS:
            said.since, said.lines = now, 0
        if said.lines >= LINES_MAX:
            said.left_out += 1
            raise DropEvent
        said.lines += 1
        if said.left_out:
            event["left_out"] = said.left_out
            said.left_out = 0
        return event
