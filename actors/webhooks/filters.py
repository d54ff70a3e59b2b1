"""What an endpoint wants: by event type, by store, and by a condition on the whole event. Pure.

A condition is JMESPath (https://jmespath.org), by its own library, held to what costs no more than its length times that of the event:
nothing that makes more of what is there, no filters over lists of its own, and so many steps at most. What runs into a limit, or cannot
be decided, is not wanted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import jmespath
import msgspec
from jmespath.exceptions import EmptyExpressionError, JMESPathError, LexerError, ParseError
from jmespath.functions import Functions
from jmespath.visitor import TreeInterpreter

DEPTH_MAX = 40
"""How deep the parts of a condition may be nested."""
OPENERS = frozenset("([{!&*")
OPENERS_MAX = 100
"""So many of these in a condition at most: each may let the parser call itself."""
STEPS_MAX = 20_000
"""How many parts of a condition are looked at for one event: enough for some thousand lines of an order."""
FUNCTIONS = (
    "abs", "avg", "ceil", "contains", "ends_with", "floor", "keys", "length", "max", "max_by", "min", "min_by", "not_null", "starts_with",
    "sum", "to_number", "type", "values",
)  # fmt: skip
"""Those that look at what is there. The others build something from it: a condition needs none of them."""


def patterns_for(event_type: str) -> tuple[str, str, str]:
    """Every pattern that an event of this type answers to: itself, `order.*`, and `*`."""
    return event_type, event_type.partition(".")[0] + ".*", "*"


def unknown_event_types(patterns: Sequence[str], event_types: Collection[str]) -> list[int]:
    """Indexes of the patterns that no event can ever match: a misspelt one would stay silent for ever."""
    known = {pattern for event_type in event_types for pattern in patterns_for(event_type)}
    return [index for index, pattern in enumerate(patterns) if pattern not in known]


@dataclass(frozen=True, slots=True)
class Filter:
    event_types: frozenset[str]
    store_ids: frozenset[UUID]
    condition: Any
    """Parsed, or None."""

    def wants_type(self, name: str) -> bool:
        return any(pattern in self.event_types for pattern in patterns_for(name))

    def wants(self, name: str, store_id: UUID | None, body: bytes) -> bool:
        """`store_id` is None for what belongs to no store, and that is wanted whatever stores were named."""
        if not self.wants_type(name) or (self.store_ids and store_id is not None and store_id not in self.store_ids):
            return False
        return self.condition is None or _holds(self.condition, _document(body))


def compile_filter(event_types: Sequence[str], store_ids: Sequence[UUID] = (), condition: str = "") -> Filter:
    """Of what `why_wrong` has found right, perhaps long ago and by older rules. ValueError when the condition is no JMESPath."""
    parsed = jmespath.compile(condition).parsed if condition.strip() else None
    return Filter(frozenset(event_types), frozenset(store_ids), parsed)


def why_wrong(condition: str) -> str | None:
    """What is wrong with a condition, and where; None when it can be used. Blank is no condition."""
    if not condition.strip():
        return None
    if sum(character in OPENERS for character in condition) > OPENERS_MAX:
        return f"It is nested too deep: {OPENERS_MAX} of ( [ {{ ! & * at most."
    try:
        parsed = jmespath.compile(condition).parsed
    except EmptyExpressionError:
        return None
    except LexerError as error:
        return f"Not JMESPath at character {error.lexer_position + 1}: {error.message}."
    except ParseError as error:
        return f"Not JMESPath at character {(error.lex_position or 0) + 1}: {_near(error)}."
    except (JMESPathError, ValueError):
        return "Not JMESPath that can be read."
    return _why_not_allowed(parsed, condition)


def _near(error: ParseError) -> str:
    return f"`{error.token_value}` does not belong there" if error.token_value else "it ends too early"


def _why_not_allowed(parsed: Any, condition: str) -> str | None:
    for node, depth, parent in _nodes(parsed):
        if depth > DEPTH_MAX:
            return f"It is nested too deep: {DEPTH_MAX} levels at most."
        if node["type"] == "literal" and isinstance(node["value"], list | dict) and parent != "contains":
            return "It has a list or an object of its own: that can only be asked what it contains, as contains(`[1, 2]`, data.version)."
        if node["type"] in ("multi_select_list", "multi_select_dict"):
            return "It builds a list or a hash with [..., ...] or {...: ...}: a condition only looks at what is there. Use && and ||."
        if node["type"] == "function_expression":
            wrong = _why_not_called(node["value"], len(node["children"]))
            if wrong is not None:
                return f"At character {condition.find(node['value']) + 1}: {wrong}"
    return None


def _why_not_called(name: str, given: int) -> str | None:
    if name not in FUNCTIONS:
        return f"there is no function {name} in conditions. There are: {', '.join(FUNCTIONS)}."
    signature = Functions.FUNCTION_TABLE[name]["signature"]
    needed, variadic = len(signature), bool(signature) and bool(signature[-1].get("variadic"))
    if given < needed or (given > needed and not variadic):
        return f"{name} takes {'at least ' if variadic else ''}{needed} argument{'' if needed == 1 else 's'}, not {given}."
    return None


def _nodes(parsed: Any) -> Iterator[tuple[Any, int, str]]:
    """All parts of a parsed condition, how deep they are, and of which function they are an argument.

    Not recursive: it is what finds out that something is too deep.
    """
    waiting = [(parsed, 1, "")]
    while waiting:
        node, depth, function = waiting.pop()
        if isinstance(node, dict):  # the children of a slice are numbers
            yield node, depth, function
            called = node["value"] if node["type"] == "function_expression" else ""
            waiting += [(child, depth + 1, called) for child in node.get("children", ())]


# --- for one event --------------------------------------------------------------------------------------------


class _TooLong(Exception):
    """A condition that takes more steps than it may."""


class _Steps(TreeInterpreter):
    """The library's own interpreter, with a limit: an event with many thousands of lines would keep all others waiting."""

    def __init__(self) -> None:
        super().__init__()
        self._left = STEPS_MAX

    def visit(self, node: Any, *args: Any, **given: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise _TooLong
        return super().visit(node, *args, **given)


def _holds(parsed: Any, document: Any) -> bool:
    """What JMESPath takes for true: anything but false, null, "", [] and {}."""
    try:
        found = _Steps().visit(parsed, document)
    except (JMESPathError, _TooLong, RecursionError, ArithmeticError, TypeError, ValueError):
        return False
    return not (found is None or found is False or found in ("", [], {}))


@lru_cache(maxsize=2)
def _document(body: bytes) -> Any:
    """Kept for the next endpoint: an event is held against the conditions of all of them, one after the other."""
    return msgspec.json.decode(body)
