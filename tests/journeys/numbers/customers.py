"""docs/customers.md"""

from __future__ import annotations

from actors.runtime import member
from tests.journeys.numbers.proofs import OURS, Measured, Page

BENCH = Measured("just bench --only customers")

PAGE = Page("docs/customers.md", (
    ("`KASIR_CUSTOMERS_COUNTRY_CODE` ({}) where it begins with 0", lambda: OURS.customers_country_code),
    ("sets the limit; 0 closes it for further charges", "tests/actors/customers/test_credit.py::test_a_limit_of_0_closes_the_account"),
    ("under their `Idempotency-Key` for {} days, encrypted", lambda: member.REMEMBERED.days),
    ("one of the two may be told to try again (503)", "tests/actors/customers/test_erasing_doubts.py::test_whoever_is_told_that_somebody_is_not_erased_can_rely_on_it"),
    ("Measured with a million customers, 30 first names of which the commonest has 180,000 bearers", BENCH),
    ("(128 MB), pages of 20:", BENCH),
    ("| a whole phone, a code, nobody | 0.4 ms |", BENCH),
    ("| the beginning of a phone, one letter, a common name, a rare word | 0.5 ms |", BENCH),
    ("| two words, common or rare | 0.8 to 1.3 ms |", BENCH),
    ("| two words of which one leads to nobody | 0.7 ms |", BENCH),
    ("| the newest, a group | 0.8 ms |", BENCH),
))  # fmt: skip
