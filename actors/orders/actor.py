"""The table of `orders`."""

from __future__ import annotations

from pathlib import Path

import actors.orders as about
from actors.orders import handlers
from actors.orders.contract import GET_ORDER, LIST_ORDERS, ORDER_CREATED, PLACE_ORDER, PLACE_ORDERS, PREVIEW_ORDER
from actors.orders.numbering import open_numbering
from actors.orders.views import PRICE_LIST, TILLS
from actors.runtime.actor import Actor, Answer

ACTOR = Actor(
    name="orders",
    about=about.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        # Two at a time: one is priced while the other is being written.
        Answer(PLACE_ORDER, handlers.place_orders, batch=64, workers=2),
        Answer(PLACE_ORDERS, handlers.place_batches, batch=2, workers=2),
        Answer(PREVIEW_ORDER, handlers.preview_orders),
        Answer(GET_ORDER, handlers.get_orders),
        Answer(LIST_ORDERS, handlers.list_orders, batch=4, workers=2),
    ),
    tells=(ORDER_CREATED,),
    keeps=(PRICE_LIST, TILLS),
    opens=open_numbering,
)
