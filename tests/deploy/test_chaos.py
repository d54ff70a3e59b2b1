"""`kasir chaos-listen` tells good listeners from bad ones: each kind of mistake is caught, and by its name."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from actors.webhooks.signing import secret_key, sign_v1, verify
from deploy.chaos.exercises import EXERCISES
from deploy.chaos.report import examine
from deploy.trouble import Trouble
from tests.deploy.support import kasir

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FORGERIES = frozenset({
    "a wrong signature", "somebody else's secret", "a changed body", "another id", "an old event", "an event from the future",
    "an old event with a new time", "a time that is none", "a missing header",
})  # fmt: skip


class Good:
    """Does everything right. Its children make one mistake each; `failing` names the exercises in which that shows, `perhaps` those
    in which it shows when the moments fall so."""

    failing: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.ids: list[str] = []

    def genuine(self, id: str, timestamp: str, signatures: str, body: bytes) -> bool:
        return verify([SECRET], id, timestamp, signatures, body, time.time())

    async def work(self, id: str, body: bytes) -> int:
        if id not in self.ids:
            self.ids.append(id)
        return 204

    async def take(self, request: web.Request) -> web.Response:
        try:
            body = await request.read()
        except ConnectionError:
            return web.Response(status=400)
        told = [request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")]
        if not self.genuine(*told, body):
            return web.Response(status=401)
        return web.Response(status=await self.work(told[0], body))


class Trusting(Good):
    failing = FORGERIES

    def genuine(self, id: str, timestamp: str, signatures: str, body: bytes) -> bool:
        return True


class Timeless(Good):
    failing = frozenset({"an old event", "an event from the future"})

    def genuine(self, id: str, timestamp: str, signatures: str, body: bytes) -> bool:
        return timestamp.isdecimal() and verify([SECRET], id, timestamp, signatures, body, int(timestamp))


class Punctual(Good):
    failing = frozenset({"clocks that differ by a minute"})

    def genuine(self, id: str, timestamp: str, signatures: str, body: bytes) -> bool:
        return verify([SECRET], id, timestamp, signatures, body, time.time(), tolerance_seconds=30)


class Shortsighted(Good):
    """Looks at one signature only."""

    failing = frozenset({"two signatures: a rotation", "signatures of other kinds"})

    def genuine(self, id: str, timestamp: str, signatures: str, body: bytes) -> bool:
        return super().genuine(id, timestamp, signatures.split(" ")[0], body)


class Literal(Good):
    """Compares the header as a whole."""

    failing = frozenset({"two signatures: a rotation", "signatures of other kinds"})

    def genuine(self, id: str, timestamp: str, signatures: str, body: bytes) -> bool:
        return super().genuine(id, timestamp, signatures, body) and " " not in signatures


class Rewriting(Good):
    """Verifies what it has parsed and written again."""

    failing = frozenset({"JSON written in another way", "other alphabets"})

    def genuine(self, id: str, timestamp: str, signatures: str, body: bytes) -> bool:
        return super().genuine(id, timestamp, signatures, json.dumps(json.loads(body), separators=(",", ":")).encode())


class Signing(Good):
    """Signs the body alone, as many others do."""

    failing = frozenset({exercise.name for exercise in EXERCISES})

    def genuine(self, id: str, timestamp: str, signatures: str, body: bytes) -> bool:
        return hmac.compare_digest(signatures, sign_v1(secret_key(SECRET), "", "", body))


class Forgetful(Good):
    failing = frozenset({"the same event again", "the same event 8 times at once", "catching up after an outage", "an answer that gets lost"})

    async def work(self, id: str, body: bytes) -> int:
        self.ids.append(id)
        return 204


class Hesitating(Good):
    """Looks, works, and writes: three steps, between which others come in."""

    failing = frozenset({"the same event 8 times at once"})
    perhaps = frozenset({"an answer that gets lost"})

    async def work(self, id: str, body: bytes) -> int:
        if id not in self.ids:
            for _ in range(50):
                await asyncio.sleep(0)
            self.ids.append(id)
        return 204


class Complaining(Good):
    failing = frozenset({"the same event again", "the same event 8 times at once", "catching up after an outage", "an answer that gets lost"})

    async def work(self, id: str, body: bytes) -> int:
        known = id in self.ids
        await super().work(id, body)
        return 409 if known else 204


class Promising(Good):
    """Says yes, and writes nothing down when it has no use for the type."""

    failing = frozenset({"a type that nobody knows yet"})

    async def work(self, id: str, body: bytes) -> int:
        return await super().work(id, body) if b"parcel" not in body else 204


class Narrow(Good):
    failing = frozenset({"a type that nobody knows yet"})

    async def work(self, id: str, body: bytes) -> int:
        return await super().work(id, body) if b"parcel" not in body else 400


class Remembering(Good):
    """Notes the id before it verifies: so a forger can keep the true event away."""

    failing = FORGERIES - {"another id"} | {"a connection that breaks half-way", "catching up after an outage"}

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    async def take(self, request: web.Request) -> web.Response:
        id = request.headers.get("webhook-id", "")
        if id in self.seen:
            return web.Response(status=204)
        self.seen.add(id)
        return await super().take(request)


class Strict(Good):
    """Wants every version to be newer than the last."""

    failing = frozenset({"an older version after a newer one"})

    def __init__(self) -> None:
        super().__init__()
        self.versions: dict[str, int] = {}

    async def work(self, id: str, body: bytes) -> int:
        event = json.loads(body)
        if "order" in event["data"]:
            order = event["data"]["order"]
            if order["version"] < self.versions.get(order["id"], 0):
                return 422
            self.versions[order["id"]] = order["version"]
        return await super().work(id, body)


class Crashing(Good):
    failing = FORGERIES

    async def take(self, request: web.Request) -> web.Response:
        answer = await super().take(request)
        return web.Response(status=500) if answer.status == 401 else answer


class Busy(Good):
    failing = frozenset({"32 posts at once"})

    def __init__(self) -> None:
        super().__init__()
        self.at_once = 0

    async def work(self, id: str, body: bytes) -> int:
        self.at_once += 1
        try:
            for _ in range(50):
                await asyncio.sleep(0)
            return await super().work(id, body) if self.at_once <= 16 else 503
        finally:
            self.at_once -= 1


class Small(Good):
    failing = frozenset({"a body of 1 MB"})

    async def take(self, request: web.Request) -> web.Response:
        return await super().take(request) if (request.content_length or 0) < 100_000 else web.Response(status=413)


@asynccontextmanager
async def listening(listener: Good) -> AsyncIterator[str]:
    async def tell(request: web.Request) -> web.Response:
        return web.json_response({"ids": listener.ids})

    app = web.Application(client_max_size=8 * 2**20)
    app.add_routes([web.post("/", listener.take), web.get("/", tell)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def failed(listener: Good, told: list[str] | None = None) -> set[str]:
    async with listening(listener) as url:
        outcomes = await examine(url, SECRET, url, 15.0, (told if told is not None else []).append, patience_seconds=0.0)
    assert [outcome.exercise for outcome in outcomes] == list(EXERCISES)
    return {outcome.exercise.name for outcome in outcomes if outcome.complaint}


async def test_a_good_listener_handles_everything() -> None:
    told: list[str] = []
    assert not await failed(Good(), told)
    assert told[-1].startswith(f"All {len(EXERCISES)} handled.")
    assert "its books agree" in told[0]


@pytest.mark.parametrize("listener", Good.__subclasses__(), ids=lambda listener: listener.__name__)
async def test_a_mistake_is_caught(listener: type[Good]) -> None:
    told: list[str] = []
    found = await failed(listener(), told)
    assert listener.failing <= found <= listener.failing | listener.perhaps
    assert all(any(exercise.advice in line for line in told) for exercise in EXERCISES if exercise.name in found)


async def test_without_books_it_says_what_it_cannot_know() -> None:
    told: list[str] = []
    async with listening(Forgetful()) as url:
        outcomes = await examine(url, SECRET, None, 15.0, told.append)
    assert not any(outcome.complaint for outcome in outcomes)
    assert "only --state-url can tell" in told[-1]


async def test_who_takes_too_long_has_not_answered() -> None:
    class Slow(Good):
        async def work(self, id: str, body: bytes) -> int:
            if b"parcel" in body:
                await asyncio.Event().wait()
            return await super().work(id, body)

    told: list[str] = []
    async with listening(Slow()) as url:
        outcomes = await examine(url, SECRET, None, 1.0, told.append)
    assert [outcome.complaint for outcome in outcomes if outcome.complaint] == ["no answer within 1 s"]


async def test_nobody_there_is_told_at_once() -> None:
    with pytest.raises(Trouble, match=r"nobody answers at http://127\.0\.0\.1:1/"):
        await examine("http://127.0.0.1:1/", SECRET, None, 15.0, lambda line: None)


async def test_books_that_cannot_be_read_are_told() -> None:
    async with listening(Good()) as url:
        with pytest.raises(Trouble, match="--state-url"):
            await examine(url, SECRET, url + "nowhere", 15.0, lambda line: None)


async def test_the_command_ends_with_what_it_found() -> None:
    async with listening(Good()) as url:
        good = await asyncio.to_thread(kasir, "chaos-listen", url, "--state-url", url, WEBHOOK_SECRET=SECRET)
    async with listening(Trusting()) as url:
        bad = await asyncio.to_thread(kasir, "chaos-listen", url, "--secret", SECRET)
    assert (good.returncode, bad.returncode) == (0, 1), (good, bad)
    assert bad.stdout.count("FAIL") == len(FORGERIES)
    assert kasir("chaos-listen", "http://127.0.0.1:1/", "--secret", "whsec_short").returncode == 2
