"""Codes with which a device becomes a register: short, for somebody types them. Pure."""

from __future__ import annotations

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, which look like others."""
RANDOM_BYTES = 5


def new_code(random: bytes) -> str:
    """Five random bytes as `XXXX-XXXX`: 40 bits, for ten minutes, at a door that takes a few tries a second."""
    number = int.from_bytes(random)
    letters = "".join(_ALPHABET[number >> shift & 31] for shift in range(len(random) * 8 - 5, -1, -5))
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))
