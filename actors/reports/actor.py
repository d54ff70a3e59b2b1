"""The table of `reports`."""

from __future__ import annotations

from pathlib import Path

import actors.reports as about
from actors.inventory.contract import COUNT_CLOSED, STOCK_ADJUSTED, TRANSFER_RECEIVED
from actors.orders.contract import ORDER_EVENTS
from actors.reports import closing, contract, costing, pacing, rebuilding, stocking
from actors.reports.checking import check_reports
from actors.reports.filing import TOOLS
from actors.reports.following import follow_orders
from actors.reports.handlers import ask_sales, ask_taxes
from actors.reports.profiting import ask_profit
from actors.reports.returning import ask_refunds
from actors.reports.shifting import ask_shifts
from actors.reports.store import open_memory
from actors.reports.views import SHOPS
from actors.runtime.actor import Actor, Answer, Follow
from actors.runtime.workshop import bring_later

ACTOR = Actor(
    name="reports",
    about=about.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        # One in a transaction: most ask others first, and a picture takes a while.
        Answer(contract.SALES, ask_sales, batch=1, workers=4),
        Answer(contract.REFUNDS, ask_refunds, batch=1, workers=2),
        Answer(contract.PROFIT, ask_profit, batch=1, workers=2),
        Answer(contract.TAXES, ask_taxes, batch=1, workers=2),
        Answer(contract.SHIFTS, ask_shifts, batch=1, workers=2),
        Answer(contract.STOCK_VALUE, stocking.ask_stock_value, batch=1, workers=2),
        Answer(contract.SLOW_MOVERS, pacing.ask_slow_movers, batch=1, workers=2),
        Answer(contract.REORDER, pacing.ask_reorder, batch=1, workers=2),
        # Each takes seconds.
        Answer(contract.CHECK_REPORTS, check_reports, batch=1, waiting=4),
        Answer(contract.REBUILD, rebuilding.start_rebuild, batch=1),
        Answer(contract.GET_REBUILD, rebuilding.get_rebuild),
    ),
    follows=(
        Follow("orders", ORDER_EVENTS, follow_orders, every_seconds=1.0),
        Follow("inventory", (STOCK_ADJUSTED, COUNT_CLOSED, TRANSFER_RECEIVED), costing.mark_changed),
    ),
    keeps=(SHOPS,),
    works=(costing.keep_costs, stocking.watch_stock, closing.close_days, rebuilding.rebuild, bring_later(*TOOLS["png"])),
    opens=open_memory,
    # Nobody waits for a figure: the more events share a page, the fewer rows are written for each.
    gather_seconds=0.25,
)
