"""Secrets at rest."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest

from actors.runtime.sealing import Seal, fingerprint_of
from actors.runtime.settings import SettingsError
from tests.support import SECRET_KEY

OTHER_KEY = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="


def test_what_is_sealed_is_not_there_to_read_and_comes_back() -> None:
    seal = Seal(SECRET_KEY)

    sealed = seal.seal(b"sesame")

    assert b"sesame" not in sealed
    assert seal.seal(b"sesame") != sealed
    assert seal.unseal(sealed) == b"sesame"


def test_another_key_is_told_as_that() -> None:
    with pytest.raises(SettingsError, match="KASIR_SECRET_KEY is not the key"):
        Seal(OTHER_KEY).unseal(Seal(SECRET_KEY).seal(b"sesame"))


def test_what_was_tampered_with_is_refused() -> None:
    sealed = Seal(SECRET_KEY).seal(b"sesame")
    with pytest.raises(SettingsError):
        Seal(SECRET_KEY).unseal(sealed[:-2] + b"xx")


@pytest.mark.parametrize("key", ["short", "not base64 !", "ключ", urlsafe_b64encode(b"k" * 31).decode(), urlsafe_b64encode(b"k" * 33).decode()])
def test_a_key_that_is_none_is_refused_at_the_start(key: str) -> None:
    with pytest.raises(SettingsError, match="32 bytes"):
        Seal(key)


def test_without_a_key_the_text_says_what_to_set() -> None:
    with pytest.raises(SettingsError, match="KASIR_SECRET_KEY is not set"):
        Seal("").seal(b"sesame")


def test_a_key_is_known_by_its_text() -> None:
    """Hashes are bound to the text: the same bytes, written otherwise, are another key."""
    one, other = "-" * 43 + "=", "+" * 43 + "="
    assert Seal(other).unseal(Seal(one).seal(b"sesame")) == b"sesame"
    assert fingerprint_of(one) != fingerprint_of(other)
    assert one not in fingerprint_of(one)
