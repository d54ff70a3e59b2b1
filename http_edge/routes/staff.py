"""API keys."""

from actors.staff.contract import CREATE_API_KEY, LIST_API_KEYS, REVOKE_API_KEY
from http_edge.route import Resource, Route

READ, WRITE = "staff:read", "staff:write"

API_KEYS = Resource(
    "API keys",
    "Who may call. A key is shown once, when it is made; a revoked one stops working within a second.",
    (
        Route("GET", "/v1/api-keys", LIST_API_KEYS, READ),
        Route("POST", "/v1/api-keys", CREATE_API_KEY, WRITE, body="", location="/v1/api-keys/{id}"),
        Route("DELETE", "/v1/api-keys/{id}", REVOKE_API_KEY, WRITE),
    ),
)
