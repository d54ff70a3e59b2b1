"""What is no cursor of a list is named as that, by every list and every check there is."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any
from uuid import UUID

import msgspec
import pytest

from actors.customers.contract import CREATE_CUSTOMER, SET_CREDIT, CreateCustomer, SetCredit
from actors.runtime.words import Command
from actors.shifts.contract import OPEN_SHIFT, OpenShift
from actors.webhooks.contract import CREATE_ENDPOINT, CreateEndpoint
from http_edge.everywhere import ACTORS
from http_edge.routes import ROUTES
from tests.support import House, rupiah, some_id

COMMANDS = {
    route.command.subject: route.command
    for route in ROUTES if "cursor" in route.command.request.__struct_fields__ and route.command.actor in ACTORS
}  # fmt: skip


def written(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


ID = "01a00000-0000-7000-8000-000000000001"
GARBAGE = ("x", "abc", "=", "_", "-" * 2048, *map(written, ("x", "null", "{}", "[]", "[null]", "[1.5]", "[1e400]", "[" * 700 + "]" * 700, "\0")))
"""Nobody has ever written these."""
ODD = tuple(map(written, (
    "[-1]", "[-9223372036854775809]", f"[{2**63}]", f"[{2**80}, 1]", '["x"]', '["x", "y"]', '["\\u0000"]', '["\\u0000", "\\u0000"]', '["\\ud800"]',
    f'["0001-01-01T00:00:00Z", "{ID}"]', f'["9999-12-31T23:59:59Z", "{ID}"]', f'["2026-01-31T00:00:00", "{ID}"]', '["2026-01-31", "x"]',
    f'["0001-01-01T00:00:00+14:00", "{ID}"]', '[0, 0, 0, "\\u00e9"]', '[0, 0, 0, "x"]', '["moon", "", "", ""]', f'["moon", "{ID}"]',
    '["customers", "", "", "\\u00e9"]', '["days", "x", "x", ""]', f'["days", "{ID}", "2026-01-31", ""]', '["payments", "", "", "x"]',
)))  # fmt: skip
"""What looks like a cursor of some list, or nearly so."""


async def parent(house: House, actor: str) -> dict[str, UUID]:
    """Whose list it is, where it must be there."""
    if actor == "customers":
        sari = await house.call(CREATE_CUSTOMER, CreateCustomer(name="Sari"))
        await house.call(SET_CREDIT, SetCredit(id=sari.id, limit=rupiah(1)))
        return {"id": sari.id}
    if actor == "shifts":
        shift = await house.call(OPEN_SHIFT, OpenShift(register_id=(await house.open_store())[1].id, float=rupiah(1)))
        return {"id": shift.id}
    if actor == "webhooks":
        endpoint = await house.call(CREATE_ENDPOINT, CreateEndpoint(event_types=["order.*"]))
        return {"id": endpoint.id, "endpoint_id": endpoint.id}
    return {}


@pytest.mark.parametrize("subject", COMMANDS)
async def test_what_is_no_cursor_is_named(house: House, subject: str) -> None:
    command: Command[Any, Any] = COMMANDS[subject]
    given = await parent(house, command.actor)
    required = {field.name: some_id() for field in msgspec.structs.fields(command.request) if field.required} | given
    known = {name: str(value) for name, value in required.items() if name in command.request.__struct_fields__}
    for cursor in (*GARBAGE, *ODD):
        no = (await house.client.ask(command, msgspec.convert({**known, "cursor": cursor}, command.request))).refusal
        if no is None or no.kind == "not_found":
            assert cursor in ODD, cursor
        else:
            assert (no.kind, no.code.startswith("runtime."), [error.pointer for error in no.errors]) == ("invalid", False, ["?cursor"]), (cursor, no)
