"""The table of `payments`."""

from __future__ import annotations

from pathlib import Path

import actors.payments as about
from actors.payments.contract import (
    PAYMENT_APPROVED,
    PAYMENT_FAILED,
    PAYMENT_REFUNDED,
    ACCOUNT_OPENED,
    ACCOUNT_UPDATED,
)
from actors.runtime.actor import Actor

ACTOR = Actor(
    name="payments",
    about=about.__doc__ or "",
    folder=Path(__file__).parent,
    tells=(PAYMENT_APPROVED, PAYMENT_FAILED, PAYMENT_REFUNDED, ACCOUNT_OPENED, ACCOUNT_UPDATED),
)
