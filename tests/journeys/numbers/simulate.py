"""docs/simulate.md"""

from __future__ import annotations

import csv

from actors.runtime import member
from deploy.simulation import baskets, offers, people, shops, stockroom
from tests.journeys.numbers.proofs import ROOT, Measured, Page, in_words

A_MONTH = Measured("kasir simulate --days 30 --stores 3 --seed 7")


def groceries() -> int:
    with (ROOT / "deploy" / "samples" / "minimarket.csv").open(encoding="utf-8") as file:
        return sum(1 for _ in csv.DictReader(file))


PAGE = Page("docs/simulate.md", (
    ("(for {} days, as long as keys are kept)", lambda: member.REMEMBERED.days),
    ("| up to {}; the second one is open until", lambda: shops.STORES_MAX),
    ("| {} groceries with barcodes", groceries),
    ("coffee from {} to {} o'clock", lambda: (offers.HAPPY_FROM, offers.HAPPY_UNTIL)),
    ("{} customers who are known", lambda: people.CUSTOMERS),
    ("a cashier took {} % off", lambda: baskets.DAMAGED_PERCENT),
    ("a count of {} shelves", lambda: in_words(stockroom.COUNTED)),
    ("The exit code is 1 when one of them finds something", "tests/deploy/simulation/test_simulating.py::test_a_second_time_doubles_nothing_and_what_is_wrong_is_found"),
    ("24,804 orders in 83 s with what everybody keeps of them, and all checks 27 s", A_MONTH),
    ("| 1,123 levels, 92,034 movements, 24,804 orders |", A_MONTH),
    ("| 36 intents, 3 accounts |", A_MONTH),
    ("| 483 shifts, 31,563 events |", A_MONTH),
    ("| 6,911 orders with points, 240 customers, 24 charges |", A_MONTH),
    ("| 24,804 orders, 114 days of single stores", A_MONTH),
    ("| 24,804 receipts in 25,223 links |", A_MONTH),
    ("Thirty days of three stores", A_MONTH),
    ("24,598 orders of thirty days (`--seed 22`) with 20\nfaults in between: 6.4 minutes", Measured("just faults -k test_simulation")),
))  # fmt: skip
