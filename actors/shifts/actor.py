"""The table of `shifts`."""

from __future__ import annotations

from pathlib import Path

import actors.shifts as about
from actors.customers.contract import CREDIT_CHANGED
from actors.orders.contract import ORDER_EVENTS
from actors.runtime.actor import Actor, Answer, Follow
from actors.shifts import booking, checking, contract, handlers, listing, mending
from actors.shifts.views import PLACES

ACTOR = Actor(
    name="shifts",
    about=about.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        Answer(contract.OPEN_SHIFT, handlers.open_shifts),
        Answer(contract.RECORD_CASH, handlers.record_cash),
        Answer(contract.HAND_OVER, handlers.hand_over, batch=16),
        Answer(contract.CLOSE_SHIFT, handlers.close_shifts, batch=16),
        Answer(contract.APPROVE_SHIFT, handlers.approve_shifts),
        Answer(contract.GET_SHIFT, listing.get_shifts),
        Answer(contract.LIST_SHIFTS, listing.list_shifts, batch=8),
        Answer(contract.GET_X, listing.x_reports),
        Answer(contract.GET_Z, listing.get_z, batch=8),
        Answer(contract.LIST_Z_REPORTS, listing.list_z_reports, batch=4),
        Answer(contract.LIST_CASH, listing.list_cash, batch=8),
        Answer(contract.LIST_CORRECTIONS, listing.list_corrections, batch=8),
        Answer(contract.LIST_UNSHIFTED, listing.list_unshifted, batch=8),
        Answer(contract.CHECK_SHIFTS, checking.check_shifts, batch=1),
        Answer(contract.MEND_SHIFTS, mending.mend_shifts, batch=1),
    ),
    tells=contract.SHIFT_EVENTS,
    follows=(
        Follow("orders", ORDER_EVENTS, booking.book_orders, every_seconds=0.5),
        Follow("customers", (CREDIT_CHANGED,), booking.book_debts, every_seconds=0.1),
    ),
    keeps=(PLACES,),
)
