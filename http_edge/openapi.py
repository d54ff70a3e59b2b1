"""The OpenAPI 3.1 document, made from the routes and the contracts. Nothing in it is written by hand twice."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from typing import Any

import msgspec

from actors.runtime.words import Event
from actors.staff.contract import ROLES
from http_edge.events import EVENTS, event_example
from http_edge.examples import EXAMPLES, example_of_body
from http_edge.outcomes import No, declines
from http_edge.permissions import CALLERS, in_words, may_call, permission
from http_edge.problems import CONTENT_TYPE, Problem
from http_edge.route import Resource, Route
from http_edge.routes import RESOURCES, ROUTES
from http_edge.schemas import REF, components, parameter_schema

ABOUT = """\
Point of sale over REST. Amounts are integers in minor units, times are RFC 3339 in UTC, ids are UUIDs that you may bring yourself.

Every call but health, metrics, docs and signing in needs a key: that of a machine, of a register, or of a person who has signed in.
`x-permission` of each operation names the scope that it needs; `x-roles` the built-in roles that have it.

Calls that create or move money need an `Idempotency-Key`: the same key and body give the first answer again.
Changes need `If-Match` with the `ETag` of what they change. An `X-Request-Id` is given back, a `traceparent` is passed on.
"""
TEXT = {"type": "string"}
IDEMPOTENCY_KEY = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
APPROVAL = {
    "type": "string", "maxLength": 200, "pattern": "^[!-~]+$",
    "description": "`token` of `POST /v1/approvals`: for what the person who asks may not do alone.",
}  # fmt: skip
IF_MATCH = {"type": "string", "pattern": '^"[1-9][0-9]{0,14}"$'}


def openapi_document() -> dict[str, Any]:
    results = [route.command.result for route in ROUTES if not route.bytes_of]
    told = [Problem, *(r.body_type for r in ROUTES if r.body_type), *results, *(e.data for e in EVENTS)]
    _, named = components(dict.fromkeys(told))
    _, asked = components(dict.fromkeys(route.command.request for route in ROUTES))
    paths: dict[str, Any] = {}
    for resource in RESOURCES:
        for route in resource.routes:
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(resource, route, asked)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kasir", "version": _version(), "description": ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [{"name": resource.name, "description": resource.about} for resource in RESOURCES],
        "paths": paths,
        "webhooks": {event.name: {"post": _webhook(event)} for event in EVENTS},
        "components": {
            "schemas": named,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A key: `kasir_...`."}},
        },
    }


def _version() -> str:
    try:
        return version("kasir")
    except PackageNotFoundError:
        return "0"


def _operation(resource: Resource, route: Route, asked: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": route.operation_id, "summary": route.command.summary, "description": in_words(route), "tags": [resource.name],
        "parameters": _parameters(route, asked[route.command.request.__name__]), "responses": _responses(route),
        "x-permission": permission(route), "x-roles": [role for role in ROLES if may_call(route, CALLERS[role])],
    }  # fmt: skip
    if route.body_type:
        content = _content(route.body_type, example_of_body(route))
        described["requestBody"] = {"required": not route.body_optional, "content": {"application/json": content}}
    if route.keyless:
        described |= {"security": []}
    if route.public:
        described |= {"security": [], "requestBody": {"required": True, "content": {"*/*": {}}}}
    return described


def _content(wanted: Any, example: Any) -> dict[str, Any]:
    return {"schema": _ref(wanted), "example": msgspec.json.decode(msgspec.json.encode(example))}


def _ref(wanted: Any) -> dict[str, str]:
    return {"$ref": REF.format(name=wanted.__name__)}


def _parameters(route: Route, asked: dict[str, Any]) -> list[dict[str, Any]]:
    properties, required = asked["properties"], asked.get("required", [])
    found = [_parameter(name, "path", True, properties[name]) for name in route.path_names]
    found += [_parameter(name, "query", name in required, properties[name]) for name in route.query_names]
    if route.command.keyed:
        found.append(_parameter("Idempotency-Key", "header", True, IDEMPOTENCY_KEY))
    if route.needs_version:
        found.append(_parameter("If-Match", "header", True, IF_MATCH))
    if route.takes_approval:
        found.append(_parameter("Approval", "header", False, APPROVAL))
    return found


def _parameter(name: str, place: str, required: bool, schema: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"name": name, "in": place, "required": required, "schema": parameter_schema(schema)}
    if described["schema"].get("type") == "array":
        # `?event_types=order.created,order.paid`
        described |= {"style": "form", "explode": False}
    return described


def _responses(route: Route) -> dict[str, Any]:
    headers: dict[str, Any] = {"X-Request-Id": {"schema": TEXT}}
    if not (route.public or route.keyless):
        headers |= {"RateLimit": {"schema": TEXT}, "RateLimit-Policy": {"schema": TEXT}}
    result = route.command.result
    content: dict[str, Any] = {} if route.bytes_of else {"application/json": _content(result, EXAMPLES[result])}
    content |= {kind: {} for kind in (route.bytes_of or route.files).split(", ") if kind}
    success: dict[str, Any] = {"description": route.command.summary, "headers": dict(headers), "content": content}
    if route.has_version:
        success["headers"]["ETag"] = {"description": "The version, quoted.", "schema": TEXT}
    if route.location:
        success["headers"]["Location"] = {"schema": {"type": "string", "format": "uri-reference"}}
    if route.command.keyed:
        success["headers"]["Idempotent-Replayed"] = {"description": "`true` on the first answer given again.", "schema": {"const": "true"}}
    responses: dict[str, Any] = {str(route.status): success}
    if route.has_version and route.method == "GET":
        responses["304"] = {"description": "Not changed since the version in If-None-Match.", "headers": dict(headers)}
    for status, group in groupby(declines(route), key=lambda no: no.status):
        responses[str(status)] = _problem(status, list(group))
    return responses


def _problem(status: int, ways: list[No]) -> dict[str, Any]:
    headers = {429: {"Retry-After": {"schema": TEXT}}, 503: {"Retry-After": {"schema": TEXT}}, 401: {"WWW-Authenticate": {"schema": TEXT}}}
    first = ways[0]
    example = Problem(
        type=f"/docs#problem-{first.code}", title=first.title, status=status, detail=first.advice or first.title, code=first.code,
        request_id="0d5f2e1c-1",
    )  # fmt: skip
    return {
        "description": "; ".join(f"`{no.code}`: {no.title}" for no in ways),
        "headers": headers.get(status, {}),
        "content": {CONTENT_TYPE: {"schema": _ref(Problem), "example": msgspec.to_builtins(example)}},
    }


def _webhook(event: Event[Any]) -> dict[str, Any]:
    schema = {
        "type": "object", "required": ["type", "timestamp", "data"],
        "properties": {"type": {"const": event.name}, "timestamp": {"type": "string", "format": "date-time"}, "data": _ref(event.data)},
    }  # fmt: skip
    return {
        "summary": event.summary, "description": "Signed by Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature.",
        "requestBody": {"content": {"application/json": {"schema": schema, "example": event_example(event)}}},
        "responses": {"2XX": {"description": "Taken. Anything else is tried again."}},
    }  # fmt: skip
