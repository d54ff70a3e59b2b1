"""The listeners' guide shows code: its checks run against Standard Webhooks' own vector, our signatures and our digests.

What needs a running Kasir is run in `test_listeners.py`.
"""

from __future__ import annotations

import re
import sqlite3
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from actors.webhooks.catalogue import EVENT_TYPES
from actors.webhooks.digests import leaf, rolling
from actors.webhooks.signing import new_signing_key, public_key, read_signing_key, sign_v1a

GUIDE = Path(__file__).parents[2] / "docs" / "listeners.md"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
BODY = b'{"test": 2432232314}'


@pytest.fixture
def shown() -> dict[str, Any]:
    """What the guide's code defines, with a clock at the time of the vector."""
    names: dict[str, Any] = {"__name__": "guide", "os": None}
    for block in re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL):
        code = compile(block, str(GUIDE), "exec")
        if "__main__" not in block:
            exec(code, names)
    names["time"] = SimpleNamespace(time=lambda: 1614265330 + 10)
    return names


def test_the_vector_is_genuine(shown: dict[str, Any]) -> None:
    assert shown["verify"](SECRET, HEADERS, BODY) is True


def test_another_body_is_not(shown: dict[str, Any]) -> None:
    assert shown["verify"](SECRET, HEADERS, BODY + b" ") is False


def test_nor_an_old_one(shown: dict[str, Any]) -> None:
    shown["time"] = time
    assert shown["verify"](SECRET, HEADERS, BODY) is False


def test_what_is_signed_with_a_key_is_verified_with_the_public_one(shown: dict[str, Any]) -> None:
    key = new_signing_key(b"k" * 32)
    signature = sign_v1a(read_signing_key(key), HEADERS["webhook-id"], HEADERS["webhook-timestamp"], BODY)
    headers = {**HEADERS, "webhook-signature": f"{HEADERS['webhook-signature']} v1a,!! {signature}"}
    assert shown["verify_v1a"](public_key(key), headers, BODY) is True
    assert shown["verify_v1a"](public_key(key), headers, BODY + b" ") is False
    assert shown["verify_v1a"](public_key(new_signing_key(b"j" * 32)), headers, BODY) is False
    shown["time"] = time
    assert shown["verify_v1a"](public_key(key), headers, BODY) is False


def test_a_digest_agrees_with_what_is_there_and_with_nothing_else(shown: dict[str, Any]) -> None:
    books = sqlite3.connect(":memory:")
    books.execute("CREATE TABLE events (seq INTEGER, id TEXT PRIMARY KEY, type TEXT, body BLOB)")
    events = [(seq, f"id-{seq}", "order.created", b'{"n": %d}' % seq) for seq in range(1, 8)]
    books.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", reversed(events))
    digest = {"first_seq": 2, "last_seq": 6, "count": 5, "hash": rolling(leaf(id, body) for _, id, _, body in events[1:6])}
    assert shown["agrees"](books, digest) is True
    books.execute("UPDATE events SET body = ? WHERE seq = 4", (b"{}",))
    assert shown["agrees"](books, digest) is False
    books.execute("DELETE FROM events WHERE seq = 4")
    assert shown["agrees"](books, digest) is False


@pytest.mark.parametrize("name", [*EVENT_TYPES, "webhook.test", "webhook.digest"])
def test_every_type_is_told_of(name: str) -> None:
    """By its name, or as `.updated` in a row that begins with another one of its kind."""
    kind, _, what = name.partition(".")
    rows = [line for line in GUIDE.read_text().splitlines() if line.startswith("|")]
    assert any(f"`{name}`" in row or (f"`{kind}." in row and f"`.{what}`" in row) for row in rows)
