"""The table of `payments`."""

from __future__ import annotations

from pathlib import Path

import actors.payments as about
from actors.orders.contract import PAYMENT_RETURNED
from actors.payments import accounts, contract, effects, handlers, reactions, watching
from actors.payments.beginning import create_intents
from actors.payments.checking import check_payments
from actors.payments.forgetting import forget_owners, settle_doubts
from actors.payments.mending import mend_payments
from actors.runtime.actor import Actor, Answer, React
from actors.runtime.upkeep import mend

ACTOR = Actor(
    name="payments",
    about=about.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        Answer(contract.CREATE_INTENT, create_intents),
        Answer(contract.CONFIRM_INTENT, handlers.confirm_intents),
        Answer(contract.CANCEL_INTENT, handlers.cancel_intents),
        Answer(contract.GET_INTENT, handlers.get_intents),
        Answer(contract.LIST_INTENTS, handlers.list_intents),
        # Drawing takes long: small batches, so that one waits for few others.
        Answer(contract.GET_QR, handlers.draw_codes, batch=2, workers=2),
        Answer(contract.TAKE_CALLBACK, handlers.take_callbacks),
        Answer(contract.SET_MERCHANT, handlers.set_merchants),
        Answer(contract.GET_MERCHANT, handlers.get_merchants),
        Answer(contract.ISSUE_GIFT_CARD, accounts.issue_gift_cards),
        Answer(contract.OPEN_STORE_CREDIT, accounts.open_store_credits),
        Answer(contract.TOP_UP, accounts.top_up),
        Answer(contract.FIND_GIFT_CARD, accounts.find_gift_cards),
        Answer(contract.GET_ACCOUNT, accounts.get_accounts),
        Answer(contract.UPDATE_ACCOUNT, accounts.update_accounts),
        Answer(contract.LIST_ACCOUNTS, accounts.list_accounts),
        Answer(contract.LIST_ENTRIES, accounts.list_entries),
        Answer(contract.LIST_OWNED, accounts.list_owned, batch=1),
        Answer(contract.FORGET_OWNERS, forget_owners, batch=1),
        Answer(contract.CHECK_PAYMENTS, check_payments, batch=1, waiting=16),
        Answer(mend("payments"), mend_payments, batch=1, waiting=4),
    ),
    tells=(
        contract.PAYMENT_APPROVED,
        contract.PAYMENT_FAILED,
        contract.PAYMENT_REFUNDED,
        contract.ACCOUNT_OPENED,
        contract.ACCOUNT_UPDATED,
    ),
    reacts=(*(React(event, reactions.hear_orders) for event in reactions.HEARD), React(PAYMENT_RETURNED, reactions.take_back)),
    works=(effects.settle_due, settle_doubts, watching.watch_unsettled),
    opens=effects.open_desk,
)
