"""How much one caller may ask: a token bucket per key, told in the headers of the IETF's RateLimit draft.

The limit is per process: with `edge=2` a key gets twice as much. It protects the house from one wild client, it is not a price list.
Who calls without a key is known by address, as well as that goes.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from math import ceil
from time import monotonic

ADDRESSES_MAX = 4_096


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


class Doorstep:
    """A bucket for each address that calls without a key; those that have not called for longest are forgotten first."""

    def __init__(self) -> None:
        self.buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, address: str, count: int, window_seconds: float = 1.0) -> int:
        """How many of `count` are left in this window; -1 when there was none."""
        who = neighbourhood(address)
        bucket = self.buckets.setdefault(who, Bucket())
        self.buckets.move_to_end(who)
        if len(self.buckets) > ADDRESSES_MAX:
            self.buckets.popitem(last=False)
        return bucket.take(count, monotonic() / window_seconds)


def neighbourhood(address: str) -> str:
    """An IPv4 address itself; of IPv6 the network of 64 bits, for its owner has all of the addresses in it."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    return ip.packed[:8].hex() if isinstance(ip, IPv6Address) and ip.ipv4_mapped is None else str(ip)


def policy(per_second: int) -> str:
    """The RateLimit-Policy header: a quota of `q` requests in a window of `w` seconds."""
    return f'"key";q={per_second};w=1'


def retry_after(per_second: int) -> int:
    return ceil(1 / per_second)
