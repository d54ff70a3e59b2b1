"""So many posts a second, and never more. Pure: moments are monotonic seconds that come in."""

from __future__ import annotations

from collections import deque

WINDOW_SECONDS = 1.05
"""A little more than a second: what leaves here evenly may arrive a little closer together."""


class Rate:
    """At most `per_second` in any second, wherever it begins: the moments of the last so many are remembered.

    A bucket of tokens would let twice as many through in the second after a pause. `used_up_at`: nobody here knows what was posted before,
    by another member or at another rate, so it begins as if all of it had gone out just then.
    """

    def __init__(self, per_second: int, used_up_at: float | None = None) -> None:
        self.per_second = per_second
        self._last: deque[float] = deque([] if used_up_at is None else [used_up_at] * per_second, maxlen=per_second)

    def wait(self, now: float) -> float:
        """Seconds until one more may go; 0 when it may go now."""
        if len(self._last) < self.per_second:
            return 0.0
        return max(0.0, self._last[0] + WINDOW_SECONDS - now)

    def went(self, now: float) -> None:
        self._last.append(now)


def wait_for(rates: tuple[Rate, ...], now: float) -> float:
    """All of them must allow it."""
    return max((rate.wait(now) for rate in rates), default=0.0)
