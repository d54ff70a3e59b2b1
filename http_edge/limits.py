"""How much one caller may ask: a token bucket per key, told in the headers of the IETF's RateLimit draft.

The limit is per process: with `edge=2` a key gets twice as much. It protects the house from one wild client, it is not a price list.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil


@dataclass(slots=True)
class Bucket:
    """Holds up to one second's worth of requests. A fresh one is full: `tokens` below zero means never used."""

    tokens: float = -1.0
    at: float = 0.0

    def take(self, per_second: int, now: float) -> int:
        """Takes one request out, and says how many are left; -1 when there was none. `now` in seconds, monotonic."""
        tokens = self.tokens
        if tokens < 0.0:
            tokens = float(per_second)
        else:
            tokens += (now - self.at) * per_second
            if tokens > per_second:
                tokens = float(per_second)
        self.at = now
        if tokens < 1.0:
            self.tokens = tokens
            return -1
        self.tokens = tokens = tokens - 1.0
        return int(tokens)


def policy(per_second: int) -> str:
    """The RateLimit-Policy header: a quota of `q` requests in a window of `w` seconds."""
    return f'"key";q={per_second};w=1'


def retry_after(per_second: int) -> int:
    return ceil(1 / per_second)
