"""Answers "did it land?": what was done under an idempotency key."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Raw

from actors.runtime import upkeep
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work


async def recall_keys(
    asked: Sequence[Asked[upkeep.RecallKey]], work: Work, sql: str, sealed: set[str]
) -> list[upkeep.KeyOutcome | Refusal]:
    """`sealed`: the commands whose answers hold secrets, which nobody gets a second time this way."""
    rows = {row["key"]: row for row in await work.fetch(sql, [one.body.key for one in asked])}
    answers: list[upkeep.KeyOutcome | Refusal] = []
    for one in asked:
        row = rows.get(one.body.key)
        if row is None or one.body.of not in (None, row["by"]):
            # Told apart, it would give away that somebody else has used the key.
            answers.append(upkeep.KEY_UNKNOWN.refuse("Nothing was done under this key, or it is older than 30 days."))
            continue
        outcome = None if row["command"] in sealed else Raw(row["outcome"])
        answers.append(upkeep.KeyOutcome(key=row["key"], command=row["command"], outcome=outcome, at=row["at"]))
    return answers
