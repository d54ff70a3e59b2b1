"""docs/receipts.md"""

from __future__ import annotations

from actors.receipts import checking, contract, labels, links, logos, on_text
from tests.journeys.numbers.proofs import Page

PAPER = "tests/actors/receipts/test_layout.py::test_no_line_is_wider_than_the_paper"
TAXES = "tests/actors/receipts/test_tax_bases.py::test_a_share_of_the_goods_that_have_the_tax"
PRINTS = "tests/actors/receipts/test_receipts.py::test_the_first_print_is_the_original"


def label(kind: str) -> tuple[float, float, int]:
    size = labels.SIZES[kind]
    return size.width, size.height, size.across * size.down


PAGE = Page("docs/receipts.md", (
    ("as text for 58 and 80 mm", PAPER),
    ("A receipt for 80 mm in Indonesian, a copy for 58 mm in English", PAPER),
    ("| `58` or `80`: {} or {} characters a line;", lambda: (on_text.COLUMNS["58"], on_text.COLUMNS["80"])),
    ("of PPN at 12 % on 11/12 it is `DPP 11/12`", TAXES),
    ('`"copy": 0` is the original, from 1 on it is a copy', PRINTS),
    ("at most {0:,} x {0:,} pixels", lambda: contract.LOGO_SIDE_MAX),
    ("kept are at most {0} x {0}", lambda: logos.KEPT_SIDE_MAX),
    ("(HMAC-SHA-256, {} bits)", lambda: links._SEAL_BYTES * 8),
    ("`kind=shelf`: {:g} x {:g} mm, {} on a page of A4", lambda: label("shelf")),
    ("`kind=product`: {:g} x {:g} mm, {} on a page", lambda: label("product")),
    ("The thinnest bar is {:g} mm", lambda: labels._BAR_MM),
    ("A page has up to {} receipts", lambda: checking.RECEIPTS_MAX),
), "once a day")  # fmt: skip
