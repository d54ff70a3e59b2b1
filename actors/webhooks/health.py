"""How an endpoint fares: what is remembered of its last attempts. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

ATTEMPTS_MAX = 256
ATTEMPTS_FOR = timedelta(hours=1)


class Tried(NamedTuple):
    at: datetime
    ok: bool
    latency_ms: int


class Rates(NamedTuple):
    """Over the attempts that are remembered; None without any."""

    success: float | None
    latency_ms_p50: int | None
    latency_ms_p99: int | None


@dataclass(slots=True)
class Vitals:
    """As of the member in charge. `told_failing`: whether an event has said so."""

    tried: deque[Tried] = field(default_factory=lambda: deque(maxlen=ATTEMPTS_MAX))
    consecutive_failures: int = 0
    failing_since: datetime | None = None
    told_failing: bool = False
    last_success_at: datetime | None = None
    last_attempt_at: datetime | None = None
    last_error: str | None = None
    changed: bool = False

    def look_back(
        self, consecutive_failures: int, failing_since: datetime | None, told_failing: bool, last_success_at: datetime | None,
        last_attempt_at: datetime | None, last_error: str | None,
    ) -> None:
        """What was saved of it, by whoever was in charge before."""
        self.consecutive_failures, self.failing_since, self.told_failing = consecutive_failures, failing_since, told_failing
        self.last_success_at, self.last_attempt_at, self.last_error = last_success_at, last_attempt_at, last_error

    def note(self, at: datetime, latency_ms: int, error: str | None) -> None:
        """One attempt; `error` in words, or None when it was a success."""
        self.tried.append(Tried(at, error is None, latency_ms))
        self.last_attempt_at = at
        self.changed = True
        if error is None:
            self.consecutive_failures, self.failing_since, self.last_success_at = 0, None, at
        else:
            self.consecutive_failures += 1
            self.failing_since = self.failing_since or at
            self.last_error = error

    def failing_seconds(self, now: datetime) -> float:
        """Since its first failure after its last success; 0 when the last one was a success."""
        return 0.0 if self.failing_since is None else (now - self.failing_since).total_seconds()

    @property
    def is_back(self) -> bool:
        """Its last attempt was a success. That it is not failing is not enough: whoever resumes it has its failures forgotten, and has proven
        nothing by that."""
        return self.failing_since is None and self.last_success_at is not None and self.last_success_at == self.last_attempt_at

    def rates(self, now: datetime) -> Rates:
        tried = [one for one in self.tried if now - one.at <= ATTEMPTS_FOR]
        if not tried:
            return Rates(None, None, None)
        latencies = sorted(one.latency_ms for one in tried)
        return Rates(
            sum(one.ok for one in tried) / len(tried), latencies[(len(latencies) - 1) // 2], latencies[(len(latencies) - 1) * 99 // 100]
        )
