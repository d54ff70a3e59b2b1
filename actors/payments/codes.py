"""Codes of gift cards: how one is made, written and found. Pure; the code itself is stored nowhere."""

from __future__ import annotations

import hmac

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, which look like others."""
RANDOM_BYTES = 10
HINT_LENGTH = 4


def new_code(random: bytes) -> str:
    """Ten random bytes as `XXXX-XXXX-XXXX-XXXX`: 80 bits, which nobody guesses."""
    number = int.from_bytes(random)
    letters = "".join(_ALPHABET[number >> shift & 31] for shift in range(len(random) * 8 - 5, -1, -5))
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def folded(code: str) -> str:
    """As it is compared: case and dashes do not matter."""
    return code.replace("-", "").upper()


def hint_of(code: str) -> str:
    """The end of it, by which a person tells it from others."""
    return folded(code)[-HINT_LENGTH:]


def code_hash(secret_key: str, code: str) -> bytes:
    """What a card is found by. Keyed with the house's secret: whoever has only the database cannot try codes against it."""
    return hmac.digest(secret_key.encode(), b"kasir gift card:" + folded(code).encode(), "sha256")
