"""`kasir verify`: a listener's records against a running Kasir. What is the same is proven, and what is not is named."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from actors.orders.contract import PLACE_ORDER, LineInput, PlaceOrder, TenderInput
from actors.stores.contract import CREATE_STORE, CreateStore
from actors.webhooks.contract import (
    CREATE_ENDPOINT,
    GET_DIGEST,
    PULL_EVENTS,
    CreateEndpoint,
    Digest,
    GetDigest,
    NewEndpoint,
    PulledEvent,
    PullEvents,
)
from actors.webhooks.digests import leaf
from deploy import verifying
from deploy.records import Record
from deploy.verifying import Digests, compare, gaps, runs
from tests.actors.webhooks.feeds import Listening, add_endpoint, add_events, feed, open_quiet_house
from tests.deploy.support import kasir
from tests.serving import Served, served
from tests.support import House, Servers, eventually, rupiah, unique

EVENTS = 12


@pytest_asyncio.fixture(scope="module")
async def shop(house: House) -> AsyncIterator[Served]:
    async with served(house) as here:
        yield here


@pytest_asyncio.fixture(scope="module")
async def sold(house: House) -> tuple[NewEndpoint, list[PulledEvent]]:
    """An endpoint whose feed has two orders and ten new stores, and what a listener has pulled of it."""
    _, register = await house.open_store()
    sku = (await house.add_product(price=1_000_000)).variants[0].sku
    endpoint = await house.call(CREATE_ENDPOINT, CreateEndpoint(event_types=["order.created", "store.created"]))
    for _ in range(2):
        tenders = [TenderInput(type="cash", amount=rupiah(10_000))]
        await house.call(PLACE_ORDER, PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], tenders=tenders))
    for _ in range(EVENTS - 2):
        await house.call(CREATE_STORE, CreateStore(name=f"Toko {unique()}", currency="IDR", time_zone="Asia/Jakarta"))

    async def whole() -> list[PulledEvent] | None:
        items = (await house.call(PULL_EVENTS, PullEvents(id=endpoint.id))).items
        return items if len(items) == EVENTS else None

    return endpoint, await eventually(whole)


def kept(path: Path, events: list[PulledEvent]) -> Path:
    path.write_text("".join(json.dumps({"seq": one.seq, "id": str(one.id), "body": one.body}) + "\n" for one in events), encoding="utf-8")
    return path


async def verify(shop: Served, endpoint: NewEndpoint, path: Path, *args: str, secret: str = "") -> subprocess.CompletedProcess[str]:
    env = {**shop.account, "WEBHOOK_SECRET": secret}
    return await asyncio.to_thread(kasir, "verify", str(path), "--endpoint", str(endpoint.id), *args, **env)


async def test_what_is_whole_is_proven(shop: Served, sold: Any, tmp_path: Path) -> None:
    endpoint, events = sold
    done = await verify(shop, endpoint, kept(tmp_path / "events.jsonl", [*events, events[3]]), secret=endpoint.secret)
    assert (0, "") == (done.returncode, done.stderr)
    assert [
        "Seq 1 to 12: your 12 events are those that Kasir has sent, byte for byte.",
        "  order.created: 2, IDR 2000000 in minor units",
        "  store.created: 10",
    ] == done.stdout.splitlines()


async def test_the_file_of_the_example_receiver_can_be_read(shop: Served, sold: Any, tmp_path: Path) -> None:
    endpoint, events = sold
    path = tmp_path / "books.db"
    with sqlite3.connect(path) as books:
        books.execute("CREATE TABLE events (seq INTEGER, id TEXT PRIMARY KEY, type TEXT NOT NULL, body BLOB NOT NULL)")
        books.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", [(one.seq, str(one.id), one.type, one.body.encode()) for one in events])
    books.close()
    assert 0 == (await verify(shop, endpoint, path)).returncode


async def test_what_is_missing_different_or_too_much_is_named(shop: Served, sold: Any, tmp_path: Path) -> None:
    endpoint, events = sold
    wrong = [one for one in events if one.seq not in (4, 5, 9)]
    lines = [
        *({"seq": one.seq, "id": str(one.id), "body": one.body + " " if one.seq == 12 else one.body} for one in wrong),
        {"seq": 13, "id": "made-up", "body": "{}"},
    ]
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    done = await verify(shop, endpoint, path)
    assert (1, "") == (done.returncode, done.stderr)
    assert [
        "Seq 1 to 12: 8 of 12 events are those that Kasir has sent.",
        "missing from your records: 4 to 5 (2)",
        "missing from your records: 9",
        "not from Kasir, or not any more: 13",
        f"different from what was sent: 12 ({events[11].type})",
    ] == [line for line in done.stdout.splitlines() if not line.startswith("  ")]


async def test_what_is_kept_twice_must_be_the_same(shop: Served, sold: Any, tmp_path: Path) -> None:
    endpoint, events = sold
    path = kept(tmp_path / "events.jsonl", events)
    path.write_text(json.dumps({"seq": 2, "id": "made-up", "body": "{}"}) + "\n" + path.read_text("utf-8"), encoding="utf-8")
    done = await verify(shop, endpoint, path)
    assert (1, True) == (done.returncode, "kept twice, with different contents: 2" in done.stdout)


async def test_a_stretch_by_seq_or_by_time_can_be_compared_alone(shop: Served, sold: Any, tmp_path: Path) -> None:
    endpoint, events = sold
    path = kept(tmp_path / "events.jsonl", events[3:8])
    assert 1 == (await verify(shop, endpoint, path)).returncode
    done = await verify(shop, endpoint, path, "--first-seq", "4", "--last-seq", "8")
    assert (0, True) == (done.returncode, done.stdout.startswith("Seq 4 to 8: your 5 events"))
    done = await verify(shop, endpoint, path, "--until", "2020-01-01")
    assert (0, True) == (done.returncode, "nothing to compare" in done.stdout)
    done = await verify(shop, endpoint, kept(path, events), "--from", "2020-01-01T00:00:00Z", "--until", "2120-01-01T00:00:00Z")
    assert (0, True) == (done.returncode, done.stdout.startswith("Seq 1 to 12: your 12 events"))


async def test_a_digest_that_is_not_signed_for_the_listener_proves_nothing(shop: Served, sold: Any, tmp_path: Path) -> None:
    endpoint, events = sold
    done = await verify(shop, endpoint, kept(tmp_path / "events.jsonl", events), secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert (1, "", True) == (done.returncode, done.stdout, "not signed with WEBHOOK_SECRET" in done.stderr)


@pytest.mark.parametrize("secret", ["whsec_abc", "bad", "whpk_AAAA", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS\u00e9"])
async def test_a_secret_that_is_none_is_told_in_a_line(shop: Served, sold: Any, tmp_path: Path, secret: str) -> None:
    endpoint, events = sold
    done = await verify(shop, endpoint, kept(tmp_path / "events.jsonl", events), secret=secret)
    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("kasir: WEBHOOK_SECRET cannot be used: ")
    assert 1 == done.stderr.count("\n")


@pytest.mark.parametrize(("content", "said"), [("nonsense\n", "line 1"), ('{"seq": 1}\n', "line 1"), ("SQLite format 3\x00", "table `events`")])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "events"
    path.write_text(content, encoding="utf-8")
    done = kasir("verify", str(path), "--endpoint", "01890a5d-ac96-774b-bcce-b302099a8057", "--api-key", "k")
    assert (1, True) == (done.returncode, said in done.stderr), done


# --- many -------------------------------------------------------------------------------------------------------


class Counted(Digests):
    """Digests of a real feed, without HTTP; `asked` counts them."""

    def __init__(self, house: House, endpoint: Listening) -> None:
        self._house, self._endpoint, self.asked = house, endpoint, 0

    async def ask(self, **given: Any) -> Digest:
        self.asked += 1
        return (await self._house.call(GET_DIGEST, GetDigest(id=self._endpoint.id, **given))).digest


async def test_one_wrong_event_among_thousands_is_found_with_a_few_digests(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_quiet_house(servers) as house:
        endpoint = await add_endpoint(house, url=None)
        events = await add_events(house, 5_000)
        await feed(house, endpoint, events, done="p")
        records = {seq: Record(leaf(one.id, one.body), one.type, None, 0) for seq, one in enumerate(events, 1)}
        for wrong in (3_000, 4_711):
            records[wrong] = Record(leaf("made-up", b"{}"), "", None, 0)
        digests = Counted(house, endpoint)
        found = await compare(digests, records, (1, 5_000), 5_000)
        assert ([(3_000, "order.created"), (4_711, "order.created")], 4_998) == (found.different, found.equal)
        assert digests.asked <= 2 + 4 * 13
        del records[17]
        assert [(17, 17)] == (await compare(digests, records, (1, 5_000), 5_000)).missing
        monkeypatch.setattr(verifying, "AT_ONCE", 700)
        assert (2, 4_997) == (len((found := await compare(digests, records, (1, 5_000), 5_000)).different), found.equal)
        monkeypatch.setattr(verifying, "DIFFERENT_MAX", 1)
        assert (1, True) == (len((found := await compare(digests, records, (1, 5_000), 5_000)).different), found.looked_no_further)


def test_runs_and_gaps_are_the_two_sides_of_one_thing() -> None:
    assert [(2, 4), (6, 6), (9, 10)] == runs([2, 3, 4, 6, 9, 10])
    assert [(1, 1), (5, 5), (7, 8), (11, 12)] == gaps([2, 3, 4, 6, 9, 10], (1, 12))
    assert ([], [(1, 5)], []) == (runs([]), gaps([], (1, 5)), gaps([], (1, 0)))
