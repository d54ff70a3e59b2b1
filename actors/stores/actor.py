"""What `stores` answers, and with which handler."""

from __future__ import annotations

from pathlib import Path

import actors.stores
from actors.runtime.actor import Actor, Answer
from actors.stores import handlers
from actors.stores.contract import (
    CREATE_REGISTER,
    CREATE_STORE,
    GET_REGISTER,
    GET_STORE,
    LIST_REGISTERS,
    LIST_STORES,
    REGISTER_CREATED,
    REGISTER_UPDATED,
    STORE_CHANGES,
    STORE_CREATED,
    STORE_UPDATED,
    UPDATE_REGISTER,
    UPDATE_STORE,
)

ACTOR = Actor(
    name="stores",
    about=actors.stores.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        Answer(CREATE_STORE, handlers.create_stores),
        Answer(UPDATE_STORE, handlers.update_stores),
        Answer(GET_STORE, handlers.get_stores),
        Answer(LIST_STORES, handlers.list_stores, batch=8),
        Answer(CREATE_REGISTER, handlers.create_registers),
        Answer(UPDATE_REGISTER, handlers.update_registers),
        Answer(GET_REGISTER, handlers.get_registers),
        Answer(LIST_REGISTERS, handlers.list_registers, batch=8),
        Answer(STORE_CHANGES, handlers.list_changes, batch=8),
    ),
    tells=(STORE_CREATED, STORE_UPDATED, REGISTER_CREATED, REGISTER_UPDATED),
)
