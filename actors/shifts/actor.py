"""The table of `shifts`."""

from __future__ import annotations

from pathlib import Path

import actors.shifts as about
from actors.customers.contract import CREDIT_CHANGED
from actors.orders.contract import ORDER_EVENTS
from actors.runtime.actor import Actor, Answer, Follow
from actors.shifts import booking, checking, handlers, listing
from actors.shifts.contract import (
    APPROVE_SHIFT,
    CHECK_SHIFTS,
    CLOSE_SHIFT,
    GET_SHIFT,
    GET_X,
    GET_Z,
    HAND_OVER,
    LIST_CASH,
    LIST_CORRECTIONS,
    LIST_SHIFTS,
    LIST_UNSHIFTED,
    LIST_Z_REPORTS,
    MEND_SHIFTS,
    OPEN_SHIFT,
    RECORD_CASH,
    SHIFT_EVENTS,
)
from actors.shifts.views import PLACES

ACTOR = Actor(
    name="shifts",
    about=about.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        Answer(OPEN_SHIFT, handlers.open_shifts),
        Answer(RECORD_CASH, handlers.record_cash),
        Answer(HAND_OVER, handlers.hand_over, batch=16),
        Answer(CLOSE_SHIFT, handlers.close_shifts, batch=16),
        Answer(APPROVE_SHIFT, handlers.approve_shifts),
        Answer(GET_SHIFT, listing.get_shifts),
        Answer(LIST_SHIFTS, listing.list_shifts, batch=8),
        Answer(GET_X, listing.x_reports),
        Answer(GET_Z, listing.get_z, batch=8),
        Answer(LIST_Z_REPORTS, listing.list_z_reports, batch=4),
        Answer(LIST_CASH, listing.list_cash, batch=8),
        Answer(LIST_CORRECTIONS, listing.list_corrections, batch=8),
        Answer(LIST_UNSHIFTED, listing.list_unshifted, batch=8),
        Answer(CHECK_SHIFTS, checking.check_shifts, batch=1),
        Answer(MEND_SHIFTS, checking.mend_shifts, batch=1),
    ),
    tells=SHIFT_EVENTS,
    follows=(
        Follow("orders", ORDER_EVENTS, booking.book_orders, every_seconds=0.5),
        Follow("customers", (CREDIT_CHANGED,), booking.book_debts, every_seconds=0.1),
    ),
    keeps=(PLACES,),
)
"""What `shifts` answers and tells."""
