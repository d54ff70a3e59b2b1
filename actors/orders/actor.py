"""The table of `orders`."""

from __future__ import annotations

from pathlib import Path

import actors.orders as about
from actors.orders.contract import ORDER_EVENTS, PAYMENT_RETURNED
from actors.runtime.actor import Actor

ACTOR = Actor(name="orders", about=about.__doc__ or "", folder=Path(__file__).parent, tells=(*ORDER_EVENTS, PAYMENT_RETURNED))
