"""What is not cash: payment intents, gift cards and store credit, and the codes that customers scan."""

from actors.payments.contract import (
    CANCEL_INTENT,
    CHECK_PAYMENTS,
    CONFIRM_INTENT,
    CREATE_INTENT,
    FIND_GIFT_CARD,
    GET_ACCOUNT,
    GET_INTENT,
    GET_MERCHANT,
    GET_QR,
    ISSUE_GIFT_CARD,
    LIST_ACCOUNTS,
    LIST_ENTRIES,
    LIST_INTENTS,
    OPEN_STORE_CREDIT,
    SET_MERCHANT,
    TAKE_CALLBACK,
    TOP_UP,
    UPDATE_ACCOUNT,
)
from http_edge.places import AN_INTENT, WHOLE
from http_edge.route import Resource, Route

READ, WRITE = "payments:read", "payments:write"
SEE, ISSUE = "accounts:read", "accounts:write"
"""Making money out of nothing is not what a register needs to take it."""
MERCHANT = "stores:write"
INTENT, ACCOUNT = "/v1/payment-intents/{id}", "/v1/accounts/{id}"
CALLBACK_BYTES_MAX = 64 * 1024

INTENTS = Resource(
    "Payment intents",
    "A payment that somebody else must say yes to. The order waits for it, and completes when the money is there; what an order cannot "
    "take is given back.",
    (
        Route("GET", "/v1/payment-intents", LIST_INTENTS, READ),
        Route("POST", "/v1/payment-intents", CREATE_INTENT, WRITE, body="", location=INTENT),
        Route("GET", INTENT, GET_INTENT, READ, place=AN_INTENT),
        Route("POST", INTENT + "/confirm", CONFIRM_INTENT, WRITE, body="*", place=AN_INTENT),
        Route("POST", INTENT + "/cancel", CANCEL_INTENT, WRITE, body="*", place=AN_INTENT),
        Route("GET", INTENT + "/qr.png", GET_QR, READ, fixed={"format": "png"}, picture="image/png", place=AN_INTENT),
        Route("GET", INTENT + "/qr.svg", GET_QR, READ, fixed={"format": "svg"}, picture="image/svg+xml", place=AN_INTENT),
        Route("POST", "/v1/payment-callbacks/{provider}", TAKE_CALLBACK, "", public=True, body_bytes_max=CALLBACK_BYTES_MAX),
        Route("GET", "/v1/payments/check", CHECK_PAYMENTS, READ, place=WHOLE),
    ),
)
ACCOUNTS = Resource(
    "Gift cards and store credit",
    "Accounts with a ledger each. What an order is to be paid with is held first, so a balance never goes below zero.",
    (
        Route("POST", "/v1/gift-cards", ISSUE_GIFT_CARD, ISSUE, body="", location=ACCOUNT),
        Route("POST", "/v1/gift-cards/find", FIND_GIFT_CARD, READ, body=""),
        Route("POST", "/v1/store-credits", OPEN_STORE_CREDIT, ISSUE, body="", location=ACCOUNT),
        Route("GET", "/v1/accounts", LIST_ACCOUNTS, SEE),
        Route("GET", ACCOUNT, GET_ACCOUNT, SEE),
        Route("PATCH", ACCOUNT, UPDATE_ACCOUNT, ISSUE, body="changes"),
        Route("POST", ACCOUNT + "/top-ups", TOP_UP, ISSUE, body="*"),
        Route("GET", "/v1/accounts/{account_id}/entries", LIST_ENTRIES, SEE),
    ),
)
QRIS = Resource(
    "QRIS",
    "A store's static code, from which each payment's own code is made, with the amount in it.",
    (
        Route("GET", "/v1/stores/{store_id}/qris", GET_MERCHANT, READ),
        Route("POST", "/v1/stores/{store_id}/qris", SET_MERCHANT, MERCHANT, body="*"),
    ),
)
