"""Text as it may be printed: harmless, whatever somebody has called their goods, and never wider than the paper. Pure.

Control characters could command a printer, direction marks could turn an amount around, and stacked accents could cover the lines
above. None of them is left in what comes out of `plain`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from unicodedata import bidirectional, category, east_asian_width, normalize

ACCENTS_MAX = 2
_SPACES = ("Zs", "Zl", "Zp")
_BREAKS = "\t\n\v\f\r\x85"
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Controls, marks of direction and joining, halves of characters, and what no standard has a sign for."""
_ACCENTS = ("Mn", "Me")
_VARIANTS = range(0xFE00, 0xFE10)
_JAMO = range(0x1160, 0x1200)


def plain(text: str) -> str:
    """One line of it, with nothing that is not a sign or a space."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    found: list[str] = []
    accents = 0
    for sign in normalize("NFC", text):
        kind = category(sign)
        if kind in _ACCENTS:
            accents += 1
            if accents <= ACCENTS_MAX and found and found[-1] != " " and ord(sign) not in _VARIANTS:
                found.append(sign)
            continue
        accents = 0
        if kind in _SPACES or sign in _BREAKS:
            found.append(" ")
        elif kind not in _UNSEEN:
            found.append(sign)
    return " ".join("".join(found).split())


def plain_lines(text: str) -> list[str]:
    """Each line of a text of several, without the empty ones."""
    return [line for line in map(plain, text.splitlines()) if line]


@lru_cache(maxsize=4096)
def _columns_of(sign: str) -> int:
    if category(sign) in _ACCENTS or ord(sign) in _JAMO:
        return 0
    return 2 if east_asian_width(sign) in "WF" else 1


def columns(text: str) -> int:
    """How many columns it takes where every sign is as wide as the next; Chinese, Japanese and emoji take two."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, broken between words; a word that is longer is broken where the line ends. At least one line."""
    lines, line = [], ""
    for word in text.split(" "):
        both = f"{line} {word}" if line else word
        if columns(both) <= width:
            line = both
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, width)
        lines += full
    return [*lines, line]


def _pieces(word: str, width: int) -> list[str]:
    pieces, piece, used = [], "", 0
    for sign in word:
        wide = _columns_of(sign)
        if used + wide > width:
            pieces.append(piece)
            piece, used = "", 0
        piece += sign
        used += wide
    return [*pieces, piece]


def runs_backwards(text: str) -> bool:
    """Whether some of it is written from right to left: then it shares no line with an amount, which could end up on its other side."""
    return not text.isascii() and any(bidirectional(sign) in ("R", "AL", "AN") for sign in text)


def without(text: str, known: Iterable[int], instead: str) -> str:
    """With `instead` for every sign that is not `known`; accents that are not are left out."""
    if text.isascii():
        return text
    return "".join(sign if ord(sign) in known else "" if category(sign) in _ACCENTS else instead for sign in text)
