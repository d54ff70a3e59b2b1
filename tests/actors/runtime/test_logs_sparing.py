"""The log in an outage."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from structlog import DropEvent

from actors.runtime.logs_sparing import LINES_MAX, WINDOW_SECONDS, Sparing


class Log:
    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[Any] = []
        self._sparing = Sparing(lambda: self.now)

    def say(self, event: str, level: str = "warning", **told: Any) -> None:
        with suppress(DropEvent):
            self.lines.append(self._sparing(None, level, {"event": event, **told}))


def test_the_same_is_said_a_few_times_and_then_counted() -> None:
    log = Log()
    for _ in range(100):
        log.say("database away", actor="orders")
    assert log.lines == [{"event": "database away", "actor": "orders"}] * LINES_MAX
    log.now = WINDOW_SECONDS
    log.say("database away", actor="orders")
    assert log.lines[-1] == {"event": "database away", "actor": "orders", "left_out": 100 - LINES_MAX}
    log.say("database away", actor="orders")
    assert "left_out" not in log.lines[-1]


def test_one_does_not_silence_another() -> None:
    log = Log()
    for _ in range(100):
        log.say("database away", actor="orders")
    log.say("database away", actor="stores")
    log.say("nats is away")
    assert log.lines[LINES_MAX:] == [{"event": "database away", "actor": "stores"}, {"event": "nats is away"}]


def test_every_error_is_said() -> None:
    log = Log()
    for number in range(100):
        log.say("command failed", "error", error_id=number)
    assert [line["error_id"] for line in log.lines] == list(range(100))
