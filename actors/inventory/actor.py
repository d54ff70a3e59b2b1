"""The table of `inventory`."""

from __future__ import annotations

from pathlib import Path

import actors.inventory as about
from actors.inventory.contract import (
    STOCK_LOW,
    STOCK_OUT,
    STOCK_BACK,
    STOCK_RECEIVED,
    STOCK_ADJUSTED,
    COUNT_CLOSED,
    TRANSFER_SENT,
    TRANSFER_RECEIVED,
    TRANSFER_CANCELLED,
)
from actors.runtime.actor import Actor

ACTOR = Actor(
    name="inventory",
    about=about.__doc__ or "",
    folder=Path(__file__).parent,
    tells=(STOCK_LOW, STOCK_OUT, STOCK_BACK, STOCK_RECEIVED, STOCK_ADJUSTED, COUNT_CLOSED, TRANSFER_SENT, TRANSFER_RECEIVED, TRANSFER_CANCELLED),
)
