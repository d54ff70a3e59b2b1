"""The sale."""

from actors.orders.contract import GET_ORDER, LIST_ORDERS, PLACE_ORDER, PLACE_ORDERS, PREVIEW_ORDER
from http_edge.route import MEBIBYTE, Resource, Route

READ, WRITE = "orders:read", "orders:write"

ORDERS = Resource(
    "Orders",
    "A sale, priced and taxed by one published rule, online and offline. A register that was offline hands in its sales as a batch.",
    (
        Route("GET", "/v1/orders", LIST_ORDERS, READ),
        Route("POST", "/v1/orders", PLACE_ORDER, WRITE, body="", location="/v1/orders/{id}"),
        Route("POST", "/v1/orders/preview", PREVIEW_ORDER, READ, body=""),
        Route("POST", "/v1/orders/batch", PLACE_ORDERS, WRITE, body="", body_bytes_max=8 * MEBIBYTE),
        Route("GET", "/v1/orders/{id}", GET_ORDER, READ),
    ),
)
