"""Locks, hashes and codes, as values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from actors.runtime.settings import Settings
from actors.staff.codes import RANDOM_BYTES, new_code
from actors.staff.contract import RoleRights
from actors.staff.hashing import open_hasher
from actors.staff.held import Held
from actors.staff.trying import FREE_TRIES, MINUTES_MAX, Tries, after_wrong, is_locked

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@given(st.integers(0, 40))
def test_each_wrong_one_locks_for_longer(wrong: int) -> None:
    tries = Tries()
    for _ in range(wrong):
        tries = after_wrong(tries, NOW)
    minutes = 0 if wrong < FREE_TRIES else min(2 ** (wrong - FREE_TRIES), MINUTES_MAX)
    assert tries == Tries(wrong, NOW + minutes * MINUTE if minutes else None)
    assert is_locked(tries, NOW) == (minutes > 0)


def test_a_lock_ends_at_its_moment() -> None:
    locked = Tries(FREE_TRIES, NOW)
    assert is_locked(locked, NOW - timedelta(microseconds=1))
    assert not is_locked(locked, NOW)


def test_a_session_ends_at_its_moment() -> None:
    session = Held(
        id=UUID(int=1), kind="session", version=1, name="Siti", prefix="kasir_x", hash="h", scopes=[], rights=RoleRights(), created_at=NOW,
        expires_at=NOW + MINUTE,
    )  # fmt: skip
    assert session.is_live(NOW + MINUTE - timedelta(microseconds=1))
    assert not session.is_live(NOW + MINUTE)


@given(st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES), st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
def test_codes_are_short_and_different(one: bytes, other: bytes) -> None:
    assert (one == other) == (new_code(one) == new_code(other))
    first, second = new_code(one).split("-")
    assert (4, 4, True) == (len(first), len(second), (first + second).isalnum())


async def test_a_hash_needs_the_secret_and_the_secret_key() -> None:
    async with open_hasher(Settings(secret_key="a" * 44)) as hasher, open_hasher(Settings(secret_key="b" * 44)) as other:
        hash = await hasher.hash("271828")
        assert hash.startswith("$argon2id$")
        assert "271828" not in hash
        assert (True, False, False) == (await hasher.verify(hash, "271828"), await hasher.verify(hash, "271829"), await other.verify(hash, "271828"))
        assert not await hasher.verify(None, "nobody"), "not even with what nobody's hash was made of"
        assert await hasher.hash("271828") != hash, "salted"
        assert hasher.name("pin", "S17") == hasher.name("pin", "s17") != hasher.name("password", "s17")
        assert hasher.code("7qmx-4t2k") == hasher.code("7QMX4T2K")
