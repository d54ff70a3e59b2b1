"""Stores and their registers."""

from actors.stores.contract import (
    CREATE_REGISTER,
    CREATE_STORE,
    GET_REGISTER,
    GET_STORE,
    LIST_REGISTERS,
    LIST_STORES,
    UPDATE_REGISTER,
    UPDATE_STORE,
)
from http_edge.places import A_REGISTER, A_STORE, SHARED, WHOLE
from http_edge.route import Resource, Route

READ, WRITE = "stores:read", "stores:write"

STORES = Resource(
    "Stores",
    "A store has one currency, one time zone and its own taxes.",
    (
        Route("GET", "/v1/stores", LIST_STORES, READ, place=SHARED),
        Route("POST", "/v1/stores", CREATE_STORE, WRITE, body="", location="/v1/stores/{id}", place=WHOLE),
        Route("GET", "/v1/stores/{id}", GET_STORE, READ, place=SHARED),
        Route("PATCH", "/v1/stores/{id}", UPDATE_STORE, WRITE, body="changes", place=A_STORE),
    ),
)
REGISTERS = Resource(
    "Registers",
    "A register belongs to a store and numbers its own receipts, without gaps.",
    (
        Route("GET", "/v1/registers", LIST_REGISTERS, READ, place=SHARED),
        Route("POST", "/v1/registers", CREATE_REGISTER, WRITE, body="", location="/v1/registers/{id}"),
        Route("GET", "/v1/registers/{id}", GET_REGISTER, READ, place=SHARED),
        Route("PATCH", "/v1/registers/{id}", UPDATE_REGISTER, WRITE, body="changes", place=A_REGISTER),
    ),
)
