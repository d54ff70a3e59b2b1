"""msgspec's error messages in words that a client's developer understands without knowing Python."""

from __future__ import annotations

import re
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from msgspec import Meta

AT = re.compile(r" - at `.*`$", re.DOTALL)
QUOTED = re.compile(r"`([^`]*)`")
PATTERN = re.compile(r" matching regex (.*)$", re.DOTALL)

WORDS = {
    "str": "text", "int": "an integer", "float": "a number", "bool": "true or false", "null": "null", "array": "a list",
    "object": "an object", "uuid": "a UUID", "datetime": "a time", "date": "a date",
}
WHOLE = {
    "Invalid UUID": "should be a UUID, such as 0198c0de-0000-7000-8000-000000000001",
    "Invalid RFC3339 encoded datetime": "should be a time by RFC 3339, such as 2026-01-31T09:30:00+07:00",
    "Invalid RFC3339 encoded date": "should be a date, such as 2026-01-31",
    "Expected `datetime` with a timezone component": "should be a time with its offset, such as 2026-01-31T09:30:00+07:00",
    "Integer value out of range": "is too large a number",
    "Number out of range": "is too large a number",
}


def explain(message: str, wanted: Any) -> str:
    """`message` as msgspec put it, about a value that should have been a `wanted`. Reads on from the field's name."""
    message = AT.sub("", message)
    if message in WHOLE:
        return WHOLE[message]
    if message.startswith("Invalid enum value"):
        return "should be one of " + ", ".join(f"`{choice}`" for choice in choices(wanted))
    if match := PATTERN.search(message):
        told = description(wanted)
        return (f"should be: {told} " if told else "has characters that are not allowed here ") + f"(pattern {_plain(match[1])})"
    told, _, got = message.removeprefix("Expected ").partition(", got ")
    text = "should be " + QUOTED.sub(lambda m: _words(m[1]), told)
    return f"{text}, not {QUOTED.sub(lambda m: _words(m[1]), got)}" if got else text


def _words(types: str) -> str:
    return " or ".join(WORDS.get(name, name) for name in types.split(" | "))


def _plain(pattern: str) -> str:
    return pattern.strip("'\"").replace("\\\\", "\\").removesuffix(r"(?!\n)")


def choices(wanted: Any) -> list[str]:
    """Every value that the Literals inside a type allow."""
    if get_origin(wanted) is Literal:
        return [str(value) for value in get_args(wanted)]
    if get_origin(wanted) is Annotated:
        return choices(get_args(wanted)[0])
    return [choice for arg in get_args(wanted) for choice in choices(arg)]


def description(wanted: Any) -> str:
    """What a type's constraints say about themselves, or ""."""
    if get_origin(wanted) is Annotated:
        return next((meta.description for meta in get_args(wanted)[1:] if isinstance(meta, Meta) and meta.description), "")
    if get_origin(wanted) in (Union, UnionType):
        return next((told for told in map(description, get_args(wanted)) if told), "")
    return ""
