"""Receipts: how they look, on paper and on a screen; labels; and the proof that none is missing."""

from actors.orders.contract import VOID_RECEIPTS
from actors.receipts.contract import (
    CHECK_CHAIN,
    GET_LABELS,
    GET_LINK,
    GET_RECEIPT,
    GET_TEMPLATE,
    PRINT_RECEIPT,
    SET_TEMPLATE,
    SHOW_RECEIPT,
)
from http_edge.places import AN_ORDER, IF_NAMED
from http_edge.printing import print_receipt
from http_edge.route import Resource, Route

PAPER = "text/plain, text/html, application/pdf, image/png, application/octet-stream"
READ, WRITE = "receipts:read", "receipts:write"
LOOKS = "stores:write"
"""How receipts look is the store's matter, not the register's."""
RECEIPT, TEMPLATE = "/v1/orders/{id}/receipt", "/v1/stores/{store_id}/receipt-template"

RECEIPTS = Resource(
    "Receipts",
    "What the customer gets: on paper, on a screen; and the chain that proves that none is missing.",
    (
        Route("GET", TEMPLATE, GET_TEMPLATE, READ),
        Route("POST", TEMPLATE, SET_TEMPLATE, LOOKS, body="*"),
        Route("GET", RECEIPT, GET_RECEIPT, READ, document=PAPER, place=AN_ORDER),
        Route("GET", RECEIPT + "/link", GET_LINK, READ, place=AN_ORDER),
        Route("POST", RECEIPT + "/prints", PRINT_RECEIPT, WRITE, body="*", ask=print_receipt, files=PAPER, place=AN_ORDER),
        Route("GET", "/r/{token}", SHOW_RECEIPT, "", keyless=True, document="text/html"),
        Route("GET", "/v1/labels", GET_LABELS, READ, document="application/pdf, image/png, application/octet-stream", place=IF_NAMED),
        Route("GET", "/v1/registers/{register_id}/receipt-chain/check", CHECK_CHAIN, READ),
        Route("POST", "/v1/registers/{register_id}/void-receipts", VOID_RECEIPTS, LOOKS, body="*"),
    ),
)
