"""What a row is, and what is a number at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

from msgspec.structs import fields

from actors.runtime.settings import Settings
from deploy.compose import load_actors
from http_edge.outcomes import every_decline
from http_edge.problems import status_of
from http_edge.routes import ROUTES

ROOT = Path(__file__).parents[3]
OURS = Settings()
DAY = 86_400


class Measured(str):
    """How it was measured."""


Proof = Callable[[], Any] | str
"""The code's own value (a tuple fills several places), the id of a test, or how it was measured."""


class Page(NamedTuple):
    """`names`: digits that are no numbers, or count for the sake of counting; a regular expression."""

    path: str
    rows: tuple[tuple[str, Proof], ...]
    names: str = r"$^"

    @property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")


def said(saying: str, proof: Proof) -> str:
    if isinstance(proof, str):
        return saying
    value = proof()
    return saying.format(*value) if isinstance(value, tuple) else saying.format(value)


# --- what is a number ---------------------------------------------------------------------------------------

SMALL = dict(enumerate(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 2))
IN_WORDS = SMALL | {15: "fifteen", 20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 100: "hundred", 1000: "thousand", 10**6: "million"}
UNITS = ["second", "minute", "hour", "day", "week", "month", "year", "time", "digit", "decimal", "pixel", "wait", "letter", "character", "byte"]
NUMBER = re.compile(rf"\d|\b({'|'.join(IN_WORDS.values())}) ({'|'.join(UNITS)})s?\b|\b(twice|once) (a|each|every) ({'|'.join(UNITS)})\b", re.IGNORECASE)
"""A number in words is one where it counts something."""

CODE = re.compile(r"^```.*?^```|^ {4}\S.*?$|\]\([^)]*\)|https?://\S+|``.*?``|`[^`\n]*`", re.MULTILINE | re.DOTALL)
NAMES = re.compile(
    r"^ *\d+\. |^#+ \d+(-\d+)?\. |[245]xx|SHA-?(1|256)|ed25519|base64|argon2id|ISO 4217|RFC \d+|UTF-8|EAN-(8|13)|Code 128|\bA4\b|one at a time", re.MULTILINE
)
STATUS = re.compile(r"\b([45]\d\d),? `([a-z_]+\.[a-z_]+)`")


def left_over(prose: str, page: Page) -> list[str]:
    """The lines of it in which there are numbers that no row of the page speaks of."""
    for saying, proof in page.rows:
        prose = prose.replace(said(saying, proof), "")
    prose = STATUS.sub(lambda found: "" if statuses().get(found[2]) == int(found[1]) else found[0], prose)
    prose = re.sub(page.names, "", NAMES.sub("", CODE.sub("", prose)))
    return [line for line in prose.splitlines() if NUMBER.search(line)]


@cache
def statuses() -> Mapping[str, int]:
    """What HTTP says with each code."""
    reasons = [reason for actor in load_actors() for answer in actor.answers for reason in (*answer.command.reasons, *answer.command.item_reasons)]
    return {reason.code: status_of(reason.code, reason.kind) for reason in reasons} | {no.code: no.status for no in every_decline(ROUTES)}


# --- where numbers come from --------------------------------------------------------------------------------


def bound(kind: Any, name: str) -> int:
    """What a field of a contract allows: `ge`, `le`, `max_length`."""
    [meta] = [one for one in get_args(kind) if hasattr(one, name)]
    value: int = getattr(meta, name)
    return value


def field_of(struct: type, name: str) -> Any:
    [found] = [one for one in fields(struct) if one.name == name]
    return found


def most_of(struct: type, name: str) -> int:
    """How many may be in a field that is a list."""
    return bound(field_of(struct, name).type, "max_length")


def in_words(number: float) -> str:
    """As it is written in running text."""
    return IN_WORDS[int(number)]


def fits(kind: Any, text: str) -> bool:
    """Whether a field of a contract takes it."""
    [meta] = [one for one in get_args(kind) if getattr(one, "pattern", None)]
    return re.search(meta.pattern, text) is not None
