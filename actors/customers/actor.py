"""The table of `customers`."""

from __future__ import annotations

from pathlib import Path

import actors.customers as about
from actors.customers import charging, contract, crediting, handlers, merging, pointing
from actors.customers.checking import check_customers
from actors.customers.expiring import expire_points
from actors.customers.exporting import export_customers
from actors.customers.following import follow_orders
from actors.customers.mending import mend_customers
from actors.orders.contract import ORDER_EVENTS
from actors.runtime.actor import Actor, Answer, Follow
from actors.runtime.upkeep import mend

ACTOR = Actor(
    name="customers",
    about=about.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        Answer(contract.CREATE_CUSTOMER, handlers.create_customers),
        Answer(contract.UPDATE_CUSTOMER, handlers.update_customers),
        Answer(contract.GET_CUSTOMER, handlers.get_customers),
        Answer(contract.LIST_CUSTOMERS, handlers.list_customers, batch=8, workers=2),
        # Each locks two records and all that they have: one after another.
        Answer(contract.MERGE_CUSTOMERS, merging.merge_customers, batch=1),
        Answer(contract.ERASE_CUSTOMER, merging.erase_customers, batch=1),
        Answer(contract.EXPORT_CUSTOMER, export_customers, batch=1, waiting=64),
        Answer(contract.CREATE_GROUP, handlers.create_groups),
        Answer(contract.UPDATE_GROUP, handlers.update_groups),
        Answer(contract.GET_GROUP, handlers.get_groups),
        Answer(contract.LIST_GROUPS, handlers.list_groups, batch=8),
        Answer(contract.SET_CREDIT, crediting.set_credits),
        Answer(contract.GET_CREDIT, crediting.get_credits),
        Answer(contract.PAY_CREDIT, crediting.pay_credits),
        Answer(contract.GET_STATEMENT, crediting.get_statements, batch=8),
        Answer(contract.SET_PROGRAM, pointing.set_programs),
        Answer(contract.LIST_PROGRAMS, pointing.get_programs),
        Answer(contract.GET_POINTS, pointing.get_points),
        Answer(contract.ADJUST_POINTS, pointing.adjust_points),
        Answer(contract.LIST_POINTS_ENTRIES, pointing.list_entries, batch=8),
        Answer(contract.CHECK_CUSTOMERS, check_customers, batch=1, waiting=16),
        Answer(mend("customers"), mend_customers, batch=1, waiting=4),
        Answer(contract.LOOK_UP, handlers.look_up),
        # Each locks one record: nobody waits crosswise.
        Answer(contract.LOOK_ERASED, merging.look_erased, batch=1),
        Answer(contract.CHARGE, charging.charge_customers),
        Answer(contract.GIVE_BACK, charging.give_back),
        Answer(contract.FIND_CHARGE, charging.find_charges),
    ),
    tells=(*contract.CUSTOMER_EVENTS, contract.CREDIT_CHANGED, contract.POINTS_CHANGED),
    follows=(Follow("orders", ORDER_EVENTS, follow_orders, every_seconds=0.5),),
    works=(expire_points,),
)
