"""The table of `customers`."""

from __future__ import annotations

from pathlib import Path

import actors.customers as about
from actors.runtime.actor import Actor

ACTOR = Actor(name="customers", about=about.__doc__ or "", folder=Path(__file__).parent)
