"""JSON Schemas of the contracts' types, as OpenAPI 3.1 wants them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from inspect import cleandoc
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

from http_edge.validation import members

REF = "#/components/schemas/{name}"


def components(types: Iterable[Any], ref: str = REF) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A schema for each type, in order, and the named schemas that they refer to. `ref`: how they do that."""
    types = list(types)
    schemas, named = msgspec.json.schema_components(types, ref_template=ref)
    for schema in named.values():
        if "description" in schema:
            schema["description"] = cleandoc(schema["description"])
    for struct in set(_structs(types, set())):
        _mark_times(struct, named.get(struct.__name__, {}).get("properties", {}))
    return list(schemas), dict(named)


def _structs(types: Iterable[Any], met: set[Any]) -> Iterator[type[Struct]]:
    for wanted in types:
        for member in members(wanted):
            if isinstance(member, type) and issubclass(member, Struct) and member not in met:
                met.add(member)
                yield member
                yield from _structs(get_type_hints(member, include_extras=True).values(), met)
            elif getattr(member, "__args__", None):
                yield from _structs(member.__args__, met)


def _mark_times(struct: type[Struct], properties: dict[str, Any]) -> None:
    """msgspec leaves the format away where a time might have no offset; what Kasir says always has one."""
    for name, wanted in get_type_hints(struct, include_extras=True).items():
        if datetime in members(wanted) and name in properties:
            for schema in properties[name].get("anyOf", [properties[name]]):
                if schema.get("type") == "string":
                    schema["format"] = "date-time"


def parameter_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A field's schema for a parameter: text in a URL cannot be null, and what is not given has no default of null."""
    schema = {key: value for key, value in schema.items() if not (key == "default" and value is None)}
    if "anyOf" in schema:
        kept = [one for one in schema.pop("anyOf") if one.get("type") != "null"]
        schema |= kept[0] if len(kept) == 1 else {"anyOf": kept}
    return schema
