"""Those who listen: their endpoints, what became of each delivery, and the events themselves."""

from actors.webhooks.contract import (
    CREATE_ENDPOINT,
    DELETE_ENDPOINT,
    GET_DELIVERY,
    GET_DIGEST,
    GET_ENDPOINT,
    GET_HEALTH,
    GET_REPLAY,
    LIST_DELIVERIES,
    LIST_ENDPOINTS,
    LIST_REPLAYS,
    PAUSE_ENDPOINT,
    PULL_EVENTS,
    READ_EVENTS,
    RESEND_DELIVERY,
    RESUME_ENDPOINT,
    ROTATE_SECRET,
    SEND_TEST,
    START_REPLAY,
    STOP_REPLAY,
    UPDATE_ENDPOINT,
)
from http_edge import waiting
from http_edge.event_types import GET_EVENT_TYPE, LIST_EVENT_TYPES
from http_edge.events import get_event_type, list_event_types
from http_edge.places import WHOLE
from http_edge.resending import resend
from http_edge.route import Resource, Route

READ, WRITE = "webhooks:read", "webhooks:write"
ONE = "/v1/webhook-endpoints/{id}"
ITS = "/v1/webhook-endpoints/{endpoint_id}"

ENDPOINTS = Resource(
    "Webhooks",
    "Every committed change, posted to your URL in order and signed by Standard Webhooks, until you have it. An endpoint is a feed, "
    "numbered without gaps (`webhook-seq`): what is posted, what you pull and what a digest proves is the same.",
    (
        Route("GET", "/v1/webhook-endpoints", LIST_ENDPOINTS, READ, place=WHOLE),
        Route("POST", "/v1/webhook-endpoints", CREATE_ENDPOINT, WRITE, body="", location=ONE, place=WHOLE),
        Route("GET", ONE, GET_ENDPOINT, READ, place=WHOLE),
        Route("PATCH", ONE, UPDATE_ENDPOINT, WRITE, body="changes", place=WHOLE),
        Route("DELETE", ONE, DELETE_ENDPOINT, WRITE, place=WHOLE),
        Route("POST", ONE + "/pause", PAUSE_ENDPOINT, WRITE, body="*", place=WHOLE),
        Route("POST", ONE + "/resume", RESUME_ENDPOINT, WRITE, body="*", place=WHOLE),
        Route("POST", ONE + "/rotate-secret", ROTATE_SECRET, WRITE, body="*", place=WHOLE),
        Route("POST", ITS + "/test", SEND_TEST, WRITE, location=ITS + "/deliveries/{id}", place=WHOLE),
        Route("GET", ONE + "/health", GET_HEALTH, READ, place=WHOLE),
    ),
)
DELIVERIES = Resource(
    "Deliveries and replays",
    "Every attempt is on record. One delivery can be sent again, or a range of events, also to an endpoint that is new.",
    (
        Route("GET", ITS + "/deliveries", LIST_DELIVERIES, READ, place=WHOLE),
        Route("GET", ITS + "/deliveries/{id}", GET_DELIVERY, READ, place=WHOLE),
        Route("POST", ITS + "/deliveries/{id}/resend", RESEND_DELIVERY, WRITE, ask=resend, waits=True, place=WHOLE),
        Route("GET", ITS + "/replays", LIST_REPLAYS, READ, place=WHOLE),
        Route("POST", ITS + "/replays", START_REPLAY, WRITE, body="*", location=ITS + "/replays/{id}", place=WHOLE),
        Route("GET", ITS + "/replays/{id}", GET_REPLAY, READ, place=WHOLE),
        Route("POST", ITS + "/replays/{id}/stop", STOP_REPLAY, WRITE, place=WHOLE),
    ),
)
EVENTS = Resource(
    "Events",
    "The same events to be fetched: an endpoint's feed, as it would be posted, or everything with one cursor. A digest proves that nothing "
    "is missing. `/v1/event-types` describes what events look like, with JSON Schemas.",
    (
        Route("GET", ONE + "/events", PULL_EVENTS, READ, ask=waiting.pull, waits=True, place=WHOLE),
        Route("GET", "/v1/events", READ_EVENTS, READ, ask=waiting.read, waits=True, place=WHOLE),
        Route("GET", ONE + "/digest", GET_DIGEST, READ, place=WHOLE),
        Route("GET", "/v1/event-types", LIST_EVENT_TYPES, "", ask=list_event_types),
        Route("GET", "/v1/event-types/{type}", GET_EVENT_TYPE, "", ask=get_event_type),
    ),
)
