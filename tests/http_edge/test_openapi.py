"""The OpenAPI document against the running house: schemathesis makes data that it allows and data that it forbids, and holds it to its word."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import pytest_asyncio

from actors.runtime.words import Event
from actors.staff.contract import CREATE_API_KEY, CreateApiKey
from actors.webhooks.catalogue import EVENT_TYPES
from http_edge.app import Edge
from http_edge.docs import docs_page
from http_edge.events import EVENTS, LISTENABLE, event_example, event_schema
from http_edge.openapi import openapi_document
from http_edge.outcomes import every_decline
from http_edge.routes import ROUTES
from tests.support import Servers, eventually, open_house

HERE = Path(__file__).parent
SECONDS_MAX = 300
SYSTEMATIC = "API keys", "Dead letters", "Idempotency keys", "Audit"
"""Every field of every body is wrong in turn in test_bad_bodies.py, and faster: the systematic phase is for an area with all kinds of routes."""


def _tags(option: str) -> tuple[str, ...]:
    return tuple(word for name in SYSTEMATIC for word in (option, name))


RUNS = {
    "systematically": (*_tags("--include-tag"), "--phases", "examples,coverage,fuzzing"),
    "all the rest": (*_tags("--exclude-tag"), "--phases", "examples,fuzzing"),
}
"""A process of schemathesis for each: starting one takes two seconds."""


@pytest_asyncio.fixture(scope="module")
async def edge(servers: Servers) -> AsyncIterator[tuple[str, str]]:
    """The address of an edge, and a key with all rights. On a house of its own: promotions that chance makes up are for everybody in it."""
    async with open_house(await servers.settings()) as house:
        edge = Edge(house.settings, house.client)
        await edge.start()
        await eventually(lambda: edge.gate.loaded)
        owner = await house.call(CREATE_API_KEY, CreateApiKey(name="schemathesis", scopes=["*"]))
        yield edge.address, owner.key
        await edge.stop()


def test_the_document_has_each_area_that_is_walked_through_systematically() -> None:
    assert set(SYSTEMATIC) <= {tag["name"] for tag in openapi_document()["tags"]}


def test_every_no_says_what_to_do() -> None:
    assert [no.code for no in every_decline(ROUTES) if not no.advice] == []


def test_every_code_of_the_page_of_problems_has_its_place_in_the_docs() -> None:
    """It is what `type` of a problem leads to."""
    told = re.findall(r"(?m)^\| `([\w.]+)`", (Path(__file__).parents[2] / "docs" / "problems.md").read_text("utf-8"))
    page = docs_page()
    assert len(told) > 100
    assert [code for code in told if f'id="problem-{code}"' not in page] == []
    assert {no.code for no in every_decline(ROUTES)} == set(told)


def test_every_event_that_can_be_asked_for_is_documented() -> None:
    assert tuple(event.name for event in LISTENABLE) == EVENT_TYPES
    assert {event.name for event in EVENTS} == openapi_document()["webhooks"].keys()


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_every_event_is_as_its_schema_says(event: Event[Any]) -> None:
    schema, example = event_schema(event), event_example(event)
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert [error.message for error in validator.iter_errors(example)] == []
    assert [error.message for error in validator.iter_errors({**example, "more": 1, "data": {**example["data"], "more": 1}})] == []
    assert not validator.is_valid({**example, "type": "order.misspelt"})
    assert not validator.is_valid({**example, "data": {}}) or not schema["$defs"][event.data.__name__].get("required")


def test_the_docs_page_lists_every_field_once_and_sends_everybody_else_there() -> None:
    page = docs_page()
    anchors = set(re.findall(r'id="([^"]+)"', page))
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= anchors
    assert page.count("<code>exchange_of</code>") == 1
    assert all(f'id="{route.operation_id}"' in page for route in ROUTES)


@pytest.mark.parametrize("run", RUNS)
async def test_the_house_keeps_its_word(edge: tuple[str, str], run: str) -> None:
    address, key = edge
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run", f"{address}/openapi.json",
        "-H", f"Authorization: Bearer {key}", *RUNS[run], "--max-examples", "3", "--request-timeout", "60", "--wait-for-schema", "120",
        "--exclude-operation-id", "staff_revoke_key", "--checks", "all", "--no-color", "--no-shrink", "--warnings", "off",
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.http_edge.schemathesis_checks"}, cwd=HERE.parent.parent,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told, _ = await asyncio.wait_for(process.communicate(), SECONDS_MAX)
    assert process.returncode == 0, told.decode()
