"""What protects the house: rates, requests under way, slow clients, a graceful end."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from actors.runtime.client import Reply
from actors.runtime.settings import Settings
from actors.runtime.upkeep import UNAVAILABLE, ask_durability
from http_edge.app import Edge
from http_edge.limits import Bucket
from tests.http_edge.scripted import OWNER
from tests.support import eventually

pytestmark = pytest.mark.asyncio


async def test_a_bucket_refills_with_time() -> None:
    bucket = Bucket()
    assert [bucket.take(2, 10.0) for _ in range(3)] == [1, 0, -1]
    assert [bucket.take(2, 10.5), bucket.take(2, 10.5), bucket.take(2, 60.0)] == [0, -1, 1]


class TestRates:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(http_port=0, rate_limit_per_second=2)

    async def test_too_many_requests(self, counter: Any) -> None:
        answers = [await counter.call("GET", "/v1/products") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert [answer.headers["RateLimit"] for answer in answers] == ['"key";r=1;t=1', '"key";r=0;t=1', '"key";r=0;t=1']
        assert answers[2].headers["RateLimit-Policy"] == '"key";q=2;w=1'
        assert (answers[2].headers["Retry-After"], answers[2].json["code"]) == ("1", "edge.too_many_requests")


class TestNoRates:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(http_port=0, rate_limit_per_second=0, callbacks_per_second=0, sign_ins_per_minute=0, receipts_pages_per_second=0)

    async def test_0_is_no_limit(self, counter: Any) -> None:
        asked = [("GET", "/v1/products"), ("GET", "/r/link"), ("POST", "/v1/payment-callbacks/simulated"), ("POST", "/v1/enrolments")]
        answers = [await counter.call(method, path) for method, path in asked for _ in range(3)]
        assert 429 not in [answer.status for answer in answers]


class TestUnderWay:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(http_port=0, edge_requests_max=1, drain_seconds=5)

    async def test_the_next_one_is_told_to_come_back(self, counter: Any) -> None:
        entered, leave = asyncio.Event(), asyncio.Event()

        async def ask(*_: Any, **__: Any) -> Reply:
            entered.set()
            await leave.wait()
            return Reply(b'{"items":[]}')

        counter.actors.ask = ask
        first = asyncio.create_task(counter.call("GET", "/v1/products"))
        await entered.wait()
        second = await counter.call("GET", "/v1/products")
        assert (second.status, second.json["code"], second.headers["Retry-After"]) == (503, "edge.busy", "1")
        stopping = asyncio.create_task(counter.edge.stop())
        await asyncio.sleep(0)
        leave.set()
        assert (await first).status == 200, "what is under way is finished"
        await stopping
        with pytest.raises(aiohttp.ClientConnectionError):
            await counter.call("GET", "/healthz")


async def test_it_answers_503_until_the_keys_are_loaded(counter: Any) -> None:
    counter.edge.gate.loaded = False
    answer = await counter.call("GET", "/v1/products", key="kasir_any")
    assert (answer.status, answer.json["code"], answer.headers["Retry-After"]) == (503, "edge.starting", "1")
    ready = await counter.call("GET", "/readyz", key=None)
    assert (ready.status, ready.json["checks"]) == (503, {"nats": True, "api_keys": False, "orders": True})


@pytest.mark.parametrize(("away", "status"), [("reports", 200), ("staff", 200), ("stores", 200), ("orders", 503)])
async def test_it_is_ready_as_long_as_it_can_sell_and_says_who_is_missing(counter: Any, away: str, status: int) -> None:
    counter.actors.script[ask_durability(away).subject] = Reply(refusal=UNAVAILABLE.refuse("Nobody is there."))
    answer = await counter.call("GET", "/readyz", key=None)
    assert (answer.status, answer.json["missing"], answer.json["checks"]["orders"]) == (status, [away], status == 200)
    assert (await counter.call("GET", "/readyz", key=None)).json["missing"] == [away]
    counter.actors.script.clear()
    assert (await counter.call("GET", "/readyz", key=None)).json["missing"] == []


async def test_who_asks_often_whether_it_is_ready_costs_the_actors_nothing(counter: Any) -> None:
    for _ in range(20):
        assert (await counter.call("GET", "/readyz", key=None)).status == 200
    assert len(counter.actors.asked) < 20
    counter.actors.connected = False
    answer = await counter.call("GET", "/readyz", key=None)
    assert (answer.status, answer.json["checks"]["nats"], "orders" in answer.json["missing"]) == (503, False, True)


async def test_a_body_that_never_ends(counter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("http_edge.reading.BODY_SECONDS_MAX", 0.05)
    never = asyncio.Event()

    async def dribble() -> Any:
        yield b"{"
        await never.wait()

    answer = await counter.call("POST", "/v1/orders", data=dribble(), headers={"Content-Type": "application/json"})
    assert (answer.status, answer.json["code"]) == (408, "edge.slow_client")


async def test_a_busy_port_is_an_oserror(counter: Any) -> None:
    port = int(counter.edge.address.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="in use"):
        await Edge(Settings(http_port=port), counter.actors).start()


async def test_pages_that_need_no_key(counter: Any) -> None:
    pages = {"/docs": "text/html", "/metrics": "text/plain", **dict.fromkeys(("/healthz", "/readyz", "/openapi.json"), "application/json")}
    for path, kind in pages.items():
        answer = await counter.call("GET", path, key=None)
        assert (answer.status, answer.headers["Content-Type"].startswith(kind)) == (200, True), path
    await counter.call("GET", "/v1/products")
    metrics = (await counter.call("GET", "/metrics", key=None)).body.decode()
    assert 'kasir_http_requests_total{route="GET /v1/products",status="200"}' in metrics


async def test_expect_100_continue(counter: Any) -> None:
    body = b'{"name": "x"}'
    host, port = counter.edge.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /v1/products HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {OWNER}\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\n"
        f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    )
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body)
    assert (await reader.readline()).startswith(b"HTTP/1.1 422")
    writer.close()


async def test_who_hangs_up_leaves_no_traceback(counter: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A register loses its line in the middle of a body: that is its weather, and not our mistake."""
    host, port = counter.edge.address.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /v1/products HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {OWNER}\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\n"
        "Content-Length: 100\r\n\r\n{".encode()
    )
    await eventually(lambda: counter.edge.under_way == 1)
    writer.transport.abort()
    await eventually(lambda: counter.edge.under_way == 0)
    await asyncio.sleep(0.05)

    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    assert counter.actors.asked == []
