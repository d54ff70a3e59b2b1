"""One listener's books: checks each signature, knows each event by its id, follows each order from version to version."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TOLERANCE_SECONDS = 300
WRONG_KEPT = 20


class Amount(msgspec.Struct):
    amount: int


class Totals(msgspec.Struct):
    total: Amount
    due: Amount
    refunded: Amount


class Order(msgspec.Struct):
    id: str
    totals: Totals
    status: str = "draft"


class Data(msgspec.Struct):
    order: Order | None = None
    version: int = 0


class Told(msgspec.Struct):
    type: str
    data: Data


class Sale(msgspec.Struct, array_like=True):
    """An order as it was told of last."""

    version: int
    total: int
    due: int
    refunded: int
    status: str


class Report(msgspec.Struct):
    """What one listener has at the end. `entries`: by seq, the id and the SHA-256 of `{id}.{body}` in hex."""

    entries: dict[int, tuple[str, str]]
    sales: dict[str, Sale]
    doubles: int
    wrong: list[str]
    posts: int


class Books:
    """`whole`: every version of an order is told to this listener, so none may be left out."""

    def __init__(self, secrets: list[str], public_key: str, *, whole: bool) -> None:
        self._secrets = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
        self._public = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_"))) if public_key else None
        self._whole = whole
        self._ids: dict[str, tuple[int, bytes]] = {}
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
        leaf = hashlib.sha256(f"{id}.".encode() + body).digest()
        known = self._ids.get(id)
        if known is None:
            self._ids[id] = seq, leaf
            self._follow(id, body)
        elif known == (seq, leaf):
            self.doubles += 1
        else:
            self._note(f"{id} came again as another: seq {known[0]} and {seq}")

    @property
    def count(self) -> int:
        return len(self._ids)

    def _follow(self, id: str, body: bytes) -> None:
        told = msgspec.json.decode(body, type=Told)
        order = told.data.order
        if order is None:
            return
        before = self._sales.get(order.id)
        last = before.version if before else 0
        if told.data.version <= last or (self._whole and told.data.version != last + 1):
            self._note(f"{id}: version {told.data.version} of {order.id} after {last}")
        totals = order.totals
        self._sales[order.id] = Sale(told.data.version, totals.total.amount, totals.due.amount, totals.refunded.amount, order.status)

    def _note(self, words: str) -> None:
        if len(self.wrong) < WRONG_KEPT:
            self.wrong.append(words)

    def report(self) -> Report:
        entries = {seq: (id, leaf.hex()) for id, (seq, leaf) in self._ids.items()}
        if len(entries) < len(self._ids):
            self._note("two events came with one seq")
        return Report(entries, self._sales, self.doubles, self.wrong, self.posts)


def read_report(blob: bytes) -> dict[str, Report]:
    return msgspec.msgpack.decode(blob, type=dict[str, Report])
