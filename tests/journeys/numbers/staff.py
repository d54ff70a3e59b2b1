"""docs/staff.md"""

from __future__ import annotations

from actors.staff import approving, enrolling
from actors.staff import rules as keys
from actors.staff.contract import ROLES, Pin
from tests.journeys.numbers.problems import locked
from tests.journeys.numbers.proofs import OURS, Page, fits, in_words

PEOPLE = "tests/http_edge/test_people.py::test_"
WITHIN = "tests/http_edge/test_within.py::test_"


def pin_digits() -> tuple[int, int]:
    fit = [length for length in range(20) if fits(Pin, "9" * length)]
    return fit[0], fit[-1]


def discount(role: str) -> str:
    rights = ROLES[role].rights
    assert rights is not None
    return str(rights.discount_max)


PAGE = Page("docs/staff.md", (
    ("It ends after {} hours", lambda: in_words(OURS.session_hours)),
    ("The PIN is one: {} to {} digits", pin_digits),
    ("four digits do not open the whole house", WITHIN + "a_pin_does_not_open_the_whole_house"),
    ("type it into the device within {} minutes", lambda: in_words(enrolling.CODE_MINUTES)),
    ("What is elsewhere is 403 `edge.elsewhere`", WITHIN + "nobody_sells_or_moves_cash_at_a_register_of_another_store"),
    ("without it is 403, too", WITHIN + "a_list_is_about_the_registers_store"),
    ("A cashier may take off {} %", lambda: discount("cashier")),
    ("With 30 %\nthe answer is 403 ", PEOPLE + "a_discount_that_another_approves"),
    ("It is good for {} minutes, for one request", lambda: in_words(approving.TOKEN_MINUTES)),
    ("with a supervisor's {} %, 60 % is refused", lambda: discount("supervisor")),
    ("a cashier takes off up to {} %", lambda: discount("cashier")),
    ("(`refund_max` and `paid_out_max` are 0)", PEOPLE + "money_goes_back_when_another_approves"),
    ("a supervisor, who takes off up to {} %", lambda: discount("supervisor")),
    ("for all refunds of one order: 5000000 is\nRp 50.000", "tests/journeys/test_staff_guide.py::test_the_guide_about_people"),
    ("| {} wrong PINs or passwords in a row | the name is locked for a minute; after the next wrong one for {}, then {}, up to an hour", locked),
    ("- 401 for the register's own key", PEOPLE + "a_register_that_is_enrolled_again"),
    ("403 `….needs_approval`: somebody can", PEOPLE + "a_discount_that_another_approves"),
    ("Keys and tokens are {} random bits", lambda: keys.SECRET_BYTES * 8),
))  # fmt: skip
