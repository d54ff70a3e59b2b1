"""A text that must be given has something to read in it: no operation takes blanks for it."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec import Meta, Struct

from http_edge.routes import ROUTES
from tests.http_edge.test_bad_bodies import full_example, path_of

BLANKS = (" ", "\t", "\n ", "\u00a0", "\u2003", "\u3000", "\u200b", "\ufeff")
MAY_BE_EMPTY = ("/custom/*", "/changes/custom/*", "/header/*", "/footer/*")
"""Fields of the client's own, and lines that are left free on the paper."""
FROM_PROVIDERS = "payments_take_callback"
"""It takes whatever comes, exactly as it comes: it is signed."""


def texts(wanted: Any, at: str = "", given: bool = True, within: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any, bool]]:
    """Where a text may stand in a `wanted`, its type, and whether it must be given there."""
    origin = get_origin(wanted)
    if wanted is str or (origin is Annotated and get_args(wanted)[0] is str):
        yield at, wanted, given
    elif origin is Annotated:
        yield from texts(get_args(wanted)[0], at, given, within)
    elif origin in (Union, UnionType):
        for one in get_args(wanted):
            yield from texts(one, at, given, within)
    elif origin in (list, dict):
        for one in get_args(wanted):
            yield from texts(one, f"{at}/*", True, within)
    elif isinstance(wanted, type) and issubclass(wanted, Struct) and wanted not in within:
        types = get_type_hints(wanted, include_extras=True)
        for field in msgspec.structs.fields(wanted):
            yield from texts(types[field.name], f"{at}/{field.encode_name}", field.required, (*within, wanted))


def takes(wanted: Any, text: str) -> bool:
    try:
        msgspec.convert(text, wanted)
    except msgspec.ValidationError:
        return False
    return True


def as_long_as_needed(wanted: Any, text: str) -> str:
    """A text too short would be refused for that."""
    return text * max([1, *(meta.min_length or 1 for meta in get_args(wanted)[1:] if isinstance(meta, Meta))])


@pytest.mark.parametrize("route", [route for route in ROUTES if route.operation_id != FROM_PROVIDERS], ids=lambda route: route.operation_id)
def test_no_text_that_must_be_given_is_blank(route: Any) -> None:
    for at, wanted, given in texts(route.command.request):
        if takes(wanted, ""):
            assert not given or at in MAY_BE_EMPTY, f"{at} must be given, and may be empty: say `min_length=1` and LINE or READABLE"
        else:
            taken = [blank for blank in BLANKS if takes(wanted, as_long_as_needed(wanted, blank))]
            assert not taken, f"{at} takes {taken}: use Name or Why, or the pattern LINE or READABLE"


@pytest.mark.parametrize("operation_id", ["orders_void_receipts", "orders_cancel", "shifts_approve"])
@pytest.mark.asyncio
async def test_who_gives_blanks_as_a_reason_is_told_what_to_give(counter: Any, operation_id: str) -> None:
    route = next(route for route in ROUTES if route.operation_id == operation_id)
    answer = await counter.call(route.method, path_of(route), json={**full_example(route), "reason": " \n "})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/reason")
    assert "not only blanks" in answer.json["errors"][0]["detail"]
    assert counter.actors.asked == []


@pytest.mark.parametrize("text", ["Gulungan sobek", " \n12", "店", "é", "👩‍🍳", "نعم"])
def test_whatever_can_be_read_is_a_reason(text: str) -> None:
    route = next(route for route in ROUTES if route.operation_id == "orders_void_receipts")
    [(_, wanted, _)] = [one for one in texts(route.command.request) if one[0] == "/reason"]
    assert takes(wanted, text)
