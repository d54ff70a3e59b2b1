"""The sale, and what comes after it."""

from actors.orders.contract import (
    CANCEL_ORDER,
    CHANGE_ORDER,
    EXCHANGE_ORDER,
    GET_ORDER,
    LIST_ORDERS,
    MERGE_ORDERS,
    MOVE_ORDER,
    MOVE_ORDERS,
    PAY_ORDER,
    PLACE_ORDER,
    PLACE_ORDERS,
    PREVIEW_ORDER,
    REFUND_ORDER,
    REVIEW_ORDER,
    SPLIT_ORDER,
)
from http_edge.places import AN_ORDER, ORDER_CHANGED, ORDER_EXCHANGED, ORDERS_MERGED, ORDERS_MOVED, ORDERS_PLACED
from http_edge.route import MEBIBYTE, Resource, Route

READ, WRITE = "orders:read", "orders:write"
ONE = "/v1/orders/{id}"

ORDERS = Resource(
    "Orders",
    "A sale, priced and taxed by one published rule, online and offline: held, changed, paid at once or in parts. A register that was offline "
    "hands in its sales as a batch.",
    (
        Route("GET", "/v1/orders", LIST_ORDERS, READ),
        Route("POST", "/v1/orders", PLACE_ORDER, WRITE, body="", location=ONE),
        Route("POST", "/v1/orders/preview", PREVIEW_ORDER, READ, body=""),
        Route("POST", "/v1/orders/batch", PLACE_ORDERS, WRITE, body="", body_bytes_max=8 * MEBIBYTE, place=ORDERS_PLACED),
        Route("GET", ONE, GET_ORDER, READ, place=AN_ORDER),
        Route("PATCH", ONE, CHANGE_ORDER, WRITE, body="changes", place=ORDER_CHANGED),
        Route("POST", ONE + "/tenders", PAY_ORDER, WRITE, body="*", place=AN_ORDER),
        Route("POST", ONE + "/status", MOVE_ORDER, WRITE, body="*", place=AN_ORDER),
        Route("POST", "/v1/orders/status", MOVE_ORDERS, WRITE, body="", place=ORDERS_MOVED),
        Route("POST", ONE + "/split", SPLIT_ORDER, WRITE, body="*", place=AN_ORDER),
        Route("POST", ONE + "/merge", MERGE_ORDERS, WRITE, body="*", place=ORDERS_MERGED),
    ),
)
AFTERWARDS = Resource(
    "Cancellations and refunds",
    "What goes back: goods, money, or both. However often and from wherever it is asked, nothing goes back twice.",
    (
        Route("POST", ONE + "/cancel", CANCEL_ORDER, WRITE, body="*", place=AN_ORDER),
        Route("POST", ONE + "/refunds", REFUND_ORDER, WRITE, body="*", place=AN_ORDER),
        Route("POST", ONE + "/exchange", EXCHANGE_ORDER, WRITE, body="*", place=ORDER_EXCHANGED),
        Route("POST", ONE + "/review", REVIEW_ORDER, WRITE, body="*", place=AN_ORDER),
    ),
)
