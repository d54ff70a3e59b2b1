"""The table of `receipts`."""

from __future__ import annotations

from pathlib import Path

import actors.receipts as about
from actors.orders.contract import ORDER_EVENTS, RECEIPTS_VOIDED
from actors.receipts import contract, handlers
from actors.receipts.cashiers import note_names
from actors.receipts.checking import check_chains
from actors.receipts.labelling import get_labels
from actors.receipts.linking import link_receipts
from actors.receipts.rendering import TOOLS, check_links
from actors.runtime.actor import Actor, Answer, Follow
from actors.runtime.workshop import bring_later
from actors.staff.contract import PERSON_CREATED, PERSON_UPDATED

ACTOR = Actor(
    name="receipts",
    about=about.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        Answer(contract.SET_TEMPLATE, handlers.set_templates, batch=8, waiting=64),
        Answer(contract.GET_TEMPLATE, handlers.get_templates),
        # Drawing takes long: small batches, so that one waits for few others; and few that wait.
        Answer(contract.GET_RECEIPT, handlers.get_receipts, batch=2, workers=2, waiting=256),
        Answer(contract.DRAW_PRINT, handlers.draw_prints, batch=2, workers=2, waiting=256),
        Answer(contract.SHOW_RECEIPT, handlers.show_receipts, batch=2, workers=2, waiting=256),
        Answer(contract.GET_LABELS, get_labels, batch=1, workers=1, waiting=64),
        Answer(contract.GET_LINK, handlers.get_links),
        Answer(contract.PRINT_RECEIPT, handlers.print_receipts),
        Answer(contract.CHECK_CHAIN, check_chains, batch=1, waiting=64),
    ),
    follows=(
        Follow("orders", (*ORDER_EVENTS, RECEIPTS_VOIDED), link_receipts, every_seconds=0.5),
        Follow("staff", (PERSON_CREATED, PERSON_UPDATED), note_names, every_seconds=0.5),
    ),
    works=(bring_later(*TOOLS["escpos"], *TOOLS["pdf"]),),
    opens=check_links,
)
