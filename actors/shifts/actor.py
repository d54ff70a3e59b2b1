"""The table of `shifts`."""

from __future__ import annotations

from pathlib import Path

import actors.shifts as about
from actors.runtime.actor import Actor

ACTOR = Actor(name="shifts", about=about.__doc__ or "", folder=Path(__file__).parent)
