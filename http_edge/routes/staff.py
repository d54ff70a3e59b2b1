"""People and what they may do, registers, sessions, approvals, API keys."""

from actors.runtime.words import Command
from actors.staff.contract import (
    APPROVE,
    CHANGE_PASSWORD,
    CHANGE_PIN,
    CREATE_API_KEY,
    CREATE_PERSON,
    CREATE_ROLE,
    END_ENROLMENT,
    END_SESSION,
    ENROL,
    FORBIDDEN,
    GET_PERSON,
    GET_ROLE,
    LIST_API_KEYS,
    LIST_PEOPLE,
    LIST_ROLES,
    LIST_SESSIONS,
    NOT_FOUND,
    OFFER_ENROLMENT,
    REVOKE_API_KEY,
    SET_PASSWORD,
    SET_PIN,
    SIGN_IN,
    SIGN_IN_BY_PASSWORD,
    UNLOCK_PERSON,
    UPDATE_PERSON,
    UPDATE_ROLE,
    Session,
)
from http_edge.places import HERE, WHOLE
from http_edge.route import Resource, Route
from http_edge.sessions import CurrentSession, end_current, get_current

READ, WRITE = "staff:read", "staff:write"
PERSON, ROLE, SESSION, CURRENT = "/v1/people/{id}", "/v1/roles/{code}", "/v1/sessions/{id}", "/v1/sessions/current"
ENROLMENT = "/v1/registers/{register_id}/enrolment"

GET_CURRENT = Command("sessions.get", CurrentSession, Session, "Tell who the key that asks speaks for", reasons=(NOT_FOUND,))
END_CURRENT = Command("sessions.end", CurrentSession, Session, "Sign out", reasons=(NOT_FOUND, FORBIDDEN))

PEOPLE = Resource(
    "People",
    "Who works here. A code and a PIN for the register, a login and a password for the back office, roles that say what they may do. Whatever "
    "is changed counts at once, also for those who are signed in.",
    (
        Route("GET", "/v1/people", LIST_PEOPLE, READ),
        Route("POST", "/v1/people", CREATE_PERSON, WRITE, body="", location=PERSON),
        Route("GET", PERSON, GET_PERSON, READ),
        Route("PATCH", PERSON, UPDATE_PERSON, WRITE, body="changes"),
        Route("POST", PERSON + "/pin", SET_PIN, WRITE, body="*"),
        Route("POST", PERSON + "/password", SET_PASSWORD, WRITE, body="*"),
        Route("POST", PERSON + "/unlock", UNLOCK_PERSON, WRITE),
    ),
)
ROLES = Resource(
    "Roles",
    "Permissions under a name: scopes, and how far one may go without the approval of another. Five are there from the beginning.",
    (
        Route("GET", "/v1/roles", LIST_ROLES, READ),
        Route("POST", "/v1/roles", CREATE_ROLE, WRITE, body="", location=ROLE, place=WHOLE),
        Route("GET", ROLE, GET_ROLE, READ),
        Route("PATCH", ROLE, UPDATE_ROLE, WRITE, body="changes", place=WHOLE),
    ),
)
SESSIONS = Resource(
    "Signing in",
    "A device becomes a register with a one-time code. People sign in there with their PIN, and to the back office with a password. What "
    "somebody may not do alone, another one approves by PIN, for one request.",
    (
        Route("POST", ENROLMENT, OFFER_ENROLMENT, "stores:write"),
        Route("DELETE", ENROLMENT, END_ENROLMENT, "stores:write"),
        Route("POST", "/v1/enrolments", ENROL, "", body="", keyless=True),
        Route("POST", "/v1/sessions", SIGN_IN, "", body="", only="register", location=CURRENT),
        Route("POST", "/v1/sessions/password", SIGN_IN_BY_PASSWORD, "", body="", keyless=True, location=CURRENT),
        Route("GET", CURRENT, GET_CURRENT, "", ask=get_current),
        Route("DELETE", CURRENT, END_CURRENT, "", only="session", ask=end_current),
        Route("POST", CURRENT + "/pin", CHANGE_PIN, "", body="", only="session"),
        Route("POST", CURRENT + "/password", CHANGE_PASSWORD, "", body="", only="session"),
        Route("GET", "/v1/sessions", LIST_SESSIONS, READ),
        Route("DELETE", SESSION, END_SESSION, WRITE),
        Route("POST", "/v1/approvals", APPROVE, "", body="", place=HERE),
    ),
)
API_KEYS = Resource(
    "API keys",
    "For machines. A key is shown once, when it is made; a revoked one stops working within a second.",
    (
        Route("GET", "/v1/api-keys", LIST_API_KEYS, READ),
        Route("POST", "/v1/api-keys", CREATE_API_KEY, WRITE, body="", location="/v1/api-keys/{id}", place=WHOLE),
        Route("DELETE", "/v1/api-keys/{id}", REVOKE_API_KEY, WRITE, place=WHOLE),
    ),
)
