"""The breaker of one endpoint: whether it is worth posting to now. Pure: moments are monotonic seconds that come in.

    closed --8 in a row that failed, a timeout counts for 3, no connection for 2--> open --1 s, 2 s, 4 s ...: one probe--> closed, or open again
    closed --429, 503 with Retry-After--> throttled --when that time is over: one probe--> closed, or again

While it is not closed nothing but the probe is posted, so a dead endpoint costs one attempt per probe, not one per event.
"""

from __future__ import annotations

from dataclasses import dataclass

from actors.webhooks.contract import Circuit as State

OPEN_AT = 8
TIMEOUT_WEIGHS = 3
UNREACHABLE_WEIGHS = 2
"""No connection, or one that broke off: a listener that refuses fails at once, four times for its first event."""
PROBE_SECONDS_MIN = 1.0
SPREAD = 0.25
"""Waits are longer by up to this part, by chance, so that endpoints on one dead host are not probed together."""


@dataclass(slots=True)
class Circuit:
    probe_seconds_max: float
    state: State = "closed"
    weight: int = 0
    """What the failures since the last success weigh."""
    rung: int = 0
    """How many waits there have been since it was closed."""
    probe_at: float = 0.0
    probing: bool = False

    @property
    def closed(self) -> bool:
        return self.state == "closed"

    def may_probe(self, now: float) -> bool:
        return not self.closed and not self.probing and now >= self.probe_at

    def begin_probe(self) -> None:
        self.probing = True

    def probe_now(self, now: float) -> None:
        """Somebody asks for it."""
        if self.state == "open":
            self.probe_at = now

    def succeeded(self) -> None:
        """Whichever post it was: the listener is there."""
        self.state, self.weight, self.rung, self.probing = "closed", 0, 0, False

    def failed(self, now: float, weighs: int, probe: bool, spread: float) -> bool:
        """Whether it is open now. `spread` in [0, 1) is random. A post that was under way when it opened changes nothing more."""
        self.weight += weighs
        if probe or (self.closed and self.weight >= OPEN_AT):
            self.state = "open"
            self._wait(now, None, spread)
        return not self.closed

    def throttled(self, now: float, seconds: float | None, probe: bool, spread: float) -> None:
        """`seconds`: what the listener asked for; without, or with none at all, it is as long as it would be open. A listener that says
        "now", and then refuses again, would get one post on the heels of the other."""
        until = now + (seconds or 0)
        if probe or self.closed:
            self.state = "throttled"
            self._wait(now, seconds or None, spread)
        elif until > self.probe_at:
            self.probe_at = until

    def _wait(self, now: float, seconds: float | None, spread: float) -> None:
        wait = float(min(PROBE_SECONDS_MIN * 2.0**self.rung, self.probe_seconds_max)) if seconds is None else seconds
        self.rung = min(self.rung + 1, 30)
        self.probe_at = now + wait * (1 + SPREAD * spread)
        self.probing = False
