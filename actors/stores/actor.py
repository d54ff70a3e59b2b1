"""The table of `stores`."""

from __future__ import annotations

from pathlib import Path

import actors.stores as about
from actors.runtime.actor import Actor, Answer
from actors.stores import contract, handlers

ACTOR = Actor(
    name="stores",
    about=about.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        Answer(contract.CREATE_STORE, handlers.create_stores),
        Answer(contract.UPDATE_STORE, handlers.update_stores),
        Answer(contract.GET_STORE, handlers.get_stores),
        Answer(contract.LIST_STORES, handlers.list_stores, batch=8),
        Answer(contract.CREATE_REGISTER, handlers.create_registers),
        Answer(contract.UPDATE_REGISTER, handlers.update_registers),
        Answer(contract.GET_REGISTER, handlers.get_registers),
        Answer(contract.LIST_REGISTERS, handlers.list_registers, batch=8),
        Answer(contract.STORE_CHANGES, handlers.list_changes, batch=8),
    ),
    tells=(contract.STORE_CREATED, contract.STORE_UPDATED, contract.REGISTER_CREATED, contract.REGISTER_UPDATED),
)
