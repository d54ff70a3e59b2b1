"""The OpenAPI document against the running house: schemathesis makes data that it allows and data that it forbids, and holds it to its word."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from actors.staff.contract import CREATE_API_KEY, CreateApiKey
from http_edge.app import Edge
from http_edge.openapi import openapi_document
from tests.support import House

HERE = Path(__file__).parent
SECONDS_MAX = 100
AREAS = (("Stores", "Registers"), ("Products",), ("Orders", "Idempotency keys"), ("Webhooks", "API keys", "Dead letters"))


@pytest_asyncio.fixture
async def edge(house: House) -> AsyncIterator[tuple[str, str]]:
    """The address of an edge on the house, and a key with all rights."""
    edge = Edge(house.settings, house.client)
    await edge.start()
    owner = await house.call(CREATE_API_KEY, CreateApiKey(name="schemathesis", scopes=["*"]))
    yield edge.address, owner.key
    await edge.stop()


def test_the_document_names_every_area() -> None:
    assert {tag["name"] for tag in openapi_document()["tags"]} == {name for area in AREAS for name in area}


@pytest.mark.parametrize("area", AREAS, ids=" and ".join)
async def test_the_house_keeps_its_word(edge: tuple[str, str], area: tuple[str, ...]) -> None:
    address, key = edge
    tags = [word for name in area for word in ("--include-tag", name)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run", f"{address}/openapi.json",
        "-H", f"Authorization: Bearer {key}", *tags, "--max-examples", "5", "--phases", "examples,coverage,fuzzing",
        "--exclude-operation-id", "staff_revoke_key", "--checks", "all", "--no-color", "--no-shrink", "--warnings", "off",
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.http_edge.schemathesis_checks"}, cwd=HERE.parent.parent,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told, _ = await asyncio.wait_for(process.communicate(), SECONDS_MAX)
    assert process.returncode == 0, told.decode()
