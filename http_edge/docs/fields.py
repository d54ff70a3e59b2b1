"""Schemas as tables: one row for each field, those of nested objects under their full path."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from html import escape
from typing import Any

DEPTH_MAX = 4
NO_NEWLINE = r"(?!\n)"
"""Ends every pattern of the contracts, because `$` in Python also matches before a last newline; noise for a reader."""


class Tables:
    """The fields of each named schema are shown once; whoever needs them later is sent there."""

    def __init__(self, named: dict[str, Any]) -> None:
        self.named = named
        self.shown: dict[str, str] = {}

    def of(self, schema: dict[str, Any], anchor: str) -> str:
        """`anchor`: the part of the page that this table will be in."""
        first = self.shown.get(type_of(schema))
        if first is not None:
            return f'<p><a href="#{first}">Its fields are listed here.</a></p>'
        rows = "".join(_row(*row, self._link(row[2])) for row in rows_of(schema, self.named, self.shown))
        self.shown[type_of(schema)] = anchor
        return f'<table class="fields"><tbody>{rows}</tbody></table>' if rows else '<p class="none">No fields.</p>'

    def _link(self, schema: dict[str, Any]) -> str:
        name = reference_in(schema)
        return f' <a href="#{self.shown[name]}">{escape(name)}</a>' if name in self.shown else ""


def reference_in(schema: dict[str, Any]) -> str:
    """The name of the schema that a field holds: itself, in a list, or or null. "" when there is none, or more."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if "anyOf" in schema:
        kept = [one for one in schema["anyOf"] if one.get("type") != "null"]
        return reference_in(kept[0]) if len(kept) == 1 else ""
    return reference_in(schema["items"]) if isinstance(schema.get("items"), dict) else ""


def rows_of(
    schema: dict[str, Any], named: dict[str, Any], shown: Collection[str] = (), path: str = "", depth: int = 0
) -> Iterator[tuple[str, bool, dict[str, Any]]]:
    """(path, required, schema) of each field, parents first: `lines[].unit_price.amount`. Not into those that are `shown` elsewhere."""
    schema, _ = _open(schema, named)
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        inner, more = _open(field, named)
        at = f"{path}{'.' if path else ''}{name}"
        yield at, name in required, field
        if depth < DEPTH_MAX and not is_money(field) and "properties" in inner and reference_in(field) not in shown:
            yield from rows_of(inner, named, shown, at + more, depth + 1)


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


def _row(path: str, required: bool, schema: dict[str, Any], link: str) -> str:
    inner = next((one for one in schema.get("anyOf", []) if one.get("type") != "null"), schema)
    about = schema.get("description") or inner.get("description") or ""
    must = '<span class="must">required</span>' if required else ""
    notes = " ".join(part for part in (f"<span>{rich(about)}</span>" if about else "", f'<span class="limits">{_limits(schema)}</span>') if part)
    return (
        f'<tr><td class="name" style="--depth:{path.count(".")}"><code>{escape(path)}</code>{must}</td>'
        f'<td><span class="type">{escape(type_of(schema))}{link and " ·" + link}</span>{notes}</td></tr>'
    )


def rich(text: str) -> str:
    """Plain text with `code`, as HTML."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
