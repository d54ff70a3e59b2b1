"""docs/shifts.md"""

from __future__ import annotations

from actors.runtime import catching_up
from actors.shifts import rules
from actors.staff.contract import ROLES
from tests.journeys.numbers.proofs import OURS, Page, in_words


def cashier_pays_out() -> int | None:
    rights = ROLES["cashier"].rights
    assert rights is not None
    return rights.paid_out_max


GUIDE = "tests/journeys/test_drawer.py::test_a_day_at_the_drawer"

PAGE = Page("docs/shifts.md", (
    ("**Open** with a float: Rp 500.000", GUIDE),
    ("A cashier's limit is {} until you", cashier_pays_out),
    ("is at most {:,} minor units", lambda: rules.CASH_MAX),
    ("(Rp 1.000.000.000) at once", "tests/actors/shifts/test_drawer.py::test_no_drawer_holds_as_much"),
    ("in minor units; {} as it comes", lambda: OURS.shifts_tolerance),
    ("counts the register's Z reports from 1, without gaps", "tests/actors/shifts/test_drawer.py::test_z_numbers_have_no_gaps_and_each_register_has_its_own"),
    ("`shifts.behind` after {} seconds", lambda: in_words(catching_up.PATIENCE_SECONDS)),
))  # fmt: skip
