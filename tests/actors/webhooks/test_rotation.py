"""Rotating secrets while events go out: at no moment does a listener have the wrong one."""

from __future__ import annotations

from typing import Any

import pytest

from actors.runtime.client import Refused
from actors.webhooks import signing
from actors.webhooks.contract import (
    GET_ENDPOINT,
    ROTATE_SECRET,
    SEND_TEST,
    UPDATE_ENDPOINT,
    Delivery,
    Endpoint,
    EndpointChanges,
    GetEndpoint,
    NewSecret,
    RotateSecret,
    SendTest,
    UpdateEndpoint,
)
from actors.webhooks.rotating import SECRETS_MAX
from tests.actors.webhooks.listener import Arrived, Listener, listen, register
from tests.actors.webhooks.test_endpoints import number_of
from tests.support import House, eventually, some_id

URL = "https://8.8.8.8/kasir"
HOUR = 3600


async def rotate(house: House, endpoint: Endpoint, **given: Any) -> NewSecret:
    return await house.call(ROTATE_SECRET, RotateSecret(id=endpoint.id, **given))


async def now(house: House, endpoint: Endpoint) -> Endpoint:
    return await house.call(GET_ENDPOINT, GetEndpoint(id=endpoint.id))


async def hear(house: House, listener: Listener, endpoint: Endpoint) -> Arrived:
    """A test event, as it arrives."""
    sent: Delivery = await house.call(SEND_TEST, SendTest(endpoint_id=endpoint.id))
    return await eventually(lambda: next((one for one in listener.arrived if one.id == str(sent.id)), None))


def verifies(arrived: Arrived, trusted: str) -> bool:
    header = arrived.headers["webhook-signature"]
    return signing.verify([trusted], arrived.id, arrived.timestamp, header, arrived.body, now=int(arrived.timestamp))


async def test_both_sign_until_the_old_one_ends(house: House) -> None:
    async with listen() as listener:
        made = await register(house, listener.url, signatures=["v1", "v1a"])
        [old_key] = made.public_keys
        before = await hear(house, listener, made)
        new = await rotate(house, made, overlap_seconds=HOUR)
        assert new.secret != made.secret
        assert new.public_key not in (None, old_key.key)
        during = await hear(house, listener, made)
        assert len(before.headers["webhook-signature"].split(" ")) == 2
        assert len(during.headers["webhook-signature"].split(" ")) == 4
        for trusted in (made.secret, new.secret, old_key.key, str(new.public_key)):
            assert verifies(during, trusted)
        during.verify(made.secret)
        during.verify(new.secret)
        shown = await now(house, made)
        assert [(key.key, key.ends_at) for key in shown.public_keys] == [(new.public_key, None), (old_key.key, new.old_ends_at)]
        assert (shown.old_secret_ends_at, shown.version) == (new.old_ends_at, 2)


async def test_without_overlap_the_old_one_has_ended(house: House) -> None:
    async with listen() as listener:
        made = await register(house, listener.url)
        await rotate(house, made, overlap_seconds=HOUR)
        new = await rotate(house, made, overlap_seconds=0)
        arrived = await hear(house, listener, made)
        assert arrived.headers["webhook-signature"].count(",") == 1
        assert verifies(arrived, new.secret)
        assert not verifies(arrived, made.secret)
        assert (await now(house, made)).old_secret_ends_at is None


async def test_the_old_one_ends_by_itself_and_is_forgotten_with_the_next_change(house: House) -> None:
    async with listen() as listener:
        made = await register(house, listener.url)
        number = await number_of(house, made.id)
        await rotate(house, made, overlap_seconds=1)

        async def only_the_new_one_signs() -> bool:
            arrived = await hear(house, listener, made)
            return arrived.headers["webhook-signature"].count(",") == 1

        await eventually(only_the_new_one_signs)
        shown = await now(house, made)
        assert shown.old_secret_ends_at is None
        changes = EndpointChanges(description="books")
        await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=made.id, if_version=shown.version, changes=changes))
        assert len(await house.fetch("SELECT FROM webhooks.secrets WHERE endpoint = $1", number)) == 1


async def test_ed25519_can_be_wished_for_later_and_alone(house: House) -> None:
    async with listen() as listener:
        made = await register(house, listener.url)
        changes = EndpointChanges(signatures=["v1a"])
        changed = await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=made.id, if_version=1, changes=changes))
        [key] = changed.public_keys
        arrived = await hear(house, listener, made)
        assert arrived.headers["webhook-signature"].startswith("v1a,")
        assert verifies(arrived, key.key)
        back = EndpointChanges(signatures=["v1"])
        changed = await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=made.id, if_version=2, changes=back))
        assert changed.public_keys == []


async def test_the_owner_may_bring_a_secret(house: House) -> None:
    made = await register(house, URL)
    mine = signing.new_secret(b"my own secret, chosen by myself.")
    assert (await rotate(house, made, secret=mine)).secret == mine
    with pytest.raises(Refused) as no:
        await rotate(house, made, secret="whsec_" + "A" * 33)
    assert [error.pointer for error in no.value.refusal.errors] == ["/secret"]


async def test_a_secret_that_it_has_already_is_no_new_one(house: House) -> None:
    """Neither the one that signs, nor one that is about to end. One that has ended may come again."""
    made = await register(house, URL)
    new = await rotate(house, made, overlap_seconds=HOUR)
    for known in (made.secret, new.secret):
        with pytest.raises(Refused) as no:
            await rotate(house, made, secret=known)
        assert [error.pointer for error in no.value.refusal.errors] == ["/secret"]
    assert (await now(house, made)).version == 2
    await rotate(house, made, overlap_seconds=0)
    assert (await rotate(house, made, secret=made.secret)).secret == made.secret


async def test_the_same_key_gets_the_same_secret_again(house: House) -> None:
    made, key = await register(house, URL), str(some_id())
    ask = RotateSecret(id=made.id)
    assert await house.call(ROTATE_SECRET, ask, key=key) == await house.call(ROTATE_SECRET, ask, key=key)
    assert (await now(house, made)).version == 2


async def test_only_so_many_secrets_sign_at_once(house: House) -> None:
    made = await register(house, URL)
    for _ in range(SECRETS_MAX - 1):
        await rotate(house, made, overlap_seconds=HOUR)
    with pytest.raises(Refused) as no:
        await rotate(house, made, overlap_seconds=HOUR)
    assert [error.pointer for error in no.value.refusal.errors] == ["/overlap_seconds"]
    await rotate(house, made, overlap_seconds=0)
    assert (await now(house, made)).old_secret_ends_at is None


async def test_new_secrets_are_nowhere_to_read(house: House) -> None:
    made = await register(house, URL, signatures=["v1", "v1a"])
    new = await rotate(house, made)
    rows = await house.fetch("SELECT s::text AS text FROM webhooks.secrets AS s WHERE endpoint = $1", await number_of(house, made.id))
    logged = await house.fetch("SELECT encode(body, 'escape') AS text FROM webhooks.log WHERE key = $1", str(made.id))
    kept = await house.fetch("SELECT k::text AS text FROM webhooks.idempotency_keys AS k")
    text = "".join(row["text"] for row in [*rows, *logged, *kept])
    assert str(new.public_key) in text
    for secret in (made.secret, new.secret, "whsk_"):
        assert secret not in text
        assert secret.removeprefix("whsec_").encode().hex() not in text
