"""Loaded by schemathesis itself (SCHEMATHESIS_HOOKS)."""

from __future__ import annotations

import re
from typing import Any

import schemathesis
from schemathesis import GenerationMode

PROBLEM = "application/problem+json"
FLOAT = re.compile("should be an integer.*, not a number")


@schemathesis.check
def what_the_document_allows_is_understood(ctx: Any, response: Any, case: Any) -> None:
    """Data made by the schemas may be declined by an actor, never by the edge's own validation."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE or response.status_code not in (400, 415, 422, 428):
        return
    problem = response.json()
    # JSON Schema takes 2113.0 for an integer, and cannot say that Kasir does not: an amount is never a float.
    details = {error["detail"] for error in problem.get("errors", []) if not FLOAT.fullmatch(error["detail"])}
    assert not problem["code"].startswith("edge.") or (problem.get("errors") and not details), response.text


@schemathesis.check
def every_no_is_a_problem(ctx: Any, response: Any, case: Any) -> None:
    if response.status_code >= 400:
        assert response.headers.get("content-type") == [PROBLEM], response.headers
        assert response.json()["status"] == response.status_code
