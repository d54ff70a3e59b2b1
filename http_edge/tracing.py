"""Ids that tie a request to everything it causes: the request id for people, the W3C trace context for tools."""

from __future__ import annotations

import itertools
import os
import re
from random import getrandbits

REQUEST_ID = re.compile(r"^[!-~]{1,128}$", re.ASCII)
TRACEPARENT = re.compile(r"^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$", re.ASCII)

_process = os.urandom(8).hex()
_count = itertools.count(1)


def request_id(given: str | None) -> str:
    """The caller's own X-Request-Id when it is sane, otherwise a new one: unique, and cheap to make."""
    if given is not None and REQUEST_ID.match(given):
        return given
    return f"{_process}-{next(_count):x}"


def traceparent(given: str | None) -> str:
    """The caller's trace goes on; without one, a new one begins, sampled."""
    if given is not None and TRACEPARENT.match(given):
        return given
    return f"00-{getrandbits(128) | 1:032x}-{getrandbits(64) | 1:016x}-01"
