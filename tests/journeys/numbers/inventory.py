"""docs/inventory.md"""

from __future__ import annotations

from actors.inventory import checking, contract, rules
from tests.journeys.numbers.proofs import Measured, Page, in_words

RULES, UNITS = ("tests/actors/inventory/test_rules.py::test_", "tests/actors/inventory/test_units.py::test_")


def decimals(scale: int) -> str:
    return in_words(len(str(scale)) - 1)


PAGE = Page("docs/inventory.md", (
    ("in minor units with up to {} decimals", lambda: decimals(rules.COST_SCALE)),
    ('as text with up to {} decimals (`"0.750"`, never 0.75 without quotes)', lambda: decimals(rules.WHOLE)),
    ("2 of a `carton` that contains 24 are 48 in the books", UNITS + "cartons_are_written_off_counted_and_sent"),
    ("rounded half up to 1/{:,} of\nthe minor unit", lambda: rules.COST_SCALE),
    ("rounded half to even to 1/{:,} of the minor unit", lambda: rules.COST_SCALE),
    ("({:,} at most). Nothing stops", lambda: contract.COUNT_LINES_MAX),
    ("each of what can be looked at within {} seconds", lambda: in_words(checking.BUDGET_SECONDS)),
    ("a moment later it is 0", "tests/actors/inventory/test_checking.py::test_nothing_is_found_while_selling_returning_and_cancelling_goes_on"),
    ("0.11 ms for one with three lines on two cores that do everything else too, 0.17 where those are busy", Measured("kasir check of a simulated month")),
    ("million of them take two or three minutes", Measured("the same")),
))  # fmt: skip
