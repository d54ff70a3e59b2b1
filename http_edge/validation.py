"""All that is wrong with a body, at once, each with a JSON pointer. The slow path: it runs only after msgspec has refused.

msgspec stops at the first bad field. A client's developer wants them all, so this walks the value along the type: whatever converts
as a whole is skipped at C speed, whatever does not is looked into.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct, UnsetType, ValidationError

from actors.runtime.words import FieldError
from http_edge.wording import explain

ERRORS_MAX = 50


def find_errors(value: Any, wanted: Any, pointer: str = "") -> list[FieldError]:
    """What is wrong with `value` (untyped JSON) as a `wanted`; at most ERRORS_MAX, in the order of the fields."""
    return list(islice(_walk(value, wanted, pointer), ERRORS_MAX))


def escape(name: str) -> str:
    """A name as one token of a JSON pointer (RFC 6901 section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def _walk(value: Any, wanted: Any, pointer: str) -> Iterator[FieldError]:
    wanted = _without_unset(wanted)
    try:
        msgspec.convert(value, wanted)
        return
    except ValidationError as error:
        message = str(error)
    inside = _look_inside(value, wanted, pointer)
    if inside is None:
        yield FieldError(pointer=pointer, detail=explain(message, wanted))
        return
    found = False
    for error_inside in inside:
        found = True
        yield error_inside
    if not found:
        yield FieldError(pointer=pointer, detail=explain(message, wanted))


def _look_inside(value: Any, wanted: Any, pointer: str) -> Iterator[FieldError] | None:
    """The errors of a value's parts, where there is one kind of thing with parts that it could be."""
    container = dict if isinstance(value, dict) else list if isinstance(value, list) else None
    candidates = [m for m in members(wanted) if container and _container(m) is container]
    if len(candidates) != 1:
        return None
    plain = candidates[0]
    if isinstance(value, list):
        return _walk_list(value, plain, pointer)
    if isinstance(plain, type) and issubclass(plain, Struct):
        return _walk_struct(value, plain, pointer)
    return _walk_dict(value, plain, pointer)


def _walk_struct(value: dict[str, Any], wanted: type[Struct], pointer: str) -> Iterator[FieldError]:
    types = _field_types(wanted)
    for field in _fields(wanted):
        name = field.encode_name
        if name in value:
            yield from _walk(value[name], types[name], f"{pointer}/{escape(name)}")
        elif field.required:
            yield FieldError(pointer=f"{pointer}/{escape(name)}", detail="is missing")
    if wanted.__struct_config__.forbid_unknown_fields:
        for name in value:
            if name not in types:
                yield FieldError(pointer=f"{pointer}/{escape(name)}", detail=_unknown(name, types))


def _unknown(name: str, types: Mapping[str, Any]) -> str:
    close = get_close_matches(name[:64], types, n=1)
    return f"is not a field here; did you mean `{close[0]}`?" if close else "is not a field here"


def _walk_list(value: list[Any], wanted: Any, pointer: str) -> Iterator[FieldError]:
    (item,) = get_args(wanted) or (Any,)
    for index, one in enumerate(value):
        yield from _walk(one, item, f"{pointer}/{index}")


def _walk_dict(value: dict[str, Any], wanted: Any, pointer: str) -> Iterator[FieldError]:
    key_type, value_type = get_args(wanted) or (str, Any)
    for name, one in value.items():
        at = f"{pointer}/{escape(name)}"
        yield from (FieldError(pointer=at, detail="name " + e.detail) for e in _walk(name, key_type, at))
        yield from _walk(one, value_type, at)


@lru_cache(maxsize=1_024)
def _field_types(wanted: type[Struct]) -> dict[str, Any]:
    hints = get_type_hints(wanted, include_extras=True)
    return {f.encode_name: hints[f.name] for f in _fields(wanted)}


_fields = lru_cache(maxsize=1_024)(msgspec.structs.fields)
"""msgspec reads a struct's annotations anew each time that it is asked for them."""


def members(wanted: Any) -> tuple[Any, ...]:
    """The alternatives of a type, without their constraints."""
    if get_origin(wanted) is Annotated:
        wanted = get_args(wanted)[0]
    if get_origin(wanted) in (Union, UnionType):
        return tuple(member for arg in get_args(wanted) for member in members(arg))
    return (wanted,)


def _container(member: Any) -> type | None:
    origin = get_origin(member) or member
    if origin is list:
        return list
    return dict if isinstance(origin, type) and issubclass(origin, (dict, Struct)) else None


@lru_cache(maxsize=1_024)
def _without_unset(wanted: Any) -> Any:
    """UNSET means "not given" and cannot be sent, so no value may match it."""
    if get_origin(wanted) not in (Union, UnionType):
        return wanted
    kept = tuple(arg for arg in get_args(wanted) if arg is not UnsetType)
    return Union[kept] if kept else NoneType  # noqa: UP007 - made at run time
