"""docs/reports.md"""

from __future__ import annotations

from decimal import Decimal

from actors.inventory import valuing
from actors.reports import closing, costing, spans, stocking
from tests.journeys.numbers.proofs import Measured, Page, in_words

FILED = "tests/actors/reports/test_agreeing.py::test_what_is_filed_is_the_rate_of_its_base"
BENCH = Measured("just bench --only reports")

DUE_NET, CENT = Decimal("135972.08"), Decimal("0.01")


def due_base() -> Decimal:
    return (DUE_NET * 11 / 12).quantize(CENT)


PAGE = Page("docs/reports.md", (
    ("whole numbers with decimals (10500.00) in files", "tests/actors/reports/test_files.py::test_a_spreadsheet_gets_numbers_as_numbers_and_dates_as_dates"),
    ("What an offline register hands in three days later counts three days earlier",
     "tests/actors/reports/test_live.py::test_an_offline_sale_counts_on_the_day_on_which_it_was_sold"),
    ("| 12, 11/12 |", FILED),
    (f"| `due_net` | {DUE_NET:,}: the DPP |", FILED),
    ("| `due_base` | {:,}: the DPP nilai lain |", due_base),
    ("| `due_tax` | {:,} |", lambda: (due_base() * 12 / 100).quantize(CENT)),
    ("Sales from before events told the base (0.1.0, until November 2026) stand in a row of their own, with `base` 1.",
     "tests/actors/reports/test_agreeing.py::test_figures_of_before_are_counted_again"),
    ("has a row of its own with the rate 0", FILED),
    ("final {} minutes after the last sale of the day", lambda: in_words(costing.SETTLES_SECONDS / 60)),
    ("A store's newest {:,} movements", lambda: valuing.LOOKED_AT_MAX),
    ("there is no report (503): try again", "tests/actors/reports/test_stock.py::test_without_inventory_there_is_no_report_of_the_stock"),
    ("Its exit code is 1 if", "tests/deploy/test_report_and_doctor.py::test_the_doctor_finds_what_is_wrong_and_counting_again_cures_it"),
    ("Days that have been over for {} days", lambda: in_words(closing.OPEN_DAYS - 1)),
    ("into stretches of {} days", lambda: in_words(spans.STRETCH)),
    ("any other period as ten or\nso.", "tests/actors/reports/test_spans.py::test_a_long_period_is_few_rows"),
    ("With 2,000 products in three stores and 5 million orders", BENCH),
    ("answered in 15 ms (sales), 4 ms (refunds) and 32 ms (profit), twelve months from 17 December on in 46, 11 and 65 ms", BENCH),
    ("2 to 25 ms. The first question after a start takes 10 to 20 ms more", BENCH),
    ("for some 20 MB", BENCH),
    ("Kasir looks once a {}", lambda: {60: "minute"}[stocking.WATCH_SECONDS]),
), r"\(\[\d\d|once a day has changed")  # fmt: skip
