"""README.md, without its tables of what was measured: `<!-- bench -->` and `<!-- faults -->` say how themselves."""

from __future__ import annotations

import re

from deploy.embedded import pg_install
from tests.journeys.numbers.proofs import ROOT, Page

SUPPORTED = re.compile(r'^requires-python = ">=([\d.]+)', re.MULTILINE)


def oldest_python() -> str:
    found = SUPPORTED.search((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


WALK = "tests/journeys/test_readme.py::test_the_walk_shows_what_the_readme_says_and_the_guides_go_on"

PAGE = Page("README.md", (
    ("# PostgreSQL {}, NATS with JetStream", pg_install.major_version),
    ("It needs Python {} or newer", oldest_python),
    ("58 and 80 mm, ESC/POS", "tests/actors/receipts/test_layout.py::test_no_line_is_wider_than_the_paper"),
    ("755 g of rice, for Rp 20.000 in cash", WALK),
), r"(?s)<!-- bench -->.*<!-- /bench -->|<!-- faults -->.*<!-- /faults -->|[Tt]erminal \d|Apache-2\.0")  # fmt: skip
