"""docs/refunds.md: its numbers count its own steps."""

from __future__ import annotations

from tests.journeys.numbers.proofs import Page

PAGE = Page("docs/refunds.md", ())
