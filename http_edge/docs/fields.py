"""Schemas as tables: one row for each field, those of nested objects under their full path."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

DEPTH_MAX = 4
NO_NEWLINE = r"(?!\n)"
"""Ends every pattern of the contracts, because `$` in Python also matches before a last newline; noise for a reader."""


def fields_table(schema: dict[str, Any], named: dict[str, Any]) -> str:
    rows = "".join(_row(*row) for row in rows_of(schema, named))
    return f'<table class="fields"><tbody>{rows}</tbody></table>' if rows else '<p class="none">No fields.</p>'


def rows_of(schema: dict[str, Any], named: dict[str, Any], path: str = "", depth: int = 0) -> Iterator[tuple[str, bool, dict[str, Any]]]:
    """(path, required, schema) of each field, parents first: `lines[].unit_price.amount`."""
    schema, _ = _open(schema, named)
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        inner, more = _open(field, named)
        at = f"{path}{'.' if path else ''}{name}"
        yield at, name in required, field
        if depth < DEPTH_MAX and not is_money(field) and "properties" in inner:
            yield from rows_of(inner, named, at + more, depth + 1)


def _open(schema: dict[str, Any], named: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The object inside a schema, through references, lists and "or null"; and how its path shows that it was a list."""
    if "$ref" in schema:
        return _open(resolve(schema, named), named)
    if "anyOf" in schema:
        kept = [one for one in schema["anyOf"] if one.get("type") != "null"]
        return _open(kept[0], named) if len(kept) == 1 else (schema, "")
    if schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        return _open(schema["items"], named)[0], "[]"
    return schema, ""


def resolve(schema: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    return named[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def is_money(schema: dict[str, Any]) -> bool:
    """Money is the same everywhere and explained once; its two fields need no rows of their own."""
    return type_of(schema).removesuffix(" or null") in ("Money", "SignedMoney")


def type_of(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(type_of(one) for one in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    return str(schema.get("format") or schema.get("type") or "any")


def _limits(schema: dict[str, Any]) -> str:
    """Bounds and patterns, in words."""
    words = []
    for one in schema.get("anyOf", [schema]):
        low, high = _bounds(one)
        words += [f"{low} to {high}"] if high else []
        words += [_pattern(one["pattern"])] if "pattern" in one else []
    return " · ".join(words)


def _pattern(pattern: str) -> str:
    if pattern.startswith("^[^\\x00"):
        return "no control characters"
    return f"<code>{escape(pattern.removesuffix(NO_NEWLINE))}</code>"


def _bounds(schema: dict[str, Any]) -> tuple[str, str]:
    for low, high, unit in (("minimum", "maximum", ""), ("minLength", "maxLength", " characters"), ("minItems", "maxItems", " items")):
        if low in schema or high in schema:
            return str(schema.get(low, 0)), f"{schema.get(high, '…')}{unit}"
    return "", ""


def _row(path: str, required: bool, schema: dict[str, Any]) -> str:
    inner = next((one for one in schema.get("anyOf", []) if one.get("type") != "null"), schema)
    about = schema.get("description") or inner.get("description") or ""
    must = '<span class="must">required</span>' if required else ""
    notes = " ".join(part for part in (f"<span>{rich(about)}</span>" if about else "", f'<span class="limits">{_limits(schema)}</span>') if part)
    return (
        f'<tr><td class="name" style="--depth:{path.count(".")}"><code>{escape(path)}</code>{must}</td>'
        f'<td><span class="type">{escape(type_of(schema))}</span>{notes}</td></tr>'
    )


def rich(text: str) -> str:
    """Plain text with `code`, as HTML."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
