"""Plays all exercises one after the other, and tells a person what came of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aiohttp

from deploy.chaos.books import Books
from deploy.chaos.courier import Courier
from deploy.chaos.exercises import EXERCISES, Exercise
from deploy.chaos.stage import Stage
from deploy.trouble import Trouble

PATIENCE_SECONDS = 5.0
"""A listener may answer first and write afterwards: so long its books may take to agree."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Without a complaint it was handled; `proven` when the listener's own books say so, too."""

    exercise: Exercise
    complaint: str
    proven: bool

    @property
    def lines(self) -> str:
        if self.complaint:
            return f"FAIL  {self.exercise.name:<36}  {self.complaint}\n      -> {self.exercise.advice}"
        return f"ok    {self.exercise.name:<36}  {'its books agree' if self.proven else ''}".rstrip()


async def examine(
    url: str, secret: str, state_url: str | None, timeout_seconds: float, tell: Callable[[str], None], patience_seconds: float = PATIENCE_SECONDS
) -> list[Outcome]:
    """Tells each outcome as it comes. Trouble when nobody answers at all, or the listener's books cannot be read."""
    connector = aiohttp.TCPConnector(limit=0, force_close=True)  # so that no exercise inherits another's connection
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False) as session:
        courier = Courier(url, session, timeout_seconds)
        books = Books(state_url, session, patience_seconds) if state_url else None
        stage, outcomes = Stage(courier, secret), []
        for exercise in EXERCISES:
            outcome = await _play(exercise, stage, books)
            outcomes.append(outcome)
            tell(outcome.lines)
            if not courier.heard:
                raise Trouble(f"nobody answers at {url}: {outcome.complaint}. Is the listener running?")
        tell(_told(outcomes, courier.seconds))
        return outcomes


async def _play(exercise: Exercise, stage: Stage, books: Books | None) -> Outcome:
    stage.wanted.clear()
    if books is not None:
        await books.open()
    complaint = await exercise.play(stage)
    if books is None or complaint:
        return Outcome(exercise, complaint, False)
    wrong = await books.wrong(stage.wanted)
    return Outcome(exercise, f"it said 2xx, but {wrong}" if wrong else "", not wrong)


def _told(outcomes: Sequence[Outcome], seconds: Sequence[float]) -> str:
    failed = sum(1 for outcome in outcomes if outcome.complaint)
    slowest = f"{len(seconds)} posts, the slowest answered in {max(seconds) * 1000:.0f} ms."
    if failed:
        return f"{failed} of {len(outcomes)} failed. {slowest}"
    proof = "" if all(outcome.proven for outcome in outcomes) else " Whether doubles had one effect only --state-url can tell."
    return f"All {len(outcomes)} handled. {slowest}{proof}"
