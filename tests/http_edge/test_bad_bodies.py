"""Every field of every body wrong in turn: always a 4xx problem that points at the field, and nobody is asked anything."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest

from http_edge.examples import example_of_body
from http_edge.openapi import openapi_document
from http_edge.route import Route
from http_edge.routes import ROUTES
from tests.http_edge.scripted import key_for

pytestmark = pytest.mark.asyncio

WITH_BODY = [route for route in ROUTES if route.body_type]
schemas = cache(lambda: openapi_document()["components"]["schemas"])
HUGE = int("9" * 40)
WRONG = {
    "string": [7, True, [], {}, "x" * 100_000, "nul\x00", "two\nlines\x07"],
    "uuid": ["", "not-a-uuid", 7, {}],
    "date-time": ["yesterday", "2026-13-01T00:00:00Z", 7],
    "integer": ["7", 1.5, -1, HUGE, -HUGE, 10**30, True, {}, []],
    "boolean": ["true", 1, 0, {}],
    "enum": ["", "surely-not", 7],
    "array": ["x", {}, 7, [None], ["x"] * 5_000],
    "object": ["x", [], 7],
}


def path_of(route: Route) -> str:
    others = {"code": "wholesale", "provider": "simulated", "key": "sale-000042", "actor": "orders", "type": "order.created"}
    path = route.path.format_map({**dict.fromkeys(route.path_names, "0198c0de-0000-7000-8000-000000000001"), **others})
    required = "&".join(f"{name}={others.get(name, '0198c0de-0000-7000-8000-000000000001')}" for name in sorted(route.query_required))
    return f"{path}?{required}" if required else path


def named(schema: dict[str, Any]) -> dict[str, Any]:
    return schemas()[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def full_example(route: Route) -> dict[str, Any]:
    value: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(example_of_body(route)))
    return value


def wrongs(schema: dict[str, Any], pointer: str = "") -> Iterator[tuple[str, Any]]:
    """(pointer, a wrong value for it): each field of an object, nested ones too, whether the example has them or not."""
    for name, field in schema.get("properties", {}).items():
        at = f"{pointer}/{name}"
        kinds = [named(one) for one in field.get("anyOf", [field])]
        nullable = any(kind.get("type") == "null" for kind in kinds)
        accepted = {kind.get("type") for kind in kinds}
        for kind in kinds:
            label = "enum" if "enum" in kind else kind.get("format") or kind.get("type")
            for bad in WRONG.get(label, []):
                if (isinstance(bad, str) and "string" in accepted - {kind.get("type")}) or ("integer" in accepted and bad == 7):
                    continue
                yield at, bad
        if not nullable:
            yield at, None
        inner = next((kind for kind in kinds if kind.get("type") in ("object", "array")), {})
        if inner.get("type") == "object":
            yield from wrongs(inner, at)
        elif inner.get("type") == "array" and isinstance(inner.get("items"), dict):
            yield from wrongs(named(inner["items"]), f"{at}/0")


def put(body: Any, pointer: str, value: Any) -> Any:
    body = copy.deepcopy(body)
    *parents, last = pointer.split("/")[1:]
    inside = body
    for part, following in zip(parents, [*parents, last][1:], strict=True):
        if isinstance(inside, dict) and not inside.get(part):
            inside[part] = [{}] if following == "0" else {}
        inside = inside[int(part) if isinstance(inside, list) else part]
    inside[last] = value
    return body


@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.operation_id)
async def test_each_field_wrong_in_turn(counter: Any, route: Route) -> None:
    example = full_example(route)
    tried = 0
    for pointer, bad in wrongs(named({"$ref": f"/{route.body_type.__name__}"})):
        answer = await counter.call(route.method, path_of(route), key=key_for(route), json=put(example, pointer, bad))
        assert answer.status in (400, 422), (pointer, bad, answer.body)
        assert answer.headers["Content-Type"] == "application/problem+json"
        told = answer.json
        assert told["code"] in ("edge.invalid_fields", "edge.bad_json")
        if told["code"] == "edge.invalid_fields":
            assert any(error["pointer"].startswith(pointer) for error in told["errors"]), (pointer, bad, told)
        tried += 1
    assert tried > 5
    assert counter.actors.asked == []


@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.operation_id)
async def test_each_field_missing_or_unknown(counter: Any, route: Route) -> None:
    schema, example = named({"$ref": f"/{route.body_type.__name__}"}), full_example(route)
    for name in schema.get("required", []):
        answer = await counter.call(route.method, path_of(route), key=key_for(route), json={k: v for k, v in example.items() if k != name})
        assert (answer.status, answer.json["errors"]) == (422, [{"pointer": f"/{name}", "detail": "is missing"}])
    answer = await counter.call(route.method, path_of(route), key=key_for(route), json={**example, "un~kno/wn": 1})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/un~0kno~1wn")
    assert counter.actors.asked == []


RAW = {
    b"": "edge.bad_json", b"{": "edge.bad_json", b"\xff\xfe": "edge.bad_json", b'{"name": "\xff"}': "edge.bad_json",
    b'{"name": "\\ud800"}': "edge.bad_json", b"[" * 100_000: None, b'{"a":' * 50_000: "edge.bad_json", b"{} {}": None,
    b'{"name": NaN}': "edge.bad_json", b'{"id": 1e999}': None, b"null": "edge.invalid_fields", b"[]": "edge.invalid_fields",
    b"\xef\xbb\xbf{}": "edge.bad_json", b'"' + b"x" * 10 + b'"': "edge.invalid_fields", b'{"name": 1' + b"0" * 5_000 + b"}": None,
}  # fmt: skip


@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.operation_id)
async def test_bodies_that_are_no_json(counter: Any, route: Route) -> None:
    for body, code in RAW.items():
        if not body and route.body_optional:
            continue
        answer = await counter.call(route.method, path_of(route), key=key_for(route), data=body, headers={"Content-Type": "application/json"})
        assert answer.status in (400, 422), (body[:40], answer.body)
        assert code is None or answer.json["code"] == code, (body[:40], answer.body)
    assert counter.actors.asked == []


@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.operation_id)
async def test_a_name_given_twice(counter: Any, route: Route) -> None:
    text = json.dumps(full_example(route))
    name = next(iter(full_example(route)))
    answer = await counter.call(
        route.method, path_of(route), key=key_for(route), data=text[:-1] + f', "{name}": {json.dumps(full_example(route)[name])}}}',
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    assert (answer.status, answer.json["code"]) == (400, "edge.bad_json")
    assert counter.actors.asked == []


ONE_OF_EACH = {(route.body, route.body_bytes_max, route.body_optional): route for route in WITH_BODY}
"""Routes that read their bodies differently; the others are like one of these."""


@pytest.mark.parametrize("route", ONE_OF_EACH.values(), ids=lambda route: route.operation_id)
async def test_ten_megabytes(counter: Any, route: Route) -> None:
    async def dribble() -> Any:
        for _ in range(10):
            yield b" " * 1024 * 1024

    for data in (b" " * 10 * 1024 * 1024, dribble()):
        try:
            answer = await counter.call(route.method, path_of(route), key=key_for(route), data=data, headers={"Content-Type": "application/json"})
        except OSError:
            continue  # the edge has answered and hung up while we were still sending
        assert (answer.status, answer.json["code"]) == (413, "edge.body_too_large")
    assert counter.actors.asked == []


@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.operation_id)
async def test_content_types(counter: Any, route: Route) -> None:
    body = json.dumps(full_example(route)).encode()
    for wrong in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "application/jsonx"):
        answer = await counter.call(route.method, path_of(route), key=key_for(route), data=body, headers={"Content-Type": wrong})
        assert (answer.status, answer.json["code"]) == (415, "edge.wrong_content_type")
    for right in ("application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"):
        answer = await counter.call(route.method, path_of(route), key=key_for(route), data=body, headers={"Content-Type": right})
        assert answer.status == route.status, answer.body


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "GZIP", "x-nonsense"])
async def test_packed_bodies(counter: Any, encoding: str) -> None:
    """Refused as they stand: what they would unpack to, or that they cannot be unpacked at all, does not matter."""
    for data in (b"{}", gzip.compress(b"{}"), gzip.compress(b" " * 1024 * 1024)):
        answer = await counter.call("POST", "/v1/orders", data=data, headers={"Content-Type": "application/json", "Content-Encoding": encoding})
        assert (answer.status, answer.json["code"]) == (415, "edge.wrong_content_type")
        assert (answer.headers["Accept-Encoding"], encoding in answer.json["detail"]) == ("identity", True)
    assert counter.actors.asked == []
