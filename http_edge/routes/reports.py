"""The figures of every day, and whether they agree with everybody's books."""

from actors.reports.contract import (
    CHECK_REPORTS,
    GET_REBUILD,
    PROFIT,
    REBUILD,
    REFUNDS,
    REORDER,
    SALES,
    SHIFTS,
    SLOW_MOVERS,
    STOCK_VALUE,
    TAXES,
)
from http_edge.places import FIGURES_CHECKED, WHOLE
from http_edge.route import Resource, Route

READ, WRITE = "reports:read", "reports:write"
FILES = "text/csv, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, image/png, image/svg+xml"

REPORTS = Resource(
    "Reports",
    "Figures of every day, kept up with each sale: a year answers as quickly as a day. Each as JSON, as CSV or XLSX for a spreadsheet, and "
    "as a picture to look at. Days are the store's own, from its cut-off to the next.",
    (
        Route("GET", "/v1/reports/sales", SALES, READ, files=FILES),
        Route("GET", "/v1/reports/refunds", REFUNDS, READ, files=FILES),
        Route("GET", "/v1/reports/profit", PROFIT, READ, files=FILES),
        Route("GET", "/v1/reports/taxes", TAXES, READ, files=FILES),
        Route("GET", "/v1/reports/shifts", SHIFTS, READ, files=FILES),
        Route("GET", "/v1/reports/stock-value", STOCK_VALUE, READ, files=FILES),
        Route("GET", "/v1/reports/slow-movers", SLOW_MOVERS, READ, files=FILES),
        Route("GET", "/v1/reports/reorder", REORDER, READ, files=FILES),
        Route("GET", "/v1/reports/check", CHECK_REPORTS, READ, place=FIGURES_CHECKED),
        Route("POST", "/v1/reports/rebuild", REBUILD, WRITE, place=WHOLE),
        Route("GET", "/v1/reports/rebuild", GET_REBUILD, READ),
    ),
)
