"""Encryption at rest for secrets that must be read again: AES-128-CBC with HMAC (Fernet), one key per installation."""

from __future__ import annotations

import hmac

from cryptography.fernet import Fernet, InvalidToken

from actors.runtime.settings import SettingsError


class Seal:
    def __init__(self, key: str) -> None:
        """`key`: 32 bytes, urlsafe base64. Without one, sealing fails with a text that says what to set."""
        try:
            self._fernet = Fernet(key) if key else None
        except ValueError:
            raise SettingsError("KASIR_SECRET_KEY must be 32 bytes as urlsafe base64") from None

    def check(self) -> None:
        """SettingsError when there is no key: better at the start than at the first secret."""
        self._need()

    def seal(self, plain: bytes) -> bytes:
        return self._need().encrypt(plain)

    def unseal(self, sealed: bytes) -> bytes:
        try:
            return self._need().decrypt(sealed)
        except InvalidToken:
            raise SettingsError("KASIR_SECRET_KEY is not the key that this database's secrets were encrypted with") from None

    def _need(self) -> Fernet:
        if self._fernet is None:
            raise SettingsError("KASIR_SECRET_KEY is not set: members that keep secrets need it, the same one everywhere")
        return self._fernet


def fingerprint_of(key: str) -> str:
    """By which a key is known again, and not found. Of the text itself: hashes are bound to it, however the same bytes may be spelled."""
    return hmac.digest(key.encode(), b"kasir secret key", "sha256").hex()
