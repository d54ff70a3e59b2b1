"""docs/orders.md"""

from __future__ import annotations

from actors.stores.contract import CreateStore
from tests.journeys.numbers.proofs import Page, field_of

PAGE = Page("docs/orders.md", (
    ("Beyond that an order is refused (403, `orders.needs_approval`)", "tests/http_edge/test_people.py::test_a_discount_that_another_approves"),
    ("`day_starts_at` ({} unless you say otherwise)", lambda: field_of(CreateStore, "day_starts_at").default),
    ("with 04:00, what is sold at three in the morning", "tests/actors/runtime/test_days.py::test_before_the_hour_it_is_still_the_day_before"),
))  # fmt: skip
