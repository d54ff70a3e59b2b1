"""Who asks: keys of machines, registers and people who have signed in, kept in memory and followed through the feed of `staff`.

The feed carries the SHA-256 of each key, never a key. Keys are 256 random bits, so a plain hash is enough: there is nothing to guess.

A view that can no longer be refreshed is still trusted: a sale must not fail because `staff` is away, and a key cannot be revoked
while `staff` is away either. What has never been loaded is not trusted: 503.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from time import time
from uuid import UUID

from actors.runtime.actor import Projection
from actors.runtime.words import Rights
from actors.staff.contract import KEY_CHANGES, KEY_EVENTS, KeyChange, KeyFeed, KeyKind
from http_edge.limits import Bucket

BEARER = re.compile(r"^bearer +(kasir_[!-~]{1,200}) *$", re.IGNORECASE | re.ASCII)
SEEN_MAX = 4_096


@dataclass(slots=True)
class Key:
    """A live key. `scopes` is spelled out: `*` and `x:write` are already expanded to what they include, and its kind is among them.

    `by`      who asks: the person where there is one, else the key
    `ends`    seconds since 1970; 0 for never
    `rights`  how far they may go without approval; None for no bounds
    `stores`, `register`  where alone they act; None for everywhere
    """

    id: str
    prefix: str
    hash: str
    scopes: frozenset[str]
    by: str
    kind: KeyKind = "api"
    ends: float = 0.0
    rights: Rights | None = None
    stores: frozenset[UUID] | None = None
    register: UUID | None = None
    bucket: Bucket = field(default_factory=Bucket)


class Keys:
    """Live keys by hash. `seen` remembers whole headers that have been checked, and forgets them all on any change."""

    __slots__ = ("_look_at", "by_hash", "seen")

    def __init__(self) -> None:
        self.by_hash: dict[str, Key] = {}
        self.seen: dict[str, Key] = {}
        self._look_at = SEEN_MAX

    def apply(self, feed: KeyFeed) -> None:
        for change in feed.items:
            self._apply(change)
        if feed.items:
            self.seen.clear()
            self._forget_ended()

    def _apply(self, change: KeyChange) -> None:
        if change.revoked:
            self.by_hash.pop(change.hash, None)
            return
        known = self.by_hash.get(change.hash)
        self.by_hash[change.hash] = Key(
            str(change.id), change.prefix, change.hash, expand(change.scopes) | {only(change.kind)}, str(change.person_id or change.id),
            change.kind, change.expires_at.timestamp() if change.expires_at else 0.0, change.rights,
            frozenset(change.store_ids) or None, change.register_id, known.bucket if known else Bucket(),
        )  # fmt: skip

    def _forget_ended(self) -> None:
        """Nobody revokes what has ended. Looked for now and then: when there are twice as many as there were after the last time."""
        if len(self.by_hash) < self._look_at:
            return
        now = time()
        self.by_hash = {hash: key for hash, key in self.by_hash.items() if not key.ends or now < key.ends}
        self._look_at = max(2 * len(self.by_hash), SEEN_MAX)

    @staticmethod
    def is_key(header: str) -> bool:
        return BEARER.match(header) is not None

    def check(self, header: str) -> Key | None:
        """The key of an Authorization header, or None. What it finds is remembered, what it does not find is not."""
        match = BEARER.match(header)
        if match is None:
            return None
        digest = sha256(match[1].encode("ascii")).hexdigest()
        key = self.by_hash.get(digest)
        if key is None or not hmac.compare_digest(key.hash, digest):
            return None
        if len(self.seen) >= SEEN_MAX:
            self.seen.clear()
        self.seen[header] = key
        return key


def only(kind: KeyKind) -> str:
    """What stands among the scopes of all keys of this kind, and of no other: some routes are only for registers, or for people."""
    return f"only:{kind}"


AREAS = (
    "stores", "catalog", "orders", "inventory", "payments", "accounts",
    "customers", "shifts", "receipts", "reports", "approvals", "webhooks", "staff", "operations",
)  # fmt: skip


def expand(scopes: Sequence[str]) -> frozenset[str]:
    """`*` includes everything, `x:write` includes `x:read`."""
    if "*" in scopes:
        return frozenset(f"{area}:{verb}" for area in AREAS for verb in ("read", "write"))
    return frozenset(scopes) | {s.removesuffix(":write") + ":read" for s in scopes if s.endswith(":write")}


LIVE_KEYS: Projection[Keys, KeyFeed] = Projection(
    name="edge_keys", make=Keys, feed=KEY_CHANGES, events=KEY_EVENTS, apply=Keys.apply, refresh_seconds=0.5
)
