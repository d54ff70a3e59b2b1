"""Examples of `reports`: the day on which two bottles of water were sold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from actors.reports import contract as reports
from http_edge.examples.story import AT, SKU, STORE, VARIANT, WATER, an_id

TOLD: dict[str, Any] = {}
"""What an event carries, where the name of the event makes a difference."""

_DAY, _SHOP, _NIGHT = date(2026, 1, 31), "Toko Maju", datetime(2026, 1, 31, 16, 59, tzinfo=UTC)
_SHIFT = an_id(61)

_sales = reports.SalesRow(
    key="2026-01-31", name="2026-01-31", currency="IDR", orders=1, quantity="2", gross=700000, discount=0, service=0, net=630631, tax=69369,
    total=700000, refunds=0, returned="0", refunded_net=0, refunded_tax=0, refunded=0, left=700000,
)
_total = reports.SalesRow(**{**{name: getattr(_sales, name) for name in _sales.__struct_fields__}, "key": "", "name": "Total"})
_refund = reports.RefundsRow(key="return", name="Goods came back", currency="IDR", refunds=1, returned="1", net=315315, tax=34685, total=350000)
_profit = reports.ProfitRow(
    key="2026-01-31", name="2026-01-31", currency="IDR", net=630631, cost=400000, profit=230631, margin="36.6", lost=0, uncosted="0"
)

VALUES: tuple[Any, ...] = (
    reports.SalesReport(by="day", date_from=_DAY, date_to=_DAY, rows=[_sales], totals=[_total]),
    reports.RefundsReport(
        by="kind", date_from=_DAY, date_to=_DAY, rows=[_refund], totals=[_refund],
        voids=[reports.VoidsRow(key="Customer left", currency="IDR", orders=1, total=350000)],
    ),
    reports.ProfitReport(by="day", date_from=_DAY, date_to=_DAY, rows=[_profit], totals=[_profit]),
    reports.TaxesReport(
        date_from=_DAY, date_to=_DAY,
        rows=[
            reports.TaxesRow(
                month="2026-01", store_id=STORE, store=_SHOP, currency="IDR", code="ppn", name="PPN", rate="11", included=True, net=630631,
                tax=69369, refunded_net=315315, refunded_tax=34685, due_net=315316, due_tax=34684,
                base="1", due_base=315316,
            )
        ],
    ),
    reports.ShiftsReport(
        date_from=_DAY, date_to=_DAY,
        rows=[
            reports.ShiftsRow(
                shift_id=_SHIFT, store_id=STORE, store=_SHOP, register="K1", z_number=1, business_date=_DAY, cashier="Sari", opened_at=AT,
                closed_at=_NIGHT, currency="IDR", orders=1, total=700000, refunded=0, expected=45700000, counted=45500000, difference=-200000,
                approval="needed", corrections=0,
            )
        ],
    ),
    reports.StockValueReport(
        date_from=_DAY, date_to=_DAY,
        rows=[
            reports.StockValueRow(
                day=_DAY, store_id=STORE, store=_SHOP, currency="IDR", variants=212, value=1840025000, below_zero=1, uncosted=3, at=_NIGHT
            )
        ],
    ),
    reports.SlowMoversReport(
        rows=[
            reports.SlowMoverRow(
                store_id=STORE, store=_SHOP, variant_id=VARIANT, sku=SKU, name=WATER, currency="IDR", on_hand="480", value=96000000, sold="12",
                lasts=1200, last_sold=_DAY,
            )
        ]
    ),
    reports.ReorderReport(
        rows=[
            reports.ReorderRow(
                store_id=STORE, store=_SHOP, variant_id=VARIANT, sku=SKU, name=WATER, currency="IDR", on_hand="10", in_transit="0",
                reorder_point="24", sold_a_day="8", order="126", cost=25200000,
            )
        ]
    ),
    reports.ReportsCheck(findings=[], days=31, orders=46511, behind=0, checked=["reports", "stock", "payments"], skipped=[]),
    reports.RebuildState(running=False, position=52390, head=52390, built_at=_NIGHT),
)
