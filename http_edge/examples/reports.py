"""Examples of `reports`."""

from __future__ import annotations

from typing import Any

TOLD: dict[str, Any] = {}
"""What an event carries, where the name of the event makes a difference."""

VALUES: tuple[Any, ...] = ()
