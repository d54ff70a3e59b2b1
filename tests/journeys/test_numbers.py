"""No number in the docs without a proof: see `tests/journeys/numbers/`."""

from __future__ import annotations

import re

import pytest

from actors.webhooks import health, signing
from deploy.chaos import exercises
from tests.journeys.numbers import (
    customers,
    developers,
    inventory,
    listeners,
    operators,
    orders,
    payments,
    permissions,
    pos_clients,
    pricing,
    problems,
    readme,
    receipts,
    refunds,
    reports,
    settings,
    shifts,
    simulate,
    staff,
)
from tests.journeys.numbers.proofs import ROOT, Page, Proof, left_over, said

WRITTEN = (
    customers, developers, inventory, listeners, operators, orders, payments, permissions, pos_clients, pricing, problems, readme, receipts,
    refunds, reports, settings, shifts, simulate, staff,
)  # fmt: skip
PAGES = [page.PAGE for page in WRITTEN]
ROWS = [pytest.param(page, *row, id=f"{page.path}: {row[0][:40].strip()}") for page in PAGES for row in page.rows]
NAMED = [pytest.param(proof, id=proof) for proof in sorted({proof for page in PAGES for _, proof in page.rows if type(proof) is str})]
EXAMPLES = ROOT / "docs" / "examples"


@pytest.mark.parametrize(("page", "saying", "proof"), ROWS)
def test_the_page_says_what_is_so(page: Page, saying: str, proof: Proof) -> None:
    assert said(saying, proof) in page.text


@pytest.mark.parametrize("test", NAMED)
def test_the_test_that_proves_it_is_there(test: str) -> None:
    file, _, name = test.partition("::")
    assert re.search(rf"^\s*(async )?def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("page", [pytest.param(page, id=page.path) for page in PAGES])
def test_no_number_without_a_proof(page: Page) -> None:
    assert left_over(page.text, page) == []


def test_no_page_is_left_out() -> None:
    assert {page.path for page in PAGES} == {"README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))}


def test_what_a_number_is() -> None:
    text = "Rp 5.\nAfter two days.\nTwice a second.\nAnd `5` or ISO 4217 or\n1. one\nor 409 `webhooks.gone`, not 404 `webhooks.gone`.\n"
    assert left_over(text, Page("", ())) == ["Rp 5.", "After two days.", "Twice a second.", "or , not 404 ."]


def test_an_hour_is_an_hour() -> None:
    assert health.ATTEMPTS_FOR.total_seconds() == 3600


def test_tolerances_are_the_same_everywhere() -> None:
    assert signing.TOLERANCE_SECONDS == exercises.TOLERANCE_SECONDS
    assert f"tolerance_seconds: float = {signing.TOLERANCE_SECONDS:g}" in listeners.PAGE.text
    assert all(f"TOLERANCE_SECONDS = {signing.TOLERANCE_SECONDS:g}" in path.read_text() for path in EXAMPLES.glob("receiver.*"))
