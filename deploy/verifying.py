"""Compares a listener's own records with the digests of its feed: equal hashes prove thousands of events at once, and where they are
not equal, halving finds what differs. Only digests are asked for, so little is sent, and nothing counts as pulled."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import msgspec

from actors.webhooks import signing
from actors.webhooks.contract import Digest, SignedDigest, TypeSum
from actors.webhooks.digests import Part, rolling, type_sums
from deploy.api import Api
from deploy.records import Record
from deploy.trouble import Trouble

AT_ONCE = 500_000
"""Events that one digest is asked for."""
DIFFERENT_MAX = 100
"""So many are named; then it looks no further."""
SEQ_MAX = 2**53

Stretch = tuple[int, int]
"""First and last seq, both included."""


class Digests:
    """The digests of one endpoint. `secrets`: when there are some, each digest must be signed with one of them."""

    def __init__(self, kasir: Api, endpoint_id: str, secrets: Sequence[str]) -> None:
        self._kasir, self._path, self._secrets = kasir, f"/v1/webhook-endpoints/{endpoint_id}/digest", secrets

    async def ask(self, **given: Any) -> Digest:
        """What is signed is what counts. Trouble when the signature is not right."""
        query = urlencode({name: value for name, value in given.items() if value is not None})
        told = msgspec.convert(await self._kasir.ask("GET", f"{self._path}?{query}"), SignedDigest)
        body, timestamp = told.body.encode(), str(told.timestamp)
        try:
            genuine = not self._secrets or signing.verify(self._secrets, told.id, timestamp, told.signature, body, time.time())
        except ValueError as error:
            raise Trouble(f"WEBHOOK_SECRET cannot be used: {error}. It looks like whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw.") from None
        if not genuine:
            raise Trouble("the digest is not signed with WEBHOOK_SECRET. Is it this endpoint's, and the newest one?")
        return msgspec.json.decode(body, type=Digest)

    async def bounds(self, first: int | None, last: int | None, start: datetime | None, until: datetime | None) -> Stretch:
        """The seqs that are meant. Two empty digests tell where the beginning and the end are."""
        begins = await self.ask(first_seq=first, last_seq=0 if first is None else first - 1, from_time=_text(start))
        ends = await self.ask(first_seq=SEQ_MAX if last is None else last + 1, last_seq=last, until=_text(until))
        return begins.first_seq, ends.last_seq


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


@dataclass
class Compared:
    """`missing`: Kasir has sent them, and they are not in the records. `extra`: the other way round. `different`: id or body is another."""

    equal: int = 0
    missing: list[Stretch] = field(default_factory=list)
    extra: list[Stretch] = field(default_factory=list)
    different: list[tuple[int, str]] = field(default_factory=list)
    sums: list[TypeSum] = field(default_factory=list)
    wrong_sums: list[TypeSum] = field(default_factory=list)

    @property
    def right(self) -> bool:
        return not (self.missing or self.extra or self.different or self.wrong_sums)

    @property
    def looked_no_further(self) -> bool:
        return len(self.different) >= DIFFERENT_MAX


async def compare(digests: Digests, mine: Mapping[int, Record], stretch: Stretch, extra_after: int | None) -> Compared:
    """`extra_after`: records with a higher seq are more than Kasir has; None when the end of the stretch was asked for."""
    first, last = stretch
    found = Compared()
    held = sorted(seq for seq in mine if first <= seq <= last)
    for start in range(first, last + 1, AT_ONCE):
        end = min(start + AT_ONCE - 1, last)
        await _compare(digests, mine, [seq for seq in held if start <= seq <= end], (start, end), found)
    found.missing = gaps(held, stretch)
    if extra_after is not None:
        found.extra = runs(sorted(seq for seq in mine if seq > extra_after))
    return found


async def _compare(digests: Digests, mine: Mapping[int, Record], held: Sequence[int], stretch: Stretch, found: Compared) -> None:
    theirs = await digests.ask(first_seq=stretch[0], last_seq=stretch[1])
    sums = type_sums(Part(mine[seq].type, mine[seq].currency, 1, mine[seq].amount) for seq in held)
    if theirs.hash == rolling(mine[seq].leaf for seq in held):
        found.equal += len(held)
        found.sums = _added(found.sums, sums)
        found.wrong_sums += [one for one in theirs.types if one not in sums]
        return
    for start, end in runs(held):
        await _halve(digests, mine, (start, end), found)


async def _halve(digests: Digests, mine: Mapping[int, Record], stretch: Stretch, found: Compared) -> None:
    """Every seq of the stretch is in the records."""
    first, last = stretch
    if found.looked_no_further:
        return
    theirs = await digests.ask(first_seq=first, last_seq=last)
    seqs = range(first, last + 1)
    if theirs.hash == rolling(mine[seq].leaf for seq in seqs):
        found.equal += len(seqs)
        found.sums = _added(found.sums, type_sums(Part(mine[seq].type, mine[seq].currency, 1, mine[seq].amount) for seq in seqs))
    elif first == last:
        found.different.append((first, theirs.types[0].type))
    else:
        middle = (first + last) // 2
        await _halve(digests, mine, (first, middle), found)
        await _halve(digests, mine, (middle + 1, last), found)


def _added(sums: Sequence[TypeSum], more: Sequence[TypeSum]) -> list[TypeSum]:
    parts = [Part(one.type, None, one.count, 0) for one in (*sums, *more)]
    return type_sums([*parts, *(Part(one.type, sum_.currency, 0, sum_.amount) for one in (*sums, *more) for sum_ in one.amounts)])


# --- seqs -----------------------------------------------------------------------------------------------------


def runs(seqs: Sequence[int]) -> list[Stretch]:
    """Stretches without a hole, of ascending seqs."""
    found: list[Stretch] = []
    for seq in seqs:
        if found and found[-1][1] + 1 == seq:
            found[-1] = (found[-1][0], seq)
        else:
            found.append((seq, seq))
    return found


def gaps(seqs: Sequence[int], stretch: Stretch) -> list[Stretch]:
    """What is not there of a stretch."""
    first, last = stretch
    edges = [(first - 1, first - 1), *runs(seqs), (last + 1, last + 1)]
    return [(before[1] + 1, after[0] - 1) for before, after in pairwise(edges) if before[1] + 1 < after[0]]
