"""Which columns each report has as a table. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from actors.reports.tables import Column, Kind

_TITLES = {
    "hour": "Hour", "day": "Day", "month": "Month", "store": "Store", "register": "Register", "cashier": "Cashier", "product": "Product",
    "category": "Category", "customer_group": "Customer group", "tender": "Paid with", "tax": "Tax", "discount": "Discount",
    "kind": "Kind", "reason": "Reason",
}  # fmt: skip


def _columns(kind: Kind, **titles: str) -> list[Column]:
    return [Column(field, title, kind) for field, title in titles.items()]


_CURRENCY = Column("currency", "Currency", "text")


def head_of(by: str) -> list[Column]:
    """What the rows are of: a day as a date, everything else by its name, with its id where that is another."""
    if by == "day":
        return [Column("key", "Day", "date")]
    name = Column("name", _TITLES[by], "text")
    return [name, Column("key", "Id", "text")] if by in ("store", "register", "cashier", "product") else [name]


ON_LINES = ("Sold on lines", "Refunded on lines")
"""Counts that are no sum of orders, or refunds."""


def sales_columns(by: str) -> Sequence[Column]:
    of_lines = by in ("product", "category")
    if by == "tender":
        measures = [
            *_columns("count", orders="Payments"), *_columns("amount", total="Taken"), *_columns("count", refunds="Given back, times"),
            *_columns("amount", refunded="Given back", left="Left"),
        ]  # fmt: skip
    elif by == "tax":
        measures = [*_columns("amount", net="Sales without taxes", tax="Tax", refunded_net="Refunded without taxes", refunded_tax="Refunded tax")]
    elif by == "discount":
        measures = [*_columns("count", orders="Times"), *_columns("amount", discount="Taken off")]
    else:
        measures = [
            *_columns("count", orders=ON_LINES[0] if of_lines else "Sales"), *_columns("quantity", quantity="Quantity"),
            *_columns("amount", gross="Gross", discount="Discount", service="Service", net="Net", tax="Tax", total="Total"),
            *_columns("count", refunds=ON_LINES[1] if of_lines else "Refunds"), *_columns("quantity", returned="Quantity back"),
            *_columns("amount", refunded_net="Refunded net", refunded_tax="Refunded tax", refunded="Refunded", left="Left"),
        ]  # fmt: skip
    return [*head_of(by), _CURRENCY, *measures]


def refunds_columns(by: str) -> Sequence[Column]:
    counted = ON_LINES[1] if by in ("product", "category") else "Refunds"
    return [
        *head_of(by), _CURRENCY, *_columns("count", refunds=counted), *_columns("quantity", returned="Quantity back"),
        *_columns("amount", net="Net", tax="Tax", total="Total"),
    ]  # fmt: skip


def profit_columns(by: str) -> Sequence[Column]:
    return [
        *head_of(by), _CURRENCY, *_columns("amount", net="Sales without taxes", cost="Cost", profit="Profit"),
        *_columns("percent", margin="Margin %"), *_columns("amount", lost="Lost stock, at cost"),
        *_columns("quantity", uncosted="Sold without known cost"),
    ]  # fmt: skip


TAXES: Sequence[Column] = [
    *_columns("text", month="Month", store="Store", currency="Currency", code="Code", name="Tax"), Column("rate", "Rate %", "percent"),
    Column("included", "In the price", "yes"),
    *_columns(
        "amount", net="Sales without taxes", tax="Tax charged", refunded_net="Refunded without taxes", refunded_tax="Refunded tax",
        due_net="Left to be taxed",
    ),
    Column("base", "Rate is of", "part"), *_columns("amount", due_base="Base of the rate", due_tax="Tax due"),
]  # fmt: skip
SHIFTS: Sequence[Column] = [
    Column("business_date", "Day", "date"), *_columns("text", store="Store", register="Register"), Column("z_number", "Z number", "count"),
    Column("cashier", "Cashier", "text"), *_columns("moment", opened_at="Opened (UTC)", closed_at="Closed (UTC)"), _CURRENCY,
    Column("orders", "Sales", "count"),
    *_columns("amount", total="Total", refunded="Given back", expected="Expected", counted="Counted", difference="Difference"),
    Column("approval", "Approval", "text"), Column("corrections", "Corrections", "count"),
]  # fmt: skip
STOCK_VALUE: Sequence[Column] = [
    Column("day", "Day", "date"), Column("store", "Store", "text"), _CURRENCY, *_columns("count", variants="Products on hand"),
    *_columns("amount", value="Value at cost"), *_columns("count", below_zero="Below zero", uncosted="Without known cost"),
    Column("at", "Seen at (UTC)", "moment"),
]  # fmt: skip
SLOW_MOVERS: Sequence[Column] = [
    *_columns("text", store="Store", name="Product", sku="SKU", currency="Currency"), *_columns("quantity", on_hand="On hand"),
    *_columns("amount", value="Value at cost"), *_columns("quantity", sold="Sold"), *_columns("count", lasts="Lasts, days"),
    *_columns("date", last_sold="Last sold"),
]  # fmt: skip
REORDER: Sequence[Column] = [
    *_columns("text", store="Store", name="Product", sku="SKU", currency="Currency"),
    *_columns("quantity", on_hand="On hand", in_transit="On its way", reorder_point="Reorder point", sold_a_day="Sold a day", order="To order"),
    *_columns("amount", cost="At cost"),
]  # fmt: skip
