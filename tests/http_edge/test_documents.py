"""Documents: receipts and labels as bytes, and the public page of a receipt, which anybody may look at who has its link."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import msgspec
import pytest

from actors.receipts.contract import Document
from actors.runtime.client import Reply
from actors.runtime.settings import Settings
from actors.runtime.words import Refusal
from http_edge.examples import ORDER

pytestmark = pytest.mark.asyncio
RECEIPT = f"/v1/orders/{ORDER}/receipt"
PAGE = "/r/cgGYwN4AAHAAgAAAAAAAAAUAZqtHVcWN5PdJ1Qk9"


def a_document(content_type: str, content: bytes, filename: str = "") -> Reply:
    return Reply(msgspec.json.encode(Document(content_type=content_type, content=b64encode(content).decode(), filename=filename)))


async def test_a_receipt_is_the_bytes_themselves(counter: Any) -> None:
    counter.actors.script["receipts.get"] = a_document("application/pdf", b"%PDF-1.7", "receipt-K1-000042.pdf")
    answer = await counter.call("GET", f"{RECEIPT}?format=pdf&width=58&language=en&copy=true&gift=false")
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, b"%PDF-1.7", "application/pdf")
    assert answer.headers["Content-Disposition"] == 'inline; filename="receipt-K1-000042.pdf"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    asked = counter.actors.asked[0].request
    assert (asked.id, asked.format, asked.width, asked.language, asked.copy, asked.gift) == (ORDER, "pdf", "58", "en", True, False)


@pytest.mark.parametrize("query", ["format=docx", "width=57", "language=fr", "copy=1", "nonsense=1", "gift=null"])
async def test_a_receipt_that_there_is_not(counter: Any, query: str) -> None:
    answer = await counter.call("GET", f"{RECEIPT}?{query}")
    assert (answer.status, answer.json["code"]) == (400, "edge.bad_parameter")
    assert counter.actors.asked == []


async def test_labels_name_their_variants_in_the_query(counter: Any) -> None:
    counter.actors.script["receipts.labels"] = a_document("image/png", b"png")
    answer = await counter.call("GET", f"/v1/labels?variant_ids={ORDER},{ORDER}&kind=product&copies=2&format=png")
    assert (answer.status, answer.body) == (200, b"png")
    asked = counter.actors.asked[0].request
    assert (asked.variant_ids, asked.kind, asked.copies) == ([ORDER, ORDER], "product", 2)
    assert (await counter.call("GET", "/v1/labels")).status == 400


async def test_the_public_page_needs_no_key_and_gives_nothing_away(counter: Any) -> None:
    counter.actors.script["receipts.show"] = a_document("text/html; charset=utf-8", b"<!doctype html>")
    answer = await counter.call("GET", PAGE, key=None)
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, b"<!doctype html>", "text/html; charset=utf-8")
    told = answer.headers
    policy = told["Content-Security-Policy"]
    assert all(part in policy for part in ("default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"))
    assert "script" not in policy
    assert (told["Referrer-Policy"], told["X-Content-Type-Options"], told["Cache-Control"]) == ("no-referrer", "nosniff", "private, no-store")
    assert "noindex" in told["X-Robots-Tag"]
    assert (counter.actors.asked[0].context["request_id"], "by" in counter.actors.asked[0].context) == (told["X-Request-Id"], False)
    assert (await counter.call("HEAD", PAGE, key=None)).status == 200
    assert (await counter.call("POST", PAGE, key=None)).status == 405


async def test_a_link_that_leads_nowhere(counter: Any) -> None:
    no = Refusal(code="receipts.not_found", kind="not_found", title="No", detail="There is no receipt at this link.")
    counter.actors.script["receipts.show"] = Reply(refusal=no)
    answer = await counter.call("GET", PAGE, key=None)
    assert (answer.status, answer.json["code"], answer.headers["Cache-Control"]) == (404, "receipts.not_found", "private, no-store")
    for wrong in ("/r/", "/r/%00", "/r/a.b", "/r/" + "x" * 101, PAGE + "?a=1"):
        answer = await counter.call("GET", wrong, key=None)
        assert answer.status in (400, 404), wrong
    assert len(counter.actors.asked) == 1


class TestFlood:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(http_port=0, rate_limit_per_second=0, receipts_pages_per_second=2, drain_seconds=0.2)

    async def test_one_address_cannot_try_links_for_ever(self, counter: Any) -> None:
        counter.actors.script["receipts.show"] = a_document("text/html; charset=utf-8", b"<!doctype html>")
        answers = [await counter.call("GET", PAGE, key=None) for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert (answers[2].headers["Retry-After"], len(counter.actors.asked)) == ("1", 2)
        assert (await counter.call("GET", f"{RECEIPT}/link")).status == 200, "who has a key is not held up by it"
