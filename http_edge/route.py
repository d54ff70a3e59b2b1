"""What a route is: a row that ties a method and a path to a command, and says how the one becomes the other."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

from msgspec.structs import fields

from actors.runtime.words import Command
from http_edge.bodies import body_of, may_be_empty
from http_edge.places import PLAIN, Place

if TYPE_CHECKING:
    from actors.runtime.client import Reply

MEBIBYTE = 1024 * 1024

Method = Literal["GET", "POST", "PATCH", "DELETE"]
AskMany = Callable[..., Awaitable["Reply"]]
"""(client, request, key of the asker, **context) -> Reply"""


@dataclass(frozen=True)
class Route:
    """One operation of the API.

    `body`      None: takes none. "": the body is the whole request. "*": the request without what the path and If-Match say.
                A name: the body is that field of the request
    `location`  path of what was made, from the path's parameters and the result's id or code; its presence means 201
    `fixed`     fields of the request that this path stands for
    `picture`   the result is a picture that never changes, and the answer its bytes: their content type
    `document`  the same of a document, which is made anew each time: its content types
    `files`     the result may have a `file`, when another `format` than JSON is wanted; the answer is its bytes then: their content types
    `public`    no API key: the sender is known by what it has signed, so the body and the headers go on as they came
    `keyless`   no key yet: the body itself proves who asks, by a code or a password; tries are limited by address
    `only`      only for the keys of registers, or of people who have signed in
    `place`     what its request names of registers and stores, where the names of its fields do not say so: see places.py
    `ask`       for the few operations that ask several actors; otherwise the command's own actor is asked
    `waits`     it may take long: `ask` gets `gone`, which says whether the caller has hung up, or the edge is stopping

    The request's fields that are neither in the path nor in the body are query parameters, and `if_version` comes from If-Match.
    """

    method: Method
    path: str
    command: Command[Any, Any]
    scope: str
    body: str | None = None
    location: str | None = None
    body_bytes_max: int = MEBIBYTE
    fixed: dict[str, Any] = field(default_factory=dict, compare=False)
    picture: str = ""
    document: str = ""
    files: str = ""
    public: bool = False
    keyless: bool = False
    only: Literal["", "register", "session"] = ""
    place: Place = PLAIN
    ask: AskMany | None = field(default=None, compare=False)
    waits: bool = False

    @property
    def status(self) -> int:
        return 201 if self.location else 200

    @property
    def bytes_of(self) -> str:
        """The content types of an answer that is never JSON."""
        return self.picture or self.document

    @property
    def operation_id(self) -> str:
        actor, _, verb = self.command.subject.partition(".")
        return "_".join((actor, verb, *self.fixed.values()))

    @cached_property
    def path_names(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.path))

    @cached_property
    def query_names(self) -> tuple[str, ...]:
        if self.body in ("", "*") or self.public:
            return ()
        taken = {*self.path_names, self.body, "if_version", *self.fixed}
        return tuple(f.encode_name for f in fields(self.command.request) if f.encode_name not in taken)

    @cached_property
    def query_required(self) -> frozenset[str]:
        return frozenset(f.encode_name for f in fields(self.command.request) if f.required and f.encode_name in self.query_names)

    @cached_property
    def types(self) -> dict[str, Any]:
        """The request's fields with their full types, constraints included."""
        return get_type_hints(self.command.request, include_extras=True)

    @cached_property
    def body_type(self) -> Any:
        if self.body is None:
            return None
        if self.body == "*":
            return body_of(self.command.request, {*self.path_names, "if_version"})
        return self.types[self.body] if self.body else self.command.request

    @cached_property
    def body_optional(self) -> bool:
        return self.body == "*" and may_be_empty(self.body_type)

    @cached_property
    def where(self) -> Place:
        """Where it is done: only there may those ask for it who do not act everywhere."""
        names = tuple(f.name for f in fields(self.command.request))
        return self.place.of_request(names, reads=self.method == "GET")

    def pointer(self, name: str) -> str:
        """How a problem tells of one field of the request."""
        if name in self.path_names:
            return f"{{{name}}}"
        if name in self.query_names:
            return f"?{name}"
        return "" if name == self.body else f"/{name}"

    @property
    def takes_approval(self) -> bool:
        """Whether its actor may ask for somebody's approval."""
        return any(r.code.endswith(".needs_approval") for r in (*self.command.reasons, *self.command.item_reasons))

    @property
    def needs_version(self) -> bool:
        return "if_version" in self.command.request.__struct_fields__

    @property
    def has_version(self) -> bool:
        return "version" in getattr(self.command.result, "__struct_fields__", ())


@dataclass(frozen=True, slots=True)
class Resource:
    """Routes that belong together, and how the docs page introduces them."""

    name: str
    about: str
    routes: tuple[Route, ...]
