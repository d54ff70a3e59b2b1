"""What `staff` answers, and with which handler."""

from __future__ import annotations

from pathlib import Path

import actors.staff
from actors.runtime.actor import Actor, Answer
from actors.staff import handlers
from actors.staff.contract import (
    API_KEY_CREATED,
    API_KEY_REVOKED,
    CREATE_API_KEY,
    ENSURE_OWNER,
    KEY_CHANGES,
    LIST_API_KEYS,
    REVOKE_API_KEY,
)

ACTOR = Actor(
    name="staff",
    about=actors.staff.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        Answer(CREATE_API_KEY, handlers.create_keys),
        Answer(REVOKE_API_KEY, handlers.revoke_keys),
        Answer(LIST_API_KEYS, handlers.list_keys, batch=8),
        Answer(KEY_CHANGES, handlers.list_changes),
        Answer(ENSURE_OWNER, handlers.ensure_owner),
    ),
    tells=(API_KEY_CREATED, API_KEY_REVOKED),
)
