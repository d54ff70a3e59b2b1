"""API keys as others meet them: over NATS, on Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import pytest

from actors.runtime.client import Refused
from actors.runtime.words import FeedAfter, Refusal
from actors.staff.contract import (
    CREATE_API_KEY,
    ENSURE_OWNER,
    KEY_CHANGES,
    LIST_API_KEYS,
    REVOKE_API_KEY,
    ApiKey,
    CreateApiKey,
    EnsureOwner,
    KeyChange,
    ListApiKeys,
    NewApiKey,
    Owner,
    RevokeApiKey,
    Scope,
)
from tests.support import House, some_id, unique

FreshHouse = Callable[..., Awaitable[House]]


async def make(house: House, *scopes: Scope, **context: Any) -> NewApiKey:
    return await house.call(CREATE_API_KEY, CreateApiKey(name=f"Key {unique()}", scopes=list(scopes)), **context)


async def no(asked: Awaitable[Any]) -> Refusal:
    with pytest.raises(Refused) as caught:
        await asked
    return caught.value.refusal


async def all_changes(house: House, limit: int = 500) -> list[KeyChange]:
    seen: list[KeyChange] = []
    after = 0
    while True:
        page = await house.call(KEY_CHANGES, FeedAfter(after=after, limit=limit))
        seen += page.items
        after = page.position
        if not page.more:
            return seen


async def test_a_key_is_shown_once_and_stored_as_a_hash(house: House) -> None:
    made = await make(house, "orders:write", "orders:read", "orders:write")
    assert made.key.startswith(f"{made.prefix}_")
    assert ["orders:write", "orders:read"] == made.scopes
    assert [] == await house.fetch("SELECT * FROM staff.keys AS k WHERE k::text LIKE '%' || $1 || '%'", made.key)
    rows = await house.fetch("SELECT hash FROM staff.keys WHERE id = $1", made.id)
    assert [sha256(made.key.encode()).hexdigest()] == [row["hash"] for row in rows]


async def test_the_secret_is_neither_in_the_log_nor_readable_in_what_a_key_remembers(house: House) -> None:
    made = await make(house, "orders:read", key=(idempotency_key := unique()))
    secret = made.key.encode()
    bodies = await house.fetch("SELECT body FROM staff.log WHERE key = $1", str(made.id))
    outcomes = await house.fetch("SELECT outcome FROM staff.idempotency_keys WHERE key = $1", idempotency_key)
    assert (1, 1) == (len(bodies), len(outcomes))
    assert all(secret not in row[0] for row in (*bodies, *outcomes))


async def test_the_same_request_again_shows_the_same_key(house: House) -> None:
    asked = CreateApiKey(name="Till", scopes=["orders:write"])
    key = unique()
    assert await house.call(CREATE_API_KEY, asked, key=key) == await house.call(CREATE_API_KEY, asked, key=key)


async def test_nobody_gives_away_more_than_they_have(house: House) -> None:
    manager = await make(house, "staff:write", "orders:write")
    await make(house, "orders:read", "staff:read", by=str(manager.id))
    refusal = await no(make(house, "orders:read", "*", by=str(manager.id)))
    assert ("staff.forbidden", ["/scopes/1"]) == (refusal.code, [error.pointer for error in refusal.errors])
    await house.call(REVOKE_API_KEY, RevokeApiKey(id=manager.id))
    assert "staff.forbidden" == (await no(make(house, "orders:read", by=str(manager.id)))).code
    assert "staff.forbidden" == (await no(make(house, "orders:read", by="somebody"))).code


async def test_nobody_takes_a_key_that_may_do_more_than_they_may(house: House) -> None:
    manager, owner, till = await make(house, "staff:write", "orders:write"), await make(house, "*"), await make(house, "orders:read")
    refusal = await no(house.call(REVOKE_API_KEY, RevokeApiKey(id=owner.id), by=str(manager.id)))
    assert "staff.forbidden" == refusal.code
    assert (await house.call(REVOKE_API_KEY, RevokeApiKey(id=till.id), by=str(manager.id))).revoked_at is not None


async def test_a_revoked_key_is_told_once_and_in_the_feed(house: House) -> None:
    made = await make(house, "orders:read")
    revoked = await house.call(REVOKE_API_KEY, RevokeApiKey(id=made.id))
    assert (2, True) == (revoked.version, revoked.revoked_at is not None)
    assert revoked == await house.call(REVOKE_API_KEY, RevokeApiKey(id=made.id))
    told = await house.fetch("SELECT name FROM staff.log WHERE key = $1 ORDER BY position", str(made.id))
    assert ["api_key.created", "api_key.revoked"] == [row["name"] for row in told]
    change = KeyChange(id=made.id, prefix=made.prefix, hash=sha256(made.key.encode()).hexdigest(), scopes=["orders:read"], revoked=True)
    assert [change] == [each for each in await all_changes(house, limit=3) if each.id == made.id]


async def test_revoking_what_is_not_there(house: House) -> None:
    revoked = RevokeApiKey(id=some_id())
    assert "staff.not_found" == (await no(house.call(REVOKE_API_KEY, revoked))).code


async def test_keys_are_listed_oldest_first_and_found_by_how_they_begin(house: House) -> None:
    made = [await make(house, "orders:read") for _ in range(3)]
    listed: list[ApiKey] = []
    cursor = None
    while True:
        page = await house.call(LIST_API_KEYS, ListApiKeys(limit=2, cursor=cursor))
        listed += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    ids = {key.id for key in made}
    assert [key.id for key in made] == [key.id for key in listed if key.id in ids]
    for beginning in (made[0].prefix, made[0].prefix[6:]):
        assert [made[0].id] == [key.id for key in (await house.call(LIST_API_KEYS, ListApiKeys(prefix=beginning))).items]
    refusal = await no(house.call(LIST_API_KEYS, ListApiKeys(cursor="nonsense")))
    assert ("staff.invalid", ["?cursor"]) == (refusal.code, [error.pointer for error in refusal.errors])


async def test_members_that_start_at_once_make_one_owner(fresh_house: FreshHouse) -> None:
    house = await fresh_house(("staff",))
    owners: list[Owner] = await asyncio.gather(*(house.call(ENSURE_OWNER, EnsureOwner()) for _ in range(20)))
    keys = [owner.key for owner in owners if owner.key]
    assert 1 == len(keys)
    assert [(["*"], False)] == [(change.scopes, change.revoked) for change in await all_changes(house)]
    assert Owner() == await house.call(ENSURE_OWNER, EnsureOwner())


async def test_the_last_owner_cannot_be_revoked_even_when_all_are_at_once(fresh_house: FreshHouse) -> None:
    house = await fresh_house(("staff",))
    owners = [await make(house, "*") for _ in range(5)]
    await make(house, "staff:write")
    replies = await asyncio.gather(*(house.client.ask(REVOKE_API_KEY, RevokeApiKey(id=owner.id)) for owner in owners))
    assert ["staff.last_owner"] == [reply.refusal.code for reply in replies if reply.refusal]
