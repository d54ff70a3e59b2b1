"""Errors as the world sees them: RFC 9457 problem details, with a stable `code` and a pointer to each bad field.

    Declined                 raised anywhere in the edge, answered as application/problem+json
    ├── the edge's own       EDGE_REASONS below: what is wrong with the request as HTTP
    └── an actor's refusal   its kind decides the status, STATUS_OF_KIND
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from actors.runtime.words import FieldError, Refusal, Value

CONTENT_TYPE = "application/problem+json"

STATUS_OF_KIND = {"invalid": 422, "not_found": 404, "conflict": 409, "stale": 412, "forbidden": 403, "busy": 503, "failed": 500}
STATUS_OF_CODE = {"runtime.key_reused": 422}
"""Where HTTP has a better word than the kind: the Idempotency-Key draft asks for 422."""

RETRY_AFTER_SECONDS = 1


class Problem(Value, omit_defaults=True):
    """RFC 9457. `type` leads to the code's entry on the docs page; `request_id` finds the request in the logs."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldError] = []  # noqa: RUF012 - msgspec copies it


@dataclass(frozen=True, slots=True)
class EdgeReason:
    status: int
    code: str
    title: str
    advice: str
    """What a developer should do about it; for the docs page."""

    def declined(
        self, detail: str, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
    ) -> Declined:
        return Declined(self.status, self.code, self.title, detail, errors, headers)


class Declined(Exception):
    """Ends a request with a problem."""

    def __init__(
        self, status: int, code: str, title: str, detail: str,
        errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.title, self.detail = status, code, title, detail
        self.errors = list(errors)
        self.headers: Mapping[str, str] = headers or {}

    def body(self, request_id: str) -> bytes:
        return msgspec.json.encode(
            Problem(
                type=f"/docs#problem-{self.code}", title=self.title, status=self.status, detail=self.detail, code=self.code,
                request_id=request_id, errors=self.errors,
            )
        )


def status_of(code: str, kind: str) -> int:
    return STATUS_OF_CODE.get(code) or STATUS_OF_KIND[kind]


def declined_by(refusal: Refusal, told: Mapping[str, str]) -> Declined:
    """An actor's "no", in HTTP's words. `told` are the headers that go with any answer; `busy` also says when to come back."""
    headers = dict(told)
    if refusal.kind == "busy":
        headers["Retry-After"] = str(refusal.retry_after_seconds or RETRY_AFTER_SECONDS)
    return Declined(
        status_of(refusal.code, refusal.kind), refusal.code, refusal.title, refusal.detail, refusal.errors, headers
    )


BAD_REQUEST = EdgeReason(400, "edge.bad_request", "Not HTTP", "Use a client that speaks HTTP/1.1.")
BAD_JSON = EdgeReason(400, "edge.bad_json", "Not JSON", "Send one JSON value in UTF-8, each name at most once in an object.")
BAD_PARAMETER = EdgeReason(400, "edge.bad_parameter", "A parameter cannot be used", "Each bad parameter is listed in `errors`.")
BAD_HEADER = EdgeReason(400, "edge.bad_header", "A header cannot be used", "`detail` says what the header should look like.")
KEY_MISSING = EdgeReason(
    400, "edge.idempotency_key_missing", "Idempotency-Key is missing",
    "Send a fresh UUID for each new intention, and the same one again when you retry it.",
)
BODY_UNEXPECTED = EdgeReason(400, "edge.body_unexpected", "This call takes no body", "Send it without a body.")
UNAUTHORIZED = EdgeReason(401, "edge.unauthorized", "No valid API key", "Send `Authorization: Bearer kasir_...`.")
FORBIDDEN = EdgeReason(403, "edge.forbidden", "You may not do this", "Use a key, or sign in as somebody, who has what `detail` names.")
ELSEWHERE = EdgeReason(
    403, "edge.elsewhere", "At another register, or in another store",
    "Do it at that register, or have it done in the back office by somebody who works there. A list that is about all stores needs a `store_id`.",
)
NO_SUCH_PATH = EdgeReason(404, "edge.no_such_path", "No such path", "See /docs for every path.")
NO_SUCH_METHOD = EdgeReason(405, "edge.no_such_method", "The path does not know this method", "`Allow` lists those that it knows.")
SLOW_CLIENT = EdgeReason(408, "edge.slow_client", "The body took too long", "Send the request again, over a better line.")
BODY_TOO_LARGE = EdgeReason(413, "edge.body_too_large", "The body is too large", "Send less at once: 1 MiB, 8 MiB for batches, 64 KiB for callbacks.")
WRONG_TYPE = EdgeReason(415, "edge.wrong_content_type", "Not application/json", "Send `Content-Type: application/json`, not packed.")
INVALID_FIELDS = EdgeReason(422, "edge.invalid_fields", "Some fields cannot be used", "Each bad field is listed in `errors`, all at once.")
VERSION_MISSING = EdgeReason(
    428, "edge.if_match_missing", "If-Match is missing", "Get the resource, and send its `ETag` as `If-Match` with the change."
)
TOO_MANY = EdgeReason(429, "edge.too_many_requests", "Too many requests", "Wait for `Retry-After` seconds, and spread your calls.")
FAULT = EdgeReason(500, "edge.fault", "Something went wrong here", "Retry with the same Idempotency-Key; report `request_id` if it stays.")
BUSY = EdgeReason(503, "edge.busy", "Busy", "Wait for `Retry-After` seconds and retry with the same Idempotency-Key.")
STARTING = EdgeReason(503, "edge.starting", "Not ready yet", "Wait for `Retry-After` seconds; /readyz says what is missing.")

EDGE_REASONS = (
    BAD_REQUEST, BAD_JSON, BAD_PARAMETER, BAD_HEADER, KEY_MISSING, BODY_UNEXPECTED, UNAUTHORIZED, FORBIDDEN, ELSEWHERE, NO_SUCH_PATH, NO_SUCH_METHOD,
    SLOW_CLIENT, BODY_TOO_LARGE, WRONG_TYPE, INVALID_FIELDS, VERSION_MISSING, TOO_MANY, FAULT, BUSY, STARTING,
)
