"""What `staff` answers and tells: people and what they may do, registers, sessions, approvals, API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from actors.runtime.words import (
    LINE,
    Amount,
    Command,
    Cursor,
    Event,
    FeedAfter,
    Input,
    Limit,
    Name,
    Position,
    Reason,
    Rights,
    Value,
    Version,
)

Scope = Literal[
    "*",
    "stores:read", "stores:write",
    "catalog:read", "catalog:write",
    "orders:read", "orders:write",
    "inventory:read", "inventory:write",
    "payments:read", "payments:write",
    "accounts:read", "accounts:write",
    "customers:read", "customers:write",
    "shifts:read", "shifts:write",
    "receipts:read", "receipts:write",
    "reports:read", "reports:write",
    "approvals:read", "approvals:write",
    "webhooks:read", "webhooks:write",
    "staff:read", "staff:write",
    "operations:read", "operations:write",
]
"""What a key may touch. `*` is everything; `x:write` includes `x:read`. `approvals:write`: approve by PIN what another may not do alone."""
Scopes = Annotated[list[Scope], Meta(min_length=1, max_length=40)]
KeyKind = Literal["api", "register", "session"]
"""Of a machine, of an enrolled register, of a person who has signed in."""


class Secretive(Input):
    """Carries a PIN, a password or a code: whatever prints it, a log or a traceback, sees nothing of it."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


# --- API keys ------------------------------------------------------------------------------------------


class CreateApiKey(Input):
    """`scopes`: not more than the key that asks has itself."""

    name: Name
    scopes: Scopes


class ApiKey(Value):
    """A key, without its secret. `prefix` is how people tell keys apart."""

    id: UUID
    version: int
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: datetime
    revoked_at: datetime | None = None


class NewApiKey(ApiKey):
    """The only time that the key itself is shown."""

    key: str = ""


class RevokeApiKey(Input):
    id: UUID


class ListApiKeys(Input):
    limit: Limit = 50
    cursor: Cursor | None = None
    prefix: Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9_]+$(?!\n)")] | None = None


class ApiKeyPage(Value):
    items: list[ApiKey]
    next_cursor: str | None = None


class KeyChange(Value):
    """What the edge needs to check a key of any kind: the SHA-256 of the whole key, hex.

    `rights`: how far its holder may go without approval; null for no bounds. `store_ids`: where alone they act; empty for everywhere.
    """

    id: UUID
    prefix: str
    hash: str
    scopes: list[Scope]
    revoked: bool
    kind: KeyKind = "api"
    person_id: UUID | None = None
    register_id: UUID | None = None
    expires_at: datetime | None = None
    rights: Rights | None = None
    store_ids: list[UUID] = []


class KeyFeed(Value):
    items: list[KeyChange]
    position: Position
    more: bool


class EnsureOwner(Input):
    """Makes the first key, once in the life of a database; says nothing when there is one."""


class Owner(Value):
    key: str | None = None


# --- roles ---------------------------------------------------------------------------------------------

RoleCode = Annotated[
    str, Meta(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_-]*$(?!\n)", description="Never changes.", examples=["cashier"])
]
Percent = Annotated[
    str, Meta(pattern=r"^(100|[0-9]{1,2})(\.[0-9]{1,4})?$(?!\n)", description="Percent, as a decimal string.", examples=["10"])
]


class RoleRights(Input, omit_defaults=False):
    """How far its people may go without the approval of another; what is left out is not allowed.

    `discount_max`  percent that may be taken off by hand; null for no bound
    `refund_max`    minor units that may be given back of one order, by all its refunds together; null for no bound
    `void`          cancel what is completed or has been paid on
    `override`      sell at another price than the list's
    `no_sale`       open the drawer without a sale
    `paid_out_max`  minor units that may be paid out of a drawer in one shift, all in all; null for no bound
    """

    discount_max: Percent | None = "0"
    refund_max: Amount | None = 0
    void: bool = False
    override: bool = False
    no_sale: bool = False
    paid_out_max: Amount | None = 0


class Role(Value):
    """What people do, as permissions. `rights` null: no bounds. Those that are `built_in` can be changed, except `owner`."""

    code: str
    version: int
    name: str
    scopes: list[Scope]
    rights: RoleRights | None
    built_in: bool
    created_at: datetime
    updated_at: datetime


class CreateRole(Input):
    """`scopes` and `rights`: not more than those of whoever asks. `rights` null: no bounds."""

    code: RoleCode
    name: Name
    scopes: Scopes
    rights: RoleRights | None = RoleRights()


class RoleChanges(Input):
    name: Name | UnsetType = UNSET
    scopes: Scopes | UnsetType = UNSET
    rights: RoleRights | UnsetType | None = UNSET


class UpdateRole(Input):
    code: RoleCode
    if_version: Version
    changes: RoleChanges


class GetRole(Input):
    code: RoleCode


class ListRoles(Input):
    """All of them: there are few."""


class RoleList(Value):
    items: list[Role]


class BuiltIn(NamedTuple):
    name: str
    scopes: tuple[Scope, ...]
    rights: RoleRights | None


_SELLING: tuple[Scope, ...] = (
    "stores:read", "catalog:read", "orders:write", "payments:write", "customers:write", "shifts:write", "receipts:write",
)  # fmt: skip
_LEADING = RoleRights(discount_max="50", refund_max=None, void=True, override=True, no_sale=True, paid_out_max=None)
_FREE = RoleRights(discount_max=None, refund_max=None, void=True, override=True, no_sale=True, paid_out_max=None)
ROLES: dict[str, BuiltIn] = {
    "cashier": BuiltIn("Cashier", _SELLING, RoleRights(discount_max="10", refund_max=0)),
    "supervisor": BuiltIn("Supervisor", (*_SELLING, "approvals:write", "inventory:read", "reports:read"), _LEADING),
    "manager": BuiltIn(
        "Manager",
        (
            "stores:write", "catalog:write", "orders:write", "inventory:write", "payments:write", "accounts:write", "customers:write",
            "shifts:write", "receipts:write", "reports:write", "approvals:write", "staff:write",
        ),
        _FREE,
    ),
    "owner": BuiltIn("Owner", ("*",), None),
    "operator": BuiltIn("Operator", ("operations:write", "webhooks:write", "staff:read"), RoleRights()),
}
"""Those that every installation begins with, as migrations 0002 and 0003 write them."""
REGISTER_ROLE = "cashier"
"""What a register's own key may do: the same as whoever stands behind it."""

# --- people --------------------------------------------------------------------------------------------

PersonCode = Annotated[
    str,
    Meta(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$(?!\n)", description="What one types at the register.", examples=["17"]),
]
Login = Annotated[
    str, Meta(min_length=3, max_length=200, pattern=r"^[!-~]+$(?!\n)", description="For the back office: an e-mail address, for example.")
]
Pin = Annotated[str, Meta(pattern=r"^[0-9]{4,8}$(?!\n)", description="4 to 8 digits.")]
Password = Annotated[str, Meta(min_length=10, max_length=200, pattern=LINE)]
OldPassword = Annotated[str, Meta(min_length=1, max_length=200, pattern=LINE)]
RoleCodes = Annotated[list[RoleCode], Meta(min_length=1, max_length=10)]
StoreIds = Annotated[
    list[UUID], Meta(max_length=500, description="Where they work: they sign in, act and approve in these stores alone; empty for all.")
]


class Person(Value):
    """Somebody who works here. PIN and password are never told, only whether there are any.

    `locked_until`: after too many wrong PINs or passwords nobody can sign in under this name before then.
    """

    id: UUID
    version: int
    code: str
    name: str
    login: str | None
    roles: list[str]
    store_ids: list[UUID]
    active: bool
    has_pin: bool
    has_password: bool
    created_at: datetime
    updated_at: datetime
    locked_until: datetime | None = None


class CreatePerson(Input):
    """`roles`: together not more than whoever asks may do. PIN and password are set by calls of their own."""

    code: PersonCode
    name: Name
    roles: RoleCodes
    login: Login | None = None
    store_ids: StoreIds = []
    id: UUID | None = None


class PersonChanges(Input):
    """`active` false ends all sessions of theirs at once."""

    code: PersonCode | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    login: Login | UnsetType | None = UNSET
    roles: RoleCodes | UnsetType = UNSET
    store_ids: StoreIds | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class UpdatePerson(Input):
    id: UUID
    if_version: Version
    changes: PersonChanges


class GetPerson(Input):
    id: UUID


class ListPeople(Input):
    limit: Limit = 50
    cursor: Cursor | None = None
    active: bool | None = None
    code: PersonCode | None = None


class PersonPage(Value):
    items: list[Person]
    next_cursor: str | None = None


class SetPin(Secretive):
    """Ends their sessions, and the lock if there is one."""

    id: UUID
    pin: Pin


class SetPassword(Secretive):
    """Ends their sessions, and the lock if there is one."""

    id: UUID
    password: Password


class UnlockPerson(Input):
    id: UUID


# --- registers -----------------------------------------------------------------------------------------

EnrolmentCode = Annotated[
    str, Meta(min_length=8, max_length=20, pattern=r"^[0-9A-Za-z-]+$(?!\n)", description="Case and dashes do not matter.", examples=["7QMX-4T2K"])
]


class OfferEnrolment(Input):
    register_id: UUID


class EnrolmentOffer(Value):
    """A code that makes one device this register, once, before `expires_at`."""

    register_id: UUID
    code: str
    expires_at: datetime


class Enrol(Secretive):
    code: EnrolmentCode


class EndEnrolment(Input):
    register_id: UUID


class EnrolmentEnded(Value):
    """`sessions`: how many people were signed out with it."""

    register_id: UUID
    sessions: int


# --- sessions ------------------------------------------------------------------------------------------


class Session(Value):
    """Who a key speaks for. `person_id` and `expires_at`: of somebody who has signed in; null for a register's own key and for API keys.

    `rights`: how far they may go without approval; null for no bounds. `register_id`, `store_id`: at a register, they act there alone.
    `store_ids`: in the back office, the stores in which they act; empty for all.
    """

    id: UUID
    kind: KeyKind
    prefix: str
    scopes: list[Scope]
    created_at: datetime
    person_id: UUID | None = None
    name: str | None = None
    register_id: UUID | None = None
    store_id: UUID | None = None
    expires_at: datetime | None = None
    rights: RoleRights | None = None
    store_ids: list[UUID] = []


class NewSession(Session):
    """The only time that the key itself is shown."""

    key: str = ""


class SignIn(Secretive):
    """At a register: asked with the register's own key."""

    code: PersonCode
    pin: Pin


class SignInByPassword(Secretive):
    login: Login
    password: OldPassword


class ChangePin(Secretive):
    pin: Pin
    new_pin: Pin


class ChangePassword(Secretive):
    password: OldPassword
    new_password: Password


class GetSession(Input):
    id: UUID


class EndSession(Input):
    id: UUID


class ListSessions(Input):
    """Those that have not ended, newest first."""

    limit: Limit = 50
    cursor: Cursor | None = None
    person_id: UUID | None = None
    register_id: UUID | None = None


class SessionPage(Value):
    items: list[Session]
    next_cursor: str | None = None


class FailedSignIn(Value):
    """`failed`: wrong ones in a row. `register_id`: where, if it was at a register."""

    person_id: UUID
    by: Literal["pin", "password"]
    failed: int
    locked_until: datetime | None = None
    register_id: UUID | None = None


# --- approvals -----------------------------------------------------------------------------------------

Purpose = Literal["discount", "override", "void", "refund", "no_sale", "paid_out"]


class Approve(Secretive):
    """Somebody's PIN for what the one who asks may not do alone: for `purpose`, and for what the same request needs `also`.

    `store_id`: where, and nowhere else; at a register it is the register's. Without it, wherever the one who approves works.
    """

    code: PersonCode
    pin: Pin
    purpose: Purpose
    also: Annotated[list[Purpose], Meta(max_length=6)] = []
    store_id: UUID | None = None


class Approval(Value):
    """Send `token` as the header `Approval` with the request that was refused. It is good for one request, until `expires_at`."""

    token: str
    purpose: Purpose
    person_id: UUID
    name: str
    expires_at: datetime
    also: list[Purpose] = []


class ApprovalGiven(Value):
    """`asked_by`: the person or key for whom it is."""

    person_id: UUID
    asked_by: str
    purpose: Purpose
    expires_at: datetime
    also: list[Purpose] = []


class UseApproval(Input):
    """`hash`: SHA-256 of the token, hex. `request`: what it is used for; the same again is a retry, and no second use.

    `store_ids`: the stores that the request is about.
    """

    hash: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
    request: Annotated[str, Meta(min_length=1, max_length=4000)]
    store_ids: list[UUID] = []


class Approved(Value):
    """`rights`: of the one who asks, with what was approved."""

    person_id: UUID
    rights: Rights


# --- reasons, commands, events -------------------------------------------------------------------------

NOT_FOUND = Reason(
    "staff.not_found", "not_found", "No such API key, person, role or session",
    "Check the id; `GET /v1/api-keys`, `/v1/people`, `/v1/roles` and `/v1/sessions` list them.",
)
LAST_OWNER = Reason("staff.last_owner", "conflict", "The last key with all rights", "Make another key with the scope `*` first.")
FORBIDDEN = Reason(
    "staff.forbidden", "forbidden", "More than your own key may do",
    "Ask for what you may do yourself, or have somebody do it who may do more.",
)
STALE = Reason("staff.stale", "stale", "It has been changed since", "Get it again, and send its new `ETag` as `If-Match`.")
TAKEN = Reason("staff.taken", "conflict", "The code, the login or the id is taken", "Choose another one; `errors` says which.")
WRONG = Reason(
    "staff.wrong", "forbidden", "Wrong name, PIN or password",
    "Try again. After five wrong ones in a row the name is locked for a minute, then two, then four.",
)
LOCKED = Reason(
    "staff.locked", "forbidden", "Too many wrong tries", "Wait until the time that `detail` gives, or have a manager unlock the person.",
)
NOT_HERE = Reason(
    "staff.not_here", "forbidden", "This person does not work in this store", "Do it in one of their stores, or have `store_ids` changed.",
)
WRONG_CODE = Reason(
    "staff.wrong_code", "forbidden", "No such enrolment code", "Have a new one made; each works once, for ten minutes.",
)
NO_SUCH_REGISTER = Reason("staff.no_such_register", "not_found", "No such register", "Check the id; `GET /v1/registers` lists them.")
NOT_IN_USE = Reason("staff.not_in_use", "conflict", "The register is not in use", "Make it active first: `PATCH /v1/registers/{id}`.")
NOT_A_REGISTER = Reason(
    "staff.not_a_register", "forbidden", "Not asked with a register's key", "Enrol the device, and use the key that it got.",
)
CANNOT_APPROVE = Reason(
    "staff.cannot_approve", "forbidden", "This person may not approve that", "Ask somebody whose role has `approvals:write` and the right itself.",
)
APPROVAL_UNKNOWN = Reason(
    "staff.approval_unknown", "forbidden", "The approval cannot be used",
    "Have it approved again: each token is good for one request of the one who asked for it, as it was first sent, in one store, for two minutes.",
)
INVALID = Reason("staff.invalid", "invalid", "Not a possible request", "Correct the fields that `errors` names.")

CREATE_API_KEY = Command(
    "staff.create_key",
    CreateApiKey,
    NewApiKey,
    "Make an API key; the answer shows it once",
    keyed=True,
    sealed=True,
    reasons=(FORBIDDEN,),
)
REVOKE_API_KEY = Command("staff.revoke_key", RevokeApiKey, ApiKey, "Revoke an API key", reasons=(NOT_FOUND, LAST_OWNER, FORBIDDEN))
LIST_API_KEYS = Command("staff.list_keys", ListApiKeys, ApiKeyPage, "List API keys, without their secrets", reasons=(INVALID,))
KEY_CHANGES = Command("staff.changes", FeedAfter, KeyFeed, "Which keys came or went after a position")
ENSURE_OWNER = Command("staff.ensure_owner", EnsureOwner, Owner, "Make the owner's key at the very first start")

CREATE_ROLE = Command("staff.create_role", CreateRole, Role, "Make a role", keyed=True, reasons=(TAKEN, FORBIDDEN))
UPDATE_ROLE = Command(
    "staff.update_role", UpdateRole, Role, "Change a role, and with it all sessions of its people",
    reasons=(NOT_FOUND, STALE, FORBIDDEN),
)
GET_ROLE = Command("staff.get_role", GetRole, Role, "Get one role", reasons=(NOT_FOUND,))
LIST_ROLES = Command("staff.list_roles", ListRoles, RoleList, "List the roles")

CREATE_PERSON = Command("staff.create_person", CreatePerson, Person, "Add a person", keyed=True, reasons=(TAKEN, FORBIDDEN, INVALID))
UPDATE_PERSON = Command(
    "staff.update_person", UpdatePerson, Person, "Change a person, and with it all of their sessions",
    reasons=(NOT_FOUND, STALE, TAKEN, FORBIDDEN, INVALID),
)
GET_PERSON = Command("staff.get_person", GetPerson, Person, "Get one person", reasons=(NOT_FOUND,))
LIST_PEOPLE = Command("staff.list_people", ListPeople, PersonPage, "List the people, oldest first", reasons=(INVALID,))
SET_PIN = Command("staff.set_pin", SetPin, Person, "Give a person a PIN", reasons=(NOT_FOUND, FORBIDDEN, INVALID))
SET_PASSWORD = Command("staff.set_password", SetPassword, Person, "Give a person a password", reasons=(NOT_FOUND, FORBIDDEN, INVALID))
UNLOCK_PERSON = Command("staff.unlock", UnlockPerson, Person, "Let a locked person try again", reasons=(NOT_FOUND, FORBIDDEN))

OFFER_ENROLMENT = Command(
    "staff.offer_enrolment", OfferEnrolment, EnrolmentOffer, "Make a code with which a device becomes this register",
    reasons=(NO_SUCH_REGISTER, NOT_IN_USE),
)
ENROL = Command("staff.enrol", Enrol, NewSession, "Become a register: a code for a key", reasons=(WRONG_CODE,))
END_ENROLMENT = Command(
    "staff.end_enrolment", EndEnrolment, EnrolmentEnded, "Revoke a register's key, and sign out whoever is signed in there",
    reasons=(NO_SUCH_REGISTER,),
)

SIGN_IN = Command(
    "staff.sign_in", SignIn, NewSession, "Sign in at a register, by code and PIN", reasons=(WRONG, LOCKED, NOT_HERE, NOT_A_REGISTER)
)
SIGN_IN_BY_PASSWORD = Command(
    "staff.sign_in_by_password", SignInByPassword, NewSession, "Sign in to the back office, by login and password", reasons=(WRONG, LOCKED)
)
CHANGE_PIN = Command("staff.change_pin", ChangePin, Person, "Change your own PIN", reasons=(WRONG, LOCKED, INVALID))
CHANGE_PASSWORD = Command("staff.change_password", ChangePassword, Person, "Change your own password", reasons=(WRONG, LOCKED))
GET_SESSION = Command("staff.get_session", GetSession, Session, "Tell who the key that asks speaks for", reasons=(NOT_FOUND,))
END_SESSION = Command("staff.end_session", EndSession, Session, "End a session", reasons=(NOT_FOUND, FORBIDDEN))
LIST_SESSIONS = Command("staff.list_sessions", ListSessions, SessionPage, "List who is signed in, newest first", reasons=(INVALID,))

APPROVE = Command(
    "staff.approve", Approve, Approval, "Approve by PIN what another may not do alone", reasons=(WRONG, LOCKED, NOT_HERE, CANNOT_APPROVE)
)
USE_APPROVAL = Command("staff.use_approval", UseApproval, Approved, "Use an approval for a request", reasons=(APPROVAL_UNKNOWN,))

API_KEY_CREATED = Event("api_key.created", ApiKey, "An API key was made")
API_KEY_REVOKED = Event("api_key.revoked", ApiKey, "An API key was revoked")
ROLE_CREATED = Event("role.created", Role, "A role was made")
ROLE_UPDATED = Event("role.updated", Role, "A role was changed")
PERSON_CREATED = Event("person.created", Person, "A person was added")
PERSON_UPDATED = Event("person.updated", Person, "A person was changed")
REGISTER_ENROLLED = Event("register.enrolled", Session, "A device became a register, and got its key")
REGISTER_DISMISSED = Event("register.dismissed", Session, "A register's key was revoked")
SESSION_OPENED = Event("session.opened", Session, "A person signed in")
SESSION_UPDATED = Event("session.updated", Session, "What a session or a register may do, or where, was changed")
SESSION_ENDED = Event("session.ended", Session, "A session was ended before its time")
SIGN_IN_FAILED = Event("sign_in.failed", FailedSignIn, "Somebody gave a wrong PIN or password")
APPROVAL_GIVEN = Event("approval.given", ApprovalGiven, "A person approved what another may not do alone")

KEY_EVENTS = (
    API_KEY_CREATED, API_KEY_REVOKED, REGISTER_ENROLLED, REGISTER_DISMISSED, SESSION_OPENED, SESSION_UPDATED, SESSION_ENDED,
)  # fmt: skip
"""Each means that there is something new in the feed of keys."""
STAFF_EVENTS = (*KEY_EVENTS, ROLE_CREATED, ROLE_UPDATED, PERSON_CREATED, PERSON_UPDATED, SIGN_IN_FAILED, APPROVAL_GIVEN)
