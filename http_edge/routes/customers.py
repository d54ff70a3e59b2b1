"""The routes of `customers`: what a cashier does with them, and what it takes more trust for."""

from actors.customers.contract import (
    ADJUST_POINTS,
    CHECK_CUSTOMERS,
    CREATE_CUSTOMER,
    CREATE_GROUP,
    ERASE_CUSTOMER,
    EXPORT_CUSTOMER,
    GET_CREDIT,
    GET_CUSTOMER,
    GET_GROUP,
    GET_POINTS,
    GET_STATEMENT,
    LIST_CUSTOMERS,
    LIST_GROUPS,
    LIST_POINTS_ENTRIES,
    LIST_PROGRAMS,
    MERGE_CUSTOMERS,
    PAY_CREDIT,
    SET_CREDIT,
    SET_PROGRAM,
    UPDATE_CUSTOMER,
    UPDATE_GROUP,
)
from http_edge.places import WHOLE
from http_edge.route import Resource, Route

READ, WRITE = "customers:read", "customers:write"
SEE, GRANT = "accounts:read", "accounts:write"
"""Limits and points are worth money; what concerns a whole record cannot be undone."""
CUSTOMER, GROUP = "/v1/customers/{id}", "/v1/customer-groups/{code}"

CUSTOMERS = Resource(
    "Customers",
    "Who buys: profiles that are found by name, phone or code; credit accounts with a limit; loyalty points that follow sales.",
    (
        Route("GET", "/v1/customers", LIST_CUSTOMERS, READ),
        Route("POST", "/v1/customers", CREATE_CUSTOMER, WRITE, body="", location=CUSTOMER),
        Route("GET", "/v1/customers/check", CHECK_CUSTOMERS, SEE, place=WHOLE),
        Route("GET", CUSTOMER, GET_CUSTOMER, READ),
        Route("PATCH", CUSTOMER, UPDATE_CUSTOMER, WRITE, body="changes"),
        Route("POST", CUSTOMER + "/merge", MERGE_CUSTOMERS, GRANT, body="*"),
        Route("GET", CUSTOMER + "/export", EXPORT_CUSTOMER, SEE),
        Route("POST", CUSTOMER + "/erase", ERASE_CUSTOMER, GRANT, body="*"),
        Route("GET", CUSTOMER + "/credit", GET_CREDIT, READ),
        Route("POST", CUSTOMER + "/credit", SET_CREDIT, GRANT, body="*"),
        Route("POST", CUSTOMER + "/credit/payments", PAY_CREDIT, GRANT, body="*"),
        Route("GET", CUSTOMER + "/credit/statement", GET_STATEMENT, READ),
        Route("GET", CUSTOMER + "/points", GET_POINTS, READ),
        Route("POST", CUSTOMER + "/points", ADJUST_POINTS, GRANT, body="*"),
        Route("GET", CUSTOMER + "/points/entries", LIST_POINTS_ENTRIES, READ),
        Route("GET", "/v1/customer-groups", LIST_GROUPS, READ),
        Route("POST", "/v1/customer-groups", CREATE_GROUP, GRANT, body="", location=GROUP),
        Route("GET", GROUP, GET_GROUP, READ),
        Route("PATCH", GROUP, UPDATE_GROUP, GRANT, body="changes"),
        Route("GET", "/v1/points-programs", LIST_PROGRAMS, READ),
        Route("POST", "/v1/points-programs", SET_PROGRAM, GRANT, body=""),
    ),
)
