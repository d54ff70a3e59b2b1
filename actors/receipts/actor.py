"""The table of `receipts`."""

from __future__ import annotations

from pathlib import Path

import actors.receipts as about
from actors.runtime.actor import Actor

ACTOR = Actor(name="receipts", about=about.__doc__ or "", folder=Path(__file__).parent)
