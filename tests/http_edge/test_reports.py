"""A report is JSON, or the file that its actor has made of it: then the answer is its bytes, and a document that may do nothing."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import msgspec
import pytest

from actors.reports.contract import ReportFile, SalesReport
from actors.runtime.client import Reply
from http_edge.examples import EXAMPLES

pytestmark = pytest.mark.asyncio


async def test_a_file_is_answered_as_its_bytes(counter: Any) -> None:
    file = ReportFile(content_type="text/csv; charset=utf-8", content=b64encode(b"Day,Total\r\n").decode(), filename="sales-day.csv")
    report = msgspec.structs.replace(EXAMPLES[SalesReport], rows=[], totals=[], file=file)
    counter.actors.script["reports.sales"] = Reply(msgspec.json.encode(report))
    answer = await counter.call("GET", "/v1/reports/sales?by=day&format=csv&date_from=2026-01-01")
    assert (answer.status, answer.body) == (200, b"Day,Total\r\n")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'inline; filename="sales-day.csv"'
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert counter.actors.asked[0].request.format == "csv"


async def test_without_another_format_it_is_json(counter: Any) -> None:
    answer = await counter.call("GET", "/v1/reports/sales?by=month")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json["rows"][0]["total"] == 700000


@pytest.mark.parametrize("query", ["by=moon", "date_from=yesterday", "format=doc", "limit=0", "colour=red"])
async def test_what_cannot_be_asked_for_is_refused(counter: Any, query: str) -> None:
    answer = await counter.call("GET", f"/v1/reports/sales?{query}")
    assert answer.status in (400, 422)
