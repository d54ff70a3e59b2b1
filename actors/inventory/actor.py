"""The table of `inventory`."""

from __future__ import annotations

from pathlib import Path

import actors.inventory as about
from actors.inventory import arriving, closing, contract, counting, handlers, receiving, reordering, transferring
from actors.inventory.checking import check_stock
from actors.inventory.confirming import confirm_reservations
from actors.inventory.following import follow_orders
from actors.inventory.mending import mend_stock
from actors.inventory.reserving import reserve
from actors.inventory.valuing import tell_costs, tell_worth, tell_worth_then
from actors.inventory.views import STORES
from actors.orders.contract import ORDER_EVENTS
from actors.runtime.actor import Actor, Answer, Follow
from actors.runtime.upkeep import mend

ACTOR = Actor(
    name="inventory",
    about=about.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        # A message may have hundreds of lines, and a batch must be done in time.
        Answer(contract.RECEIVE_GOODS, receiving.receive_goods, batch=16),
        Answer(contract.ADJUST_STOCK, receiving.adjust_stock, batch=16),
        Answer(contract.SET_REORDER_POINTS, reordering.set_reorder_points, batch=16),
        Answer(contract.OPEN_COUNT, counting.open_counts, batch=4),
        Answer(contract.RECORD_COUNT, counting.record_counts, batch=16),
        Answer(contract.CLOSE_COUNT, closing.close_counts, batch=4),
        Answer(contract.CANCEL_COUNT, closing.cancel_counts, batch=16),
        Answer(contract.GET_COUNT, handlers.get_counts, batch=16),
        Answer(contract.LIST_COUNTS, handlers.list_counts, batch=4),
        Answer(contract.SEND_TRANSFER, transferring.send_transfers, batch=16),
        Answer(contract.RECEIVE_TRANSFER, arriving.receive_transfers, batch=16),
        Answer(contract.CANCEL_TRANSFER, arriving.cancel_transfers, batch=16),
        Answer(contract.GET_TRANSFER, handlers.get_transfers, batch=16),
        Answer(contract.LIST_TRANSFERS, handlers.list_transfers, batch=4),
        Answer(contract.LIST_LEVELS, handlers.list_levels, batch=8, workers=2),
        Answer(contract.LIST_MOVEMENTS, handlers.list_movements, batch=8, workers=2),
        # One at a time, and few that wait: each takes seconds.
        Answer(contract.CHECK_STOCK, check_stock, batch=1, waiting=4),
        Answer(mend("inventory"), mend_stock, batch=1, waiting=4),
        Answer(contract.RESERVE, reserve, batch=16),
        Answer(contract.ASK_COSTS, tell_costs, batch=1),
        Answer(contract.ASK_WORTH, tell_worth, batch=4),
        Answer(contract.ASK_WORTH_THEN, tell_worth_then, batch=1),
    ),
    tells=(
        contract.STOCK_LOW,
        contract.STOCK_OUT,
        contract.STOCK_BACK,
        contract.STOCK_RECEIVED,
        contract.STOCK_ADJUSTED,
        contract.COUNT_CLOSED,
        contract.TRANSFER_SENT,
        contract.TRANSFER_RECEIVED,
        contract.TRANSFER_CANCELLED,
    ),
    # A level may lag a moment behind the sale; what is scarce is kept back before.
    follows=(Follow("orders", ORDER_EVENTS, follow_orders, every_seconds=0.5),),
    keeps=(STORES,),
    works=(confirm_reservations,),
)
