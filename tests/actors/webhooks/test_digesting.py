"""Digests: each hour and each day of a feed, and whatever stretch somebody asks for. Time is what the test says it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from standardwebhooks import Webhook

from actors.runtime.client import Refused
from actors.webhooks import proving
from actors.webhooks.contract import GET_DIGEST, GET_HEALTH, Digest, GetDigest, GetHealth, Sum, TypeSum
from actors.webhooks.digesting import make_due
from actors.webhooks.digests import leaf, rolling
from tests.actors.webhooks.feeds import SECRET, START, Listening, Sorted, add_endpoint, add_events, feed, member_of, open_quiet_house
from tests.actors.webhooks.listener import listen, register
from tests.actors.webhooks.watching import SMALL, open_stores
from tests.support import House, Servers, eventually, some_id

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

FEED = """
SELECT s.id, s.type, log.body
FROM webhooks.deliveries AS d JOIN webhooks.sorted AS s ON s.position = d.event JOIN webhooks.log AS log ON log.id = s.id
WHERE d.endpoint = $1 ORDER BY d.seq
"""


@pytest_asyncio.fixture
async def quiet(servers: Servers) -> AsyncIterator[House]:
    async with open_quiet_house(servers) as house:
        yield house


async def at(house: House, now: datetime) -> int:
    """Everything that is due at that moment."""
    made = 0
    while True:
        async with member_of(house).transaction() as work:
            more = await make_due(work, now)
        if not more:
            return made
        made += more


async def made_at(house: House, endpoint: Listening, then: datetime) -> None:
    """What was made has the time of now, and gets that of the test."""
    await house.fetch("UPDATE webhooks.deliveries SET at = $2 WHERE endpoint = $1 AND at > $3", endpoint.number, then, START + 900 * HOUR)


async def told(house: House, endpoint: Listening, window: str) -> list[Digest]:
    """The digests in the endpoint's feed."""
    rows = await house.fetch(FEED, endpoint.number)
    digests = [msgspec.convert(msgspec.json.decode(row["body"])["data"], Digest) for row in rows if row["type"] == "webhook.digest"]
    return [one for one in digests if one.window == window]


async def in_feed(house: House, endpoint: Listening) -> list[tuple[str, bytes]]:
    """Id and body of everything in the feed, as a listener keeps them."""
    rows = await house.fetch(FEED, endpoint.number)
    return [(str(row["id"]), row["body"]) for row in rows]


def hashed(events: list[Sorted]) -> str:
    return rolling(leaf(one.id, one.body) for one in events)


# --- by the hour and by the day -----------------------------------------------------------------------------


async def test_an_endpoint_whose_digest_cannot_be_made_keeps_none_of_the_others_waiting(quiet: House) -> None:
    """By a time zone that is none any more, for example; it gets its own once that is mended."""
    broken, well = await add_endpoint(quiet), await add_endpoint(quiet)
    events = await add_events(quiet, 3)
    for endpoint in (broken, well):
        await feed(quiet, endpoint, events)
    change = "UPDATE webhooks.endpoints SET time_zone = $2 WHERE number = $1"
    await quiet.fetch(change, broken.number, "Asia/Nowhere")
    assert await at(quiet, START + HOUR + MINUTE) == 1
    assert [len(await told(quiet, endpoint, "hour")) for endpoint in (broken, well)] == [0, 1]

    await quiet.fetch(change, broken.number, "UTC")
    await at(quiet, START + HOUR + MINUTE)
    assert [one.count for one in await told(quiet, broken, "hour")] == [3]


async def test_a_digest_that_can_never_be_made_is_given_up_once(quiet: House, caplog: pytest.LogCaptureFixture) -> None:
    """Its events are gone: older than what is kept. The next one begins after it."""
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 3))
    await quiet.fetch("DELETE FROM webhooks.deliveries WHERE endpoint = $1 AND seq < 3 RETURNING 1", endpoint.number)
    assert 1 == await at(quiet, START + HOUR + MINUTE)
    assert 0 == await at(quiet, START + HOUR + 2 * MINUTE)
    assert [] == await told(quiet, endpoint, "hour")
    unproven = (await quiet.call(GET_HEALTH, GetHealth(id=endpoint.id))).unproven
    assert unproven is not None
    assert ("hour", START, START + HOUR, 1, 3) == (unproven.window, unproven.from_time, unproven.until, unproven.first_seq, unproven.last_seq)
    assert "removed" in unproven.reason

    await feed(quiet, endpoint, await add_events(quiet, 2, at=START + HOUR + MINUTE))
    await at(quiet, START + 2 * HOUR + MINUTE)
    [after] = await told(quiet, endpoint, "hour")
    assert (START + HOUR, 4, 5) == (after.from_time, after.first_seq, after.last_seq)
    assert (1, 0) == (caplog.text.count("webhook digest cannot be made"), caplog.text.count("webhook digest not made"))


async def test_an_hour_is_told_of_once_it_has_ended(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    events = await add_events(quiet, 3, amount=500, currency="IDR") + await add_events(quiet, type="store.created", at=START + 59 * MINUTE)
    await feed(quiet, endpoint, events)
    later = await add_events(quiet, at=START + HOUR)
    await feed(quiet, endpoint, later)
    assert 0 == await at(quiet, START + HOUR)
    await at(quiet, START + HOUR + MINUTE)
    await at(quiet, START + HOUR + 2 * MINUTE)
    assert [
        Digest(
            endpoint_id=endpoint.id, window="hour", from_time=START, until=START + HOUR, first_seq=1, last_seq=4, count=4, hash=hashed(events),
            types=[
                TypeSum(type="order.created", count=3, amounts=[Sum(currency="IDR", amount=1500)]),
                TypeSum(type="store.created", count=1, amounts=[]),
            ],
        )
    ] == await told(quiet, endpoint, "hour")


async def test_hours_follow_each_other_without_a_hole_and_quiet_ones_are_left_out(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    for hour in (0, 1, 4):
        await feed(quiet, endpoint, await add_events(quiet, 2, at=START + hour * HOUR + MINUTE))
    await at(quiet, START + 4 * HOUR + 10 * MINUTE)
    [first, second] = await told(quiet, endpoint, "hour")
    assert [(1, 2), (3, 4)] == [(one.first_seq, one.last_seq) for one in (first, second)]
    await at(quiet, START + 5 * HOUR + MINUTE)
    [_, _, third] = await told(quiet, endpoint, "hour")
    assert [START, START + HOUR, START + 2 * HOUR, START + 5 * HOUR] == [first.from_time, second.from_time, third.from_time, third.until]
    assert first.last_seq + 1 == second.first_seq
    assert second.last_seq + 1 == third.first_seq


async def test_hours_in_which_only_digests_came_are_left_out(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet))
    for hour in range(1, 6):
        await at(quiet, START + hour * HOUR + MINUTE)
        await made_at(quiet, endpoint, START + hour * HOUR)
    assert 1 == len(await told(quiet, endpoint, "hour"))


async def test_every_day_is_told_of_in_the_place_s_own_time_quiet_ones_too(quiet: House) -> None:
    endpoint = await add_endpoint(quiet, time_zone="Asia/Jakarta")
    await feed(quiet, endpoint, await add_events(quiet, 2))
    midnight = START.replace(hour=17)
    await at(quiet, midnight + 2 * timedelta(days=1) + MINUTE)
    days = await told(quiet, endpoint, "day")
    assert [(START, midnight), (midnight, midnight + timedelta(days=1)), (midnight + timedelta(days=1), midnight + timedelta(days=2))] == [
        (one.from_time, one.until) for one in days
    ]
    assert [(1, 2, 2), (3, 2, 0)] == [(one.first_seq, one.last_seq, one.count) for one in days[:2]]


async def test_a_day_begins_when_the_store_s_does(quiet: House) -> None:
    """21:00 UTC is four in the morning there: what is sold after midnight belongs to the day before, as in the Z report."""
    endpoint = await add_endpoint(quiet, time_zone="Asia/Jakarta", day_starts_at="04:00")
    four = START.replace(hour=21)
    await feed(quiet, endpoint, await add_events(quiet, 2, at=four - HOUR) + await add_events(quiet, at=four))
    await at(quiet, four + 25 * HOUR)
    days = await told(quiet, endpoint, "day")
    assert [(START, four, 2), (four, four + 24 * HOUR, 1)] == [(one.from_time, one.until, one.count) for one in days]


async def test_the_first_day_is_told_of_when_it_ends_however_short_it_was(quiet: House) -> None:
    endpoint = await add_endpoint(quiet, day_starts_at=f"{START:%H}:30")
    await at(quiet, START + 31 * MINUTE)
    assert [(START, START + 30 * MINUTE)] == [(one.from_time, one.until) for one in await told(quiet, endpoint, "day")]


async def test_digests_are_proven_by_the_next_ones(quiet: House) -> None:
    """Whoever keeps everything can recompute each digest, and all of them together cover everything once."""
    endpoint = await add_endpoint(quiet)
    for hour in range(30):
        await feed(quiet, endpoint, await add_events(quiet, 3, at=START + hour * HOUR + MINUTE))
        await at(quiet, START + (hour + 1) * HOUR + MINUTE)
        await made_at(quiet, endpoint, START + (hour + 1) * HOUR)
    kept = await in_feed(quiet, endpoint)
    for window in ("hour", "day"):
        digests = await told(quiet, endpoint, window)
        assert digests
        expected = 1
        for one in digests:
            assert expected == one.first_seq
            assert rolling(leaf(*event) for event in kept[one.first_seq - 1 : one.last_seq]) == one.hash
            assert one.count == one.last_seq - one.first_seq + 1 == sum(kind.count for kind in one.types)
            expected = one.last_seq + 1


async def test_a_digest_is_made_once_however_many_members_there_are(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet))
    now = START + HOUR + MINUTE
    async with member_of(quiet).transaction() as one, member_of(quiet).transaction() as other:
        assert [1, 0] == [await make_due(one, now), await make_due(other, now)]
    async with member_of(quiet).transaction() as work:
        assert 0 == await make_due(work, now)
    assert 1 == len(await told(quiet, endpoint, "hour"))


async def test_what_was_not_committed_is_made_again(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet))

    async def crash() -> None:
        async with member_of(quiet).transaction() as work:
            await make_due(work, START + HOUR + MINUTE)
            raise RuntimeError("crash")

    with pytest.raises(RuntimeError, match="crash"):
        await crash()
    assert [] == await told(quiet, endpoint, "hour")
    await at(quiet, START + HOUR + MINUTE)
    assert 1 == len(await told(quiet, endpoint, "hour"))


async def test_paused_endpoints_have_digests_and_removed_ones_have_none(quiet: House) -> None:
    paused, removed = await add_endpoint(quiet, status="paused"), await add_endpoint(quiet, deleted_at=START)
    for endpoint in (paused, removed):
        await feed(quiet, endpoint, await add_events(quiet))
    await at(quiet, START + HOUR + MINUTE)
    assert [1, 0] == [len(await told(quiet, endpoint, "hour")) for endpoint in (paused, removed)]


# --- asked for ----------------------------------------------------------------------------------------------


async def ask(house: House, endpoint: Listening, **given: Any) -> Digest:
    return (await house.call(GET_DIGEST, GetDigest(id=endpoint.id, **given))).digest


async def test_any_stretch_can_be_asked_for_by_seq_or_by_time(quiet: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "PORTION", 3)
    endpoint = await add_endpoint(quiet)
    events = await add_events(quiet, 20, every=MINUTE)
    await feed(quiet, endpoint, events, done="p")
    for given, first, last in (
        ({}, 1, 20),
        ({"first_seq": 5, "last_seq": 9}, 5, 9),
        ({"first_seq": 5, "last_seq": 900}, 5, 20),
        ({"from_time": START + 4 * MINUTE, "until": START + 9 * MINUTE}, 5, 9),
        ({"from_time": START + 3 * MINUTE + timedelta(seconds=1)}, 5, 20),
        ({"until": START}, 1, 0),
        ({"from_time": START + HOUR}, 21, 20),
        ({"first_seq": 7, "until": START + 9 * MINUTE}, 7, 9),
    ):
        digest = await ask(quiet, endpoint, **given)
        assert (first, last, last - first + 1) == (digest.first_seq, digest.last_seq, digest.count)
        assert hashed(events[first - 1 : last]) == digest.hash


async def test_the_answer_is_signed_as_an_event_is(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 2))
    signed = await quiet.call(GET_DIGEST, GetDigest(id=endpoint.id))
    headers = {"webhook-id": signed.id, "webhook-timestamp": str(signed.timestamp), "webhook-signature": signed.signature}
    assert msgspec.to_builtins(signed.digest) == Webhook(SECRET).verify(signed.body, headers)


async def test_times_that_are_a_little_out_of_order_divide_a_feed_in_one_place(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    border = START + 30 * MINUTE
    for seconds in (-30, -10, -1, 0, -5, 20, -3, 40):
        await feed(quiet, endpoint, await add_events(quiet, at=border + timedelta(seconds=seconds)))
    assert [3, 5] == [(await ask(quiet, endpoint, until=border)).count, (await ask(quiet, endpoint, from_time=border)).count]


async def test_what_is_no_longer_kept_cannot_be_proven(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 10, every=MINUTE))
    await quiet.fetch("DELETE FROM webhooks.deliveries WHERE endpoint = $1 AND seq <= 4", endpoint.number)
    await quiet.fetch("UPDATE webhooks.feeds SET first_seq = 5 WHERE endpoint = $1", endpoint.number)
    assert [6, 6, 5] == [
        (await ask(quiet, endpoint)).count, (await ask(quiet, endpoint, first_seq=5)).count,
        (await ask(quiet, endpoint, from_time=START + 5 * MINUTE)).count,
    ]
    for given in ({"first_seq": 4}, {"from_time": START}):
        with pytest.raises(Refused, match=r"webhooks\.gone"):
            await ask(quiet, endpoint, **given)
    with pytest.raises(Refused, match=r"webhooks\.not_found"):
        await quiet.call(GET_DIGEST, GetDigest(id=some_id()))


async def test_the_ends_of_the_calendar_are_refused(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 3))
    for given in ({"from_time": datetime.min.replace(tzinfo=UTC)}, {"until": datetime.max.replace(tzinfo=UTC)}):
        with pytest.raises(Refused, match=r"webhooks\.invalid"):
            await ask(quiet, endpoint, **given)


async def test_a_stretch_that_ends_before_it_begins_is_refused_and_an_empty_one_is_not(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 6))
    with pytest.raises(Refused) as refused:
        await ask(quiet, endpoint, first_seq=5, last_seq=1)
    assert [error.pointer for error in refused.value.refusal.errors] == ["/last_seq"]
    assert [(await ask(quiet, endpoint, first_seq=5, last_seq=last)).count for last in (4, 5)] == [0, 1]
    assert (await ask(quiet, endpoint, first_seq=5, last_seq=0, from_time=START)).first_seq == 5


async def test_too_much_at_once_is_refused_with_what_to_do(quiet: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "ASKED_MAX", 5)
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 6))
    with pytest.raises(Refused, match=r"webhooks\.invalid"):
        await ask(quiet, endpoint)
    assert 5 == (await ask(quiet, endpoint, last_seq=5)).count


# --- over real HTTP -----------------------------------------------------------------------------------------


async def test_a_listener_gets_the_digest_of_what_it_has_got(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_stores(house, 5)
        await eventually(lambda: len(listener.arrived) == 5)
        # As if it had been an hour ago.
        await house.fetch("UPDATE webhooks.deliveries SET at = at - interval '1 hour'")
        await house.fetch("UPDATE webhooks.feeds SET hour_from = hour_from - interval '2 hours', hour_until = hour_until - interval '2 hours'")
        await eventually(lambda: len(listener.arrived) == 6)
        *events, last = sorted(listener.arrived, key=lambda one: int(one.headers["webhook-seq"]))
        told = last.verify(endpoint.secret)
        digest = msgspec.convert(told["data"], Digest)
        assert ("webhook.digest", "hour", 1, 5, 5) == (told["type"], digest.window, digest.first_seq, digest.last_seq, digest.count)
        assert rolling(leaf(one.id, one.body) for one in events) == digest.hash
        assert rolling(leaf(one.id, one.body) for one in (*events, last)) == (await ask(house, Listening(endpoint.id, 0))).hash
