"""Path and query parameters: text that has to become the value which a contract's type describes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, get_origin

import msgspec

from actors.runtime.words import FieldError
from http_edge.problems import BAD_PARAMETER
from http_edge.validation import members
from http_edge.wording import explain

INTEGER = re.compile(r"^-?(0|[1-9][0-9]{0,17})$", re.ASCII)
BOOLEANS = {"true": True, "false": False}

Reader = Callable[[str], Any]


def reader_of(wanted: Any) -> Reader:
    """Reads one parameter; a list has commas between its items.

    Stricter than msgspec's lax mode, which also takes `1e2` for an integer and `null` for nothing.
    """
    kinds = set(members(wanted))
    if any(get_origin(kind) is list for kind in kinds):
        return lambda text: msgspec.convert(text.split(","), wanted)
    if int in kinds:
        return lambda text: msgspec.convert(int(text) if INTEGER.match(text) else text, wanted)
    if bool in kinds:
        return lambda text: msgspec.convert(BOOLEANS.get(text, text), wanted)
    if datetime in kinds:
        return lambda text: _in_utc(msgspec.convert(text, wanted))
    return lambda text: msgspec.convert(text, wanted)


def _in_utc(moment: datetime) -> datetime:
    """The first and the last day of all years overflow once they are seen from UTC, and a database only ever sees UTC."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise msgspec.ValidationError("Invalid RFC3339 encoded datetime") from None


def read_parameters(given: dict[str, str], readers: dict[str, Reader], types: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Every parameter as its value. All bad ones are told at once, as `?name` in the query and `{name}` in the path."""
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, text in given.items():
        try:
            values[name] = readers[name](text)
        except msgspec.ValidationError as error:
            pointer = f"{{{name}}}" if name in path else f"?{name}"
            errors.append(FieldError(pointer=pointer, detail=explain(str(error), types[name])))
    if errors:
        raise BAD_PARAMETER.declined("`errors` lists the parameters that cannot be used.", errors)
    return values


