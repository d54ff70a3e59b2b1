"""A body that is a request without what its path and headers say: a struct of its own, with the same fields, constraints and defaults."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, get_type_hints

import msgspec
from msgspec.structs import FieldInfo, fields

from actors.runtime.words import Input


def body_of(request: type[msgspec.Struct], left_out: Collection[str]) -> type[msgspec.Struct]:
    """`PayOrder` without its `id` is `PayOrderBody`: unknown fields are refused there, too."""
    hints = get_type_hints(request, include_extras=True)
    kept = [(f.name, hints[f.name], _default(f)) for f in fields(request) if f.name not in left_out]
    # The annotations are types and no text: whoever reads them later need not know the contract's names.
    return msgspec.defstruct(
        f"{request.__name__}Body", kept, bases=(Input,), namespace={"__doc__": request.__doc__}, module=request.__module__,
        frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True,
    )  # fmt: skip


def _default(field: FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.field(default_factory=field.default_factory)
    return field.default


def may_be_empty(body: type[msgspec.Struct]) -> bool:
    """Whether it says something without any field."""
    return not any(field.required for field in fields(body))


def values_of(body: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(body, name) for name in body.__struct_fields__}
