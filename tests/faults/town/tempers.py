"""How listeners behave: what each does with a post, given how many came before, when, and a die."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
BOMB = gzip.compress(b"\0" * 32 * 2**20)

Then = Literal["stay", "close", "hang", "endless"]


@dataclass(frozen=True)
class Act:
    """Whether it books the event, what it answers after how many seconds, and what it does with the connection then."""

    takes: bool = True
    answer: bytes = OK
    seconds: float = 0.0
    then: Then = "stay"


TAKE = Act()
HANG = Act(takes=False, answer=b"", then="hang")
Temper = Callable[[float, Random], Act]
"""(seconds since it was opened, a die) -> what it does"""


def _says(status: str, *headers: str, takes: bool = False) -> Act:
    lines = [f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "", ""]
    return Act(takes=takes, answer="\r\n".join(lines).encode())


FAILS = _says("500 Internal Server Error")
UNAVAILABLE = _says("503 Service Unavailable")
WAIT = _says("503 Service Unavailable", "Retry-After: 2")
TOO_MANY = _says("429 Too Many Requests", "Retry-After: 1")
MOVED = _says("302 Found", "Location: http://127.0.0.1:1/elsewhere")
NEVER_AGAIN = _says("410 Gone")
RESET_MID_BODY = Act(answer=b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf of", then="close")
FORGETS = Act(answer=b"", then="close")
HANGS_UP = Act(takes=False, answer=b"", then="close")
BOMBS = Act(answer=b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB)
TALKS_ON = Act(answer=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", then="endless")


def fast(since: float, die: Random) -> Act:
    return TAKE


def slow(since: float, die: Random) -> Act:
    return Act(seconds=die.uniform(0.02, 0.08))


def very_slow(since: float, die: Random) -> Act:
    return Act(seconds=die.uniform(0.1, 0.3))


def flaky(since: float, die: Random) -> Act:
    return FAILS if die.random() < 0.3 else TAKE


def hangs_up(since: float, die: Random) -> Act:
    return HANGS_UP if die.random() < 0.1 else TAKE


def forgets_to_answer(since: float, die: Random) -> Act:
    return FORGETS if die.random() < 0.1 else TAKE


def dead_for_a_while(since: float, die: Random) -> Act:
    return HANGS_UP if 3 < since % 60 < 15 else TAKE


def unavailable_for_a_while(since: float, die: Random) -> Act:
    return UNAVAILABLE if 8 < since % 60 < 20 else TAKE


def asks_for_time(since: float, die: Random) -> Act:
    return WAIT if die.random() < 0.002 else TAKE


def too_many(since: float, die: Random) -> Act:
    return TOO_MANY if die.random() < 0.005 else TAKE


def moved_for_a_while(since: float, die: Random) -> Act:
    return MOVED if since < 10 else TAKE


def moved(since: float, die: Random) -> Act:
    return MOVED


def gone_once(since: float, die: Random) -> Act:
    """Somebody brings it back; by then it is all right."""
    return NEVER_AGAIN if 5 < since < 15 else TAKE


def resets_mid_body(since: float, die: Random) -> Act:
    return RESET_MID_BODY if die.random() < 0.3 else TAKE


def bombs(since: float, die: Random) -> Act:
    return BOMBS if die.random() < 0.02 else TAKE


def talks_on(since: float, die: Random) -> Act:
    return TALKS_ON if die.random() < 0.02 else TAKE


def hangs_now_and_then(since: float, die: Random) -> Act:
    return HANG if die.random() < 0.002 else TAKE
