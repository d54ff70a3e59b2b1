"""One function per subject: load, decide, save."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_bytes
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from actors.runtime.actor import Asked
from actors.runtime.cursors import wrong_cursor
from actors.runtime.words import FeedAfter, Refusal
from actors.staff import rules, store
from actors.staff.asking import authorities
from actors.staff.contract import (
    INVALID,
    ApiKey,
    ApiKeyPage,
    CreateApiKey,
    EnsureOwner,
    KeyFeed,
    ListApiKeys,
    NewApiKey,
    Owner,
    RevokeApiKey,
)
from actors.staff.people import check_taken, check_unbounded

if TYPE_CHECKING:
    from actors.runtime.work import Work

OWNER = CreateApiKey(name="Owner", scopes=["*"])


async def create_keys(asked: Sequence[Asked[CreateApiKey]], work: Work) -> list[NewApiKey | Refusal]:
    await store.take_turns(work)
    own = await authorities(work, [one.by for one in asked])
    outcomes = [
        rules.check_grant(one.body, own[one.by].scopes) or check_unbounded(own[one.by]) or _new_key(one.body, work) for one in asked
    ]
    await _save(work, [outcome for outcome in outcomes if isinstance(outcome, NewApiKey)])
    return outcomes


async def ensure_owner(asked: Sequence[Asked[EnsureOwner]], work: Work) -> list[Owner]:
    await store.take_turns(work)
    owners = [Owner()] * len(asked)
    if not await store.any_key(work):
        owner = _new_key(OWNER, work)
        await _save(work, [owner])
        owners[0] = Owner(key=owner.key)
    return owners


async def revoke_keys(asked: Sequence[Asked[RevokeApiKey]], work: Work) -> list[ApiKey | Refusal]:
    await store.take_turns(work)
    keys = await store.load_keys(work, [one.body.id for one in asked])
    owners = await store.live_owners(work)
    own = await authorities(work, [one.by for one in asked])
    revoked, outcomes = [], []
    for one in asked:
        before = keys.get(one.body.id)
        outcome = check_taken(before, own[one.by]) or rules.revoke_key(one.body.id, before, owners, work.now)
        if isinstance(outcome, ApiKey) and outcome is not before:
            keys[outcome.id] = outcome
            owners.discard(outcome.id)
            revoked.append(outcome)
        outcomes.append(outcome)
    await store.save_revoked(work, revoked)
    return outcomes


async def list_keys(asked: Sequence[Asked[ListApiKeys]], work: Work) -> list[ApiKeyPage | Refusal]:
    return [await _list_keys(one.body, work) for one in asked]


async def _list_keys(asked: ListApiKeys, work: Work) -> ApiKeyPage | Refusal:
    try:
        return await store.list_keys(work, asked)
    except ValueError:
        return wrong_cursor(INVALID)


async def list_changes(asked: Sequence[Asked[FeedAfter]], work: Work) -> list[KeyFeed]:
    return [await store.list_changes(work, one.body.after, one.body.limit) for one in asked]


def _new_key(asked: CreateApiKey, work: Work) -> NewApiKey:
    prefix, key = rules.make_key(token_bytes(rules.PREFIX_CHARS), token_bytes(rules.SECRET_BYTES))
    return NewApiKey(
        id=work.new_id(),
        version=1,
        name=asked.name,
        prefix=prefix,
        scopes=rules.without_repeats(asked.scopes),
        created_at=work.now,
        key=key,
    )


async def _save(work: Work, keys: Sequence[NewApiKey]) -> None:
    await store.save_new(work, [(_without_secret(key), rules.hash_key(key.key)) for key in keys])


def _without_secret(key: NewApiKey) -> ApiKey:
    return ApiKey(**{field: value for field, value in asdict(key).items() if field != "key"})
