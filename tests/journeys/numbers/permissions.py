"""docs/permissions.md: the built-in roles are made from the code; here is what the summaries of the routes say."""

from __future__ import annotations

from actors.catalog import contract as catalog
from actors.orders import contract as orders
from tests.journeys.numbers.proofs import Page, most_of

PAGE = Page("docs/permissions.md", (
    ("Create or change up to {:,} products", lambda: most_of(catalog.UpsertProducts, "items")),
    ("Hand in up to {} sales made offline", lambda: most_of(orders.PlaceOrders, "orders")),
    ("Move up to {} orders on", lambda: most_of(orders.MoveOrders, "items")),
), r"\| up to \d+ %")  # fmt: skip
