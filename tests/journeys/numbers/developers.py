"""docs/developers.md"""

from __future__ import annotations

from dataclasses import fields

from actors.runtime.actor import Actor
from tests.journeys.numbers.proofs import Measured, Page

PAGE = Page("docs/developers.md", (
    ("`Actor.gather_seconds` ({:g} ms)", lambda: next(one.default for one in fields(Actor) if one.name == "gather_seconds") * 1000),
    ("takes two to three times as long to start", Measured("kasir --help, with and without it")),
), r"\(?\[\d\d")  # fmt: skip
