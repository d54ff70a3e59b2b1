"""The listeners' guide shows code: it is compiled, and its check of signatures runs against Standard Webhooks' own vector."""

from __future__ import annotations

import re
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

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
        if "def verify" in block:
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
