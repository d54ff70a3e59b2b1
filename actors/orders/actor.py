"""The table of `orders`."""

from __future__ import annotations

from pathlib import Path

import actors.orders as about
from actors.orders import cancelling, changing, contract, exchanging, handlers, merging, moving, paying, returning, splitting
from actors.orders.desk import open_desk
from actors.orders.receipts import list_receipts
from actors.orders.views import OFFERS, PRICE_LIST, TILLS
from actors.orders.voiding import void_receipts
from actors.payments.contract import PAYMENT_APPROVED
from actors.runtime.actor import Actor, Answer, React

ACTOR = Actor(
    name="orders",
    about=about.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        # Two at a time: one is priced while the other is being written.
        Answer(contract.PLACE_ORDER, handlers.place_orders, batch=64, workers=2),
        Answer(contract.PLACE_ORDERS, handlers.place_batches, batch=2, workers=2),
        Answer(contract.PREVIEW_ORDER, handlers.preview_orders),
        Answer(contract.CHANGE_ORDER, changing.change_orders),
        Answer(contract.PAY_ORDER, paying.pay_orders),
        Answer(contract.MOVE_ORDER, moving.move_orders),
        Answer(contract.MOVE_ORDERS, moving.move_batches, batch=2),
        Answer(contract.CANCEL_ORDER, cancelling.cancel_orders),
        Answer(contract.REFUND_ORDER, returning.refund_orders),
        # They ask inventory first, and lock orders then: one after another.
        Answer(contract.EXCHANGE_ORDER, exchanging.exchange_orders, batch=1, workers=2),
        Answer(contract.SPLIT_ORDER, splitting.split_orders, batch=1, workers=2),
        Answer(contract.MERGE_ORDERS, merging.merge_orders, batch=1, workers=2),
        Answer(contract.REVIEW_ORDER, moving.review_orders),
        Answer(contract.GET_ORDER, handlers.get_orders),
        Answer(contract.LIST_ORDERS, handlers.list_orders, batch=4, workers=2),
        Answer(contract.LIST_STOCK_USES, handlers.list_stock_uses, batch=4),
        Answer(contract.LIST_RECEIPTS, list_receipts, batch=1),
        Answer(contract.VOID_RECEIPTS, void_receipts, batch=1, workers=2),
    ),
    tells=(*contract.ORDER_EVENTS, contract.RECEIPTS_VOIDED, contract.PAYMENT_RETURNED),
    reacts=(React(PAYMENT_APPROVED, paying.take_payments),),
    keeps=(PRICE_LIST, TILLS, OFFERS),
    works=(cancelling.cancel_expired,),
    opens=open_desk,
)
