"""One listener's books: checks each signature, knows each event by its id, follows each order from version to version."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TOLERANCE_SECONDS = 300
WRONG_KEPT = 20


class Amount(msgspec.Struct):
    amount: int
    currency: str = ""


class Totals(msgspec.Struct):
    total: Amount
    due: Amount
    refunded: Amount


class Order(msgspec.Struct):
    id: str
    totals: Totals
    status: str = "draft"


class OrderTold(msgspec.Struct):
    order: Order
    version: int


class PaymentTold(msgspec.Struct):
    amount: Amount


class Told(msgspec.Struct):
    type: str
    data: msgspec.Raw


class TypeSum(msgspec.Struct):
    type: str
    count: int
    amounts: list[Amount]


class Digest(msgspec.Struct):
    """A stretch of the feed, as Kasir proves it."""

    window: str
    first_seq: int
    last_seq: int
    count: int
    types: list[TypeSum]
    hash: str


class Entry(msgspec.Struct, array_like=True):
    """An event, as it was booked. `leaf`: the SHA-256 of `{id}.{body}`, in hex. Without a currency it is worth nothing."""

    id: str
    leaf: str
    type: str
    currency: str = ""
    amount: int = 0


class Sale(msgspec.Struct, array_like=True):
    """An order as it was told of last."""

    version: int
    total: int
    due: int
    refunded: int
    status: str


class Report(msgspec.Struct):
    """What one listener has at the end. `entries`: by seq. `digests`: those of hours and days that it was told."""

    entries: dict[int, Entry]
    digests: list[Digest]
    sales: dict[str, Sale]
    doubles: int
    wrong: list[str]
    posts: int

    def agrees(self, digest: Digest) -> bool:
        """Count, hash, and the sums of each type, by these books alone."""
        some = [self.entries[seq] for seq in range(digest.first_seq, digest.last_seq + 1) if seq in self.entries]
        rolling = hashlib.sha256(b"".join(bytes.fromhex(entry.leaf) for entry in some))
        return (digest.count, digest.hash, digest.types) == (len(some), rolling.hexdigest(), sums(some))


def sums(entries: Iterable[Entry]) -> list[TypeSum]:
    """By type and currency, in alphabetical order."""
    counts: Counter[str] = Counter()
    amounts: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        counts[entry.type] += 1
        if entry.currency:
            amounts[entry.type, entry.currency] += entry.amount
    return [TypeSum(kind, counts[kind], [Amount(amounts[one], one[1]) for one in sorted(amounts) if one[0] == kind]) for kind in sorted(counts)]


class Books:
    """`whole`: every version of an order is told to this listener, so none may be left out."""

    def __init__(self, secrets: list[str], public_key: str, *, whole: bool) -> None:
        self._secrets = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
        self._public = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_"))) if public_key else None
        self._whole = whole
        self._ids: dict[str, tuple[int, str]] = {}
        self._entries: dict[int, Entry] = {}
        self._digests: list[Digest] = []
        self._sales: dict[str, Sale] = {}
        self.doubles = self.posts = 0
        self.wrong: list[str] = []

    def add_secret(self, secret: str) -> None:
        self._secrets.append(base64.b64decode(secret.removeprefix("whsec_")))

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        self.posts += 1
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        fresh = abs(time.time() - int(headers["webhook-timestamp"])) <= TOLERANCE_SECONDS
        if fresh and any(self._proves(signature, signed) for signature in headers["webhook-signature"].split(" ")):
            return True
        self._note(f"{headers['webhook-id']}: signature not ours, or old")
        return False

    def _proves(self, signature: str, signed: bytes) -> bool:
        kind, _, text = signature.partition(",")
        given = base64.b64decode(text)
        if kind == "v1":
            return any(hmac.compare_digest(hmac.digest(secret, signed, "sha256"), given) for secret in self._secrets)
        if kind != "v1a" or self._public is None:
            return False
        try:
            self._public.verify(given, signed)
        except InvalidSignature:
            return False
        return True

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        id, seq = headers["webhook-id"], int(headers["webhook-seq"])
        leaf = hashlib.sha256(f"{id}.".encode() + body).hexdigest()
        known = self._ids.get(id)
        if known is None:
            self._ids[id] = seq, leaf
            self._book(seq, id, leaf, body)
        elif known == (seq, leaf):
            self.doubles += 1
        else:
            self._note(f"{id} came again as another: seq {known[0]} and {seq}")

    @property
    def count(self) -> int:
        return len(self._ids)

    def _book(self, seq: int, id: str, leaf: str, body: bytes) -> None:
        told = msgspec.json.decode(body, type=Told)
        area, _, what = told.type.partition(".")
        worth = Amount(0)
        if area == "order":
            sold = msgspec.json.decode(told.data, type=OrderTold)
            self._follow(id, sold)
            worth = sold.order.totals.total
        elif area == "payment":
            worth = msgspec.json.decode(told.data, type=PaymentTold).amount
        elif what == "digest":
            self._digests.append(msgspec.json.decode(told.data, type=Digest))
        self._entries[seq] = Entry(id, leaf, told.type, worth.currency, worth.amount)

    def _follow(self, id: str, told: OrderTold) -> None:
        order, totals = told.order, told.order.totals
        before = self._sales.get(order.id)
        last = before.version if before else 0
        if told.version <= last or (self._whole and told.version != last + 1):
            self._note(f"{id}: version {told.version} of {order.id} after {last}")
        self._sales[order.id] = Sale(told.version, totals.total.amount, totals.due.amount, totals.refunded.amount, order.status)

    def _note(self, words: str) -> None:
        if len(self.wrong) < WRONG_KEPT:
            self.wrong.append(words)

    def report(self) -> Report:
        if len(self._entries) < len(self._ids):
            self._note("two events came with one seq")
        return Report(self._entries, self._digests, self._sales, self.doubles, self.wrong, self.posts)


def read_report(blob: bytes) -> dict[str, Report]:
    return msgspec.msgpack.decode(blob, type=dict[str, Report])
