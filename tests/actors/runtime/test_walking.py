"""Checks in steps: each thing is looked at once, however the steps and pages are cut."""

from __future__ import annotations

import pytest

from actors.runtime import walking
from actors.runtime.walking import Part, walk
from actors.runtime.words import Reason

BUSY = Reason("test.busy", "busy", "Not now")


class Row:
    """Numbers from 1 to `last`; the odd ones are findings."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.looked_at: list[int] = []

    async def step(self, after: int, size: int) -> Part[int, int]:
        numbers = list(range(after + 1, min(after + size, self.last) + 1))
        self.looked_at += numbers
        return Part(numbers[-1] if len(numbers) == size else None, [number for number in numbers if number % 2], len(numbers))


async def pages_of(row: Row) -> list[list[Part[int, int]]]:
    pages: list[list[Part[int, int]]] = []
    after: int | None = 0
    while after is not None:
        page = await walk(after, row.step)
        assert isinstance(page, list)
        pages.append(page)
        after = page[-1].next
    return pages


@pytest.mark.parametrize("last", [0, 1, 15, 16, 17, 5000])
async def test_each_is_looked_at_once(last: int) -> None:
    row = Row(last)
    pages = await pages_of(row)
    assert row.looked_at == list(range(1, last + 1))
    assert [found for page in pages for part in page for found in part.findings] == list(range(1, last + 1, 2))
    assert max(sum(len(part.findings) for part in page) for page in pages) <= walking.FINDINGS_MAX + walking.STEP_MAX


async def test_a_page_whose_time_is_over_ends_after_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "BUDGET_SECONDS", 0.0)
    row = Row(50)
    assert [[16], [16], [16], [2]] == [[part.told for part in page] for page in await pages_of(row)]


async def test_what_cannot_be_asked_ends_the_walk() -> None:
    async def step(place: int, size: int) -> Part[int, int]:
        return BUSY.refuse("Ask again.")  # type: ignore[return-value]

    assert await walk(0, step) == BUSY.refuse("Ask again.")
