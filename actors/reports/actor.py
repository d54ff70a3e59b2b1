"""The table of `reports`."""

from __future__ import annotations

from pathlib import Path

import actors.reports as about
from actors.runtime.actor import Actor

ACTOR = Actor(name="reports", about=about.__doc__ or "", folder=Path(__file__).parent)
