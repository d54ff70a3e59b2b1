"""The newest of an actor's log, as a member has it in memory: what it has committed itself, and what it has read.

Those who ask for it, and the relay, are nearly always just behind the end: so what they want need not be read from the database again.
Where several members commit, what another one has written is missing here, and is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Raw

from actors.runtime.upkeep import LogItem

if TYPE_CHECKING:
    from actors.runtime.database import Record

KEPT_SECONDS = 2.0
"""Less than it takes to put another database in the place of one that is lost, which may have less of the log."""
KEPT_MAX = 8192
KEPT_BYTES_MAX = 16 * 2**20
EARLY_MAX = 64
"""So many commits may wait for one before them. What another member has committed does not come here by itself."""


class FreshLog:
    """Without gaps: all from its first event to `last`."""

    def __init__(self) -> None:
        self._items: list[LogItem] = []
        self._early: dict[int, Sequence[LogItem]] = {}
        self._bytes = 0
        self._until = 0.0

    @property
    def last(self) -> int:
        return self._items[-1].position if self._items else 0

    def join(self, items: Sequence[LogItem]) -> None:
        """What stands in the log, committed: `items` are neighbours there. Two commits may be told in the wrong order."""
        if not items:
            return
        self._forget_old()
        if self._items and items[0].position <= self.last:
            items = self._checked(items)
        if self._items and items and items[0].position > self.last + 1:
            if len(self._early) < EARLY_MAX:
                self._early[items[0].position] = items
                return
            self._forget()
        self._add(items)
        while self._early and (first := min(self._early)) <= self.last + 1:
            self._add([item for item in self._early.pop(first) if item.position > self.last])

    def after(self, position: int, limit: int, bytes_max: int = KEPT_BYTES_MAX) -> list[LogItem]:
        """What comes next, as much as is allowed, and one at least; nothing when that is not known here."""
        self._forget_old()
        if not self._items or not self._items[0].position <= position + 1 <= self.last:
            return []
        start = position + 1 - self._items[0].position
        items = self._items[start : start + limit]
        size = 0
        for number, item in enumerate(items):
            size += _size(item)
            if size > bytes_max and number:
                return items[:number]
        return items

    def _checked(self, items: Sequence[LogItem]) -> Sequence[LogItem]:
        """Those that are new. When another event stands at a place, the database was set back: then nothing is known any more."""
        for item in items:
            at = item.position - self._items[0].position
            if 0 <= at < len(self._items) and self._items[at].id != item.id:
                self._forget()
                return items
        return [item for item in items if item.position > self.last]

    def _add(self, items: Sequence[LogItem]) -> None:
        if not items:
            return
        self._items += items
        self._bytes += sum(map(_size, items))
        self._until = monotonic() + KEPT_SECONDS
        if len(self._items) > KEPT_MAX or self._bytes > KEPT_BYTES_MAX:
            # Half of it at once: seldom.
            self._items = self._items[(len(self._items) + 1) // 2 :]
            self._bytes = sum(map(_size, self._items))

    def _forget_old(self) -> None:
        if self._until < monotonic():
            self._forget()

    def _forget(self) -> None:
        self._items, self._early, self._bytes = [], {}, 0


def items_of(rows: Iterable[Record]) -> list[LogItem]:
    """Rows of a log."""
    return [LogItem(row["position"], row["id"], row["name"], row["key"], row["traceparent"], Raw(row["body"])) for row in rows]


def _size(item: LogItem) -> int:
    return len(memoryview(item.body))
