"""What `staff` answers and tells."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from actors.runtime.words import Command, Cursor, Event, FeedAfter, Input, Limit, Name, Position, Reason, Value

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
    "webhooks:read", "webhooks:write",
    "staff:read", "staff:write",
    "operations:read", "operations:write",
]
"""What a key may touch. `*` is everything; `x:write` includes `x:read`."""


class CreateApiKey(Input):
    """`scopes`: not more than the key that asks has itself."""

    name: Name
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=40)]


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
    """What the edge needs to check a key: the SHA-256 of the whole key, hex."""

    id: UUID
    prefix: str
    hash: str
    scopes: list[Scope]
    revoked: bool


class KeyFeed(Value):
    items: list[KeyChange]
    position: Position
    more: bool


class EnsureOwner(Input):
    """Makes the first key, once in the life of a database; says nothing when there is one."""


class Owner(Value):
    key: str | None = None


NOT_FOUND = Reason("staff.not_found", "not_found", "No such API key", "Check the id; `GET /v1/api-keys` lists them.")
LAST_OWNER = Reason("staff.last_owner", "conflict", "The last key with all rights", "Make another key with the scope `*` first.")
FORBIDDEN = Reason(
    "staff.forbidden", "forbidden", "More than your own key may do",
    "Ask for scopes that your own key has, or use a key that has more.",
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
REVOKE_API_KEY = Command("staff.revoke_key", RevokeApiKey, ApiKey, "Revoke an API key", reasons=(NOT_FOUND, LAST_OWNER))
LIST_API_KEYS = Command("staff.list_keys", ListApiKeys, ApiKeyPage, "List API keys, without their secrets", reasons=(INVALID,))
KEY_CHANGES = Command("staff.changes", FeedAfter, KeyFeed, "Which keys came or went after a position")
ENSURE_OWNER = Command("staff.ensure_owner", EnsureOwner, Owner, "Make the owner's key at the very first start")

API_KEY_CREATED = Event("api_key.created", ApiKey, "An API key was made")
API_KEY_REVOKED = Event("api_key.revoked", ApiKey, "An API key was revoked")
