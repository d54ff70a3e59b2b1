"""Webhook endpoints, and what became of each delivery."""

from actors.webhooks.contract import (
    CREATE_ENDPOINT,
    DELETE_ENDPOINT,
    GET_DELIVERY,
    GET_ENDPOINT,
    LIST_DELIVERIES,
    LIST_ENDPOINTS,
    RESEND_DELIVERY,
    SEND_TEST,
    UPDATE_ENDPOINT,
)
from http_edge.route import Resource, Route

READ, WRITE = "webhooks:read", "webhooks:write"
ONE = "/v1/webhook-endpoints/{id}"
DELIVERIES = "/v1/webhook-endpoints/{endpoint_id}/deliveries"

ENDPOINTS = Resource(
    "Webhooks",
    "Every committed change, posted to your URL and signed by Standard Webhooks. Every attempt is on record, and every delivery "
    "can be sent again.",
    (
        Route("GET", "/v1/webhook-endpoints", LIST_ENDPOINTS, READ),
        Route("POST", "/v1/webhook-endpoints", CREATE_ENDPOINT, WRITE, body="", location=ONE),
        Route("GET", ONE, GET_ENDPOINT, READ),
        Route("PATCH", ONE, UPDATE_ENDPOINT, WRITE, body="changes"),
        Route("DELETE", ONE, DELETE_ENDPOINT, WRITE),
        Route("POST", "/v1/webhook-endpoints/{endpoint_id}/test", SEND_TEST, WRITE, location=DELIVERIES + "/{id}"),
        Route("GET", DELIVERIES, LIST_DELIVERIES, READ),
        Route("GET", DELIVERIES + "/{id}", GET_DELIVERY, READ),
        Route("POST", DELIVERIES + "/{id}/resend", RESEND_DELIVERY, WRITE),
    ),
)
