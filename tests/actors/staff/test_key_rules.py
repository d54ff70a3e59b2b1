from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from actors.runtime.words import Refusal
from actors.staff import rules
from actors.staff.contract import ApiKey, CreateApiKey

NOW = datetime(2026, 3, 1, tzinfo=UTC)
KEY = ApiKey(id=UUID(int=1), version=1, name="Till", prefix="kasir_00000000", scopes=["*"], created_at=NOW)


@given(st.binary(min_size=8, max_size=8), st.binary(min_size=32, max_size=32))
def test_a_key_is_one_word_that_begins_with_its_prefix(prefix_bytes: bytes, secret_bytes: bytes) -> None:
    prefix, key = rules.make_key(prefix_bytes, secret_bytes)
    brand, shown, secret = key.split("_")
    assert ("kasir", 8, 43, f"kasir_{shown}") == (brand, len(shown), len(secret), prefix)
    assert (shown + secret).isalnum()
    assert (shown + secret).isascii()


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_different_secrets_make_different_keys(one: bytes, other: bytes) -> None:
    assert (one == other) == (rules.make_key(b"", one) == rules.make_key(b"", other))


def test_a_hash_is_the_sha_256_of_the_whole_key() -> None:
    assert sha256(b"kasir_a_b").hexdigest() == rules.hash_key("kasir_a_b")


def test_nobody_gives_away_more_than_they_have() -> None:
    asked = CreateApiKey(name="Till", scopes=["orders:read", "orders:write", "*"])
    assert rules.check_grant(asked, ["*"]) is None
    outcome = rules.check_grant(asked, ["orders:write", "staff:write"])
    assert isinstance(outcome, Refusal)
    assert ["/scopes/2"] == [error.pointer for error in outcome.errors]


def test_writing_includes_reading_and_not_the_other_way_round() -> None:
    assert rules.includes(["orders:write"], "orders:read")
    assert not rules.includes(["orders:read"], "orders:write")
    assert not rules.includes(["orders:write"], "stores:read")


def test_the_last_owner_stays() -> None:
    outcome = rules.revoke_key(KEY.id, KEY, {KEY.id}, NOW)
    assert isinstance(outcome, Refusal)
    assert "staff.last_owner" == outcome.code


def test_revoking_twice_is_revoking_once() -> None:
    once = rules.revoke_key(KEY.id, KEY, {KEY.id, UUID(int=2)}, NOW)
    assert isinstance(once, ApiKey)
    assert (2, NOW) == (once.version, once.revoked_at)
    assert once is rules.revoke_key(KEY.id, once, {UUID(int=2)}, NOW)
