"""What customers are found by: words of their name, their code, their phone. Pure.

A question is beginnings of words, all of which must fit: "sar wij" finds Sari Wijaya, "0812 34" everybody with such a phone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from actors.customers.contract import Profile

WORDS_MAX = 60
WORD_LENGTH_MAX = 64
CODE_PART_MIN = 3
_WORD = re.compile(r"[^\W_]+")
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]*")
_PHONE_DIGITS_MIN = 3
_HIGHEST = "\U0010ffff"


class Question(NamedTuple):
    """Beginnings of words. `words`: all must fit. `numbers`: a phone or a code, written in one way or the other; any of them will do."""

    words: Sequence[str] = ()
    numbers: Sequence[str] = ()


def fold(text: str) -> str:
    """Without case and accents: "José" and "JOSE" are the same."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))


def words_in(text: str) -> list[str]:
    return [word[:WORD_LENGTH_MAX] for word in _WORD.findall(fold(text))]


def digits_of(phone: str, country_code: str) -> str:
    """As it is dialled from anywhere: "0812-3456" and "+62 812 3456" are both 628123456 where the country is 62."""
    digits = "".join(sign for sign in phone if sign.isdigit())
    if phone.lstrip().startswith("+") or not digits.startswith("0"):
        return digits
    return digits[2:] if digits.startswith("00") else country_code + digits[1:]


def words_of(profiles: Iterable[Profile]) -> list[str]:
    """What leads to a customer: `profiles` are its record, and those that were merged into it."""
    found: dict[str, None] = {}
    for number, profile in enumerate(profiles):
        # The other records' names are those of the same person, or mistakes: only what is printed on cards and phones stays.
        for word in (*(words_in(profile.name) if not number else ()), *_code_words(profile.code), profile.phone):
            if word:
                found[word[:WORD_LENGTH_MAX]] = None
    return list(found)[:WORDS_MAX]


def _code_words(code: str) -> list[str]:
    """M-0017 as a whole and 0017, but not M, which all of them may have."""
    parts = words_in(code)
    return ["".join(parts), *(part for part in parts if len(part) >= CODE_PART_MIN)]


def read_question(q: str, country_code: str) -> Question | None:
    """None when there is nothing in it to look for."""
    digits = "".join(sign for sign in q if sign.isdigit())
    if _PHONE.fullmatch(q.strip()) and len(digits) >= _PHONE_DIGITS_MIN:
        return Question(numbers=list(dict.fromkeys((digits_of(q, country_code), digits))))
    words = list(dict.fromkeys(words_in(q)))
    if digits and len(q.split()) == 1:
        return Question(numbers=["".join(words_in(q))])
    return Question(words=words) if words else None


def after(word: str) -> str:
    """What comes after all words that begin like this."""
    return word + _HIGHEST
