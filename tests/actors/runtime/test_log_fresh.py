"""What a member remembers of its log's end: all of it or nothing, in order, whoever tells it and when."""

from __future__ import annotations

from uuid import UUID

import pytest
from msgspec import Raw

from actors.runtime import log_fresh, upkeep
from actors.runtime.log_fresh import FreshLog
from actors.runtime.upkeep import LogItem
from tests.actors.runtime.conftest import Stages


def items(*positions: int, generation: int = 0, body: bytes = b"{}") -> list[LogItem]:
    return [LogItem(position, UUID(int=position + generation), "note.added", "k", "", Raw(body)) for position in positions]


def after(log: FreshLog, position: int, limit: int = 100, **more: int) -> list[int]:
    return [item.position for item in log.after(position, limit, **more)]


def test_what_is_told_in_the_wrong_order_stands_in_the_right_one() -> None:
    log = FreshLog()
    log.join(items(7))
    log.join(items(10, 11))
    log.join(items(9))
    assert after(log, 6) == [7]
    log.join(items(8))
    assert (after(log, 6), after(log, 8, 2), log.last) == ([7, 8, 9, 10, 11], [9, 10], 11)


def test_what_comes_before_it_or_after_it_is_not_known_here() -> None:
    log = FreshLog()
    log.join(items(7, 8))
    assert (after(log, 5), after(log, 8), after(FreshLog(), 0)) == ([], [], [])


def test_a_gap_is_filled_by_what_is_read() -> None:
    """Another member has committed 9 and 10: a page from the database has them, and what is known on either side."""
    log = FreshLog()
    log.join(items(7, 8))
    log.join(items(11, 12))
    log.join(items(8, 9, 10, 11))
    assert after(log, 6) == [7, 8, 9, 10, 11, 12]


def test_a_gap_that_nobody_fills_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_fresh, "EARLY_MAX", 2)
    log = FreshLog()
    for position in (1, 3, 5, 7, 8):
        log.join(items(position))
    assert (after(log, 0), after(log, 6)) == ([], [7, 8])


def test_a_database_that_was_set_back_makes_all_of_it_forgotten() -> None:
    log = FreshLog()
    log.join(items(7, 8, 9))
    log.join(items(8, generation=100))
    assert (after(log, 6), [item.id for item in log.after(7, 10)]) == ([], [UUID(int=108)])


def test_it_is_bounded_in_events_in_bytes_and_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_fresh, "KEPT_MAX", 4)
    log = FreshLog()
    log.join(items(1, 2, 3, 4, 5))
    assert (after(log, 0), after(log, 3)) == ([], [4, 5])
    log.join(items(6, body=b"x" * 1000))
    assert (after(log, 3, bytes_max=10), after(log, 5, bytes_max=10)) == ([4, 5], [6])
    now = log_fresh.monotonic()
    monkeypatch.setattr(log_fresh, "monotonic", lambda: now + log_fresh.KEPT_SECONDS + 1)
    assert after(log, 3) == []


async def test_what_members_have_committed_in_turns_is_told_as_it_stands(stages: Stages) -> None:
    await stages.run_notes("one")
    await stages.run_notes("two")
    for number in range(60):
        await stages.add(f"note {number}")
    rows = await stages.fetch("SELECT position, id, body FROM notes.log ORDER BY position")
    for first in (0, 20, 40):
        told: list[LogItem] = []
        more = True
        while more:
            page = await stages.client.call(upkeep.read_log("notes"), upkeep.ReadLog(after=first + len(told), limit=1000))
            told, more = told + page.items, page.more
        assert [(item.position, item.id, bytes(item.body)) for item in told] == [tuple(row) for row in rows[first:]]
        assert page.head == 60
