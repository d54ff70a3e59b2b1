"""Cash drawers: shifts, what goes in and out of them, and their reports."""

from actors.shifts.contract import (
    APPROVE_SHIFT,
    CHECK_SHIFTS,
    CLOSE_SHIFT,
    GET_SHIFT,
    GET_X,
    GET_Z,
    HAND_OVER,
    LIST_CASH,
    LIST_CORRECTIONS,
    LIST_SHIFTS,
    LIST_UNSHIFTED,
    LIST_Z_REPORTS,
    MEND_SHIFTS,
    OPEN_SHIFT,
    RECORD_CASH,
)
from http_edge.places import A_SHIFT, WHOLE
from http_edge.route import Resource, Route

READ, WRITE = "shifts:read", "shifts:write"
FIGURES = "reports:read"
"""An X report tells what should be in the drawer: whoever is to count it blind must not see it."""
SHIFT = "/v1/shifts/{id}"

SHIFTS = Resource(
    "Shifts",
    "Cash drawers: opened with a float, counted blind at the end. What should be in a drawer is kept with each sale, so closing it takes "
    "the same time however many there were; a sale that comes later is a correction of the Z report of its day.",
    (
        Route("GET", "/v1/shifts", LIST_SHIFTS, READ),
        Route("POST", "/v1/shifts", OPEN_SHIFT, WRITE, body="", location=SHIFT),
        Route("GET", "/v1/shifts/check", CHECK_SHIFTS, FIGURES, place=WHOLE),
        Route("POST", "/v1/shifts/mend", MEND_SHIFTS, "operations:write", body="*", place=WHOLE),
        Route("GET", "/v1/shifts/unshifted", LIST_UNSHIFTED, FIGURES),
        Route("GET", SHIFT, GET_SHIFT, READ, place=A_SHIFT),
        Route("GET", SHIFT + "/cash", LIST_CASH, READ, place=A_SHIFT),
        Route("POST", SHIFT + "/cash", RECORD_CASH, WRITE, body="*", place=A_SHIFT),
        Route("POST", SHIFT + "/hand-over", HAND_OVER, WRITE, body="*", place=A_SHIFT),
        Route("POST", SHIFT + "/close", CLOSE_SHIFT, WRITE, body="*", place=A_SHIFT),
        Route("POST", SHIFT + "/approve", APPROVE_SHIFT, WRITE, body="*", place=A_SHIFT),
        Route("GET", SHIFT + "/x", GET_X, FIGURES, place=A_SHIFT),
        Route("GET", SHIFT + "/z", GET_Z, READ, place=A_SHIFT),
        Route("GET", SHIFT + "/corrections", LIST_CORRECTIONS, READ, place=A_SHIFT),
        Route("GET", "/v1/z-reports", LIST_Z_REPORTS, READ),
    ),
)
