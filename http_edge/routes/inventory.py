"""The stock: levels, the ledger behind them, counts and transfers."""

from actors.inventory.contract import (
    ADJUST_STOCK,
    CANCEL_COUNT,
    CANCEL_TRANSFER,
    CHECK_STOCK,
    CLOSE_COUNT,
    GET_COUNT,
    GET_TRANSFER,
    LIST_COUNTS,
    LIST_LEVELS,
    LIST_MOVEMENTS,
    LIST_TRANSFERS,
    OPEN_COUNT,
    RECEIVE_GOODS,
    RECEIVE_TRANSFER,
    RECORD_COUNT,
    SEND_TRANSFER,
    SET_REORDER_POINTS,
)
from http_edge.places import A_COUNT, A_TRANSFER, RECEIVED, REORDERED, SENT
from http_edge.route import Resource, Route

READ, WRITE = "inventory:read", "inventory:write"
COUNT, TRANSFER = "/v1/inventory/counts/{id}", "/v1/inventory/transfers/{id}"

STOCK = Resource(
    "Stock",
    "A ledger of movements for each store and variant. The level is always their sum, and nothing in the ledger is ever edited.",
    (
        Route("GET", "/v1/inventory/levels", LIST_LEVELS, READ),
        Route("GET", "/v1/inventory/movements", LIST_MOVEMENTS, READ),
        Route("POST", "/v1/inventory/receipts", RECEIVE_GOODS, WRITE, body=""),
        Route("POST", "/v1/inventory/adjustments", ADJUST_STOCK, WRITE, body=""),
        Route("POST", "/v1/inventory/reorder-points", SET_REORDER_POINTS, WRITE, body="", place=REORDERED),
        Route("GET", "/v1/inventory/check", CHECK_STOCK, READ),
    ),
)
COUNTS = Resource(
    "Stock counts",
    "Counting while selling goes on: each line is compared with the books of the moment at which it was counted.",
    (
        Route("GET", "/v1/inventory/counts", LIST_COUNTS, READ),
        Route("POST", "/v1/inventory/counts", OPEN_COUNT, WRITE, body="", location=COUNT),
        Route("GET", COUNT, GET_COUNT, READ, place=A_COUNT),
        Route("POST", COUNT + "/lines", RECORD_COUNT, WRITE, body="*", place=A_COUNT),
        Route("POST", COUNT + "/close", CLOSE_COUNT, WRITE, place=A_COUNT),
        Route("POST", COUNT + "/cancel", CANCEL_COUNT, WRITE, place=A_COUNT),
    ),
)
TRANSFERS = Resource(
    "Transfers",
    "Goods on their way from one store to another.",
    (
        Route("GET", "/v1/inventory/transfers", LIST_TRANSFERS, READ),
        Route("POST", "/v1/inventory/transfers", SEND_TRANSFER, WRITE, body="", location=TRANSFER),
        Route("GET", TRANSFER, GET_TRANSFER, READ, place=A_TRANSFER),
        Route("POST", TRANSFER + "/receive", RECEIVE_TRANSFER, WRITE, body="*", place=RECEIVED),
        Route("POST", TRANSFER + "/cancel", CANCEL_TRANSFER, WRITE, place=SENT),
    ),
)
