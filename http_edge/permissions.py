"""Who may call what, read from the routes: for OpenAPI, for the generated page, and for the test that holds the edge to it."""

from __future__ import annotations

from actors.staff.contract import REGISTER_ROLE, ROLES
from http_edge.auth import expand, only
from http_edge.places import Bound
from http_edge.route import Route

Caller = frozenset[str] | None
"""The scopes of a key, its kind among them; None for no key at all."""

CALLERS: dict[str, Caller] = {
    **{role: expand(built_in.scopes) | {only("session")} for role, built_in in ROLES.items()},
    "register": expand(ROLES[REGISTER_ROLE].scopes) | {only("register")},
    "no key": None,
}
"""People with each of the built-in roles, as they are at the beginning; a register's own key; nobody."""


def may_call(route: Route, caller: Caller) -> bool:
    if route.public or route.keyless:
        return True
    needed = only(route.only) if route.only else route.scope
    return caller is not None and (not needed or needed in caller)


def permission(route: Route) -> str:
    """The scope; or in a word what else is needed."""
    if route.public:
        return "signature"
    if route.keyless:
        return "none"
    if route.only:
        return route.only
    return route.scope or "any"


SAID = {
    "signature": "Needs no key: what is sent is signed, and the signature is over its exact bytes. They may be of any kind.",
    "none": "Needs no key: what is sent proves who asks. Tries are limited by address.",
    "register": "Only for the key of an enrolled register.",
    "session": "Only for the key of a person who has signed in.",
    "any": "Any key may call this.",
}


BOUND: dict[Bound, str] = {
    "register": "Whoever is signed in at a register does it there.",
    "stores": "Whoever is signed in at a register does it in its store; who works in some stores, in those.",
    "everywhere": "Only for those who are not signed in at a register, and work in all stores.",
    "": "",
}  # fmt: skip


def bound(route: Route) -> Bound:
    """Where those do it who do not act everywhere."""
    return route.where.bound(route.method == "GET")


def in_words(route: Route) -> str:
    """With the built-in roles that have it, and where."""
    return f"{_needs(route)} {BOUND[bound(route)]}".strip()


def _needs(route: Route) -> str:
    needed = permission(route)
    if needed in SAID:
        return SAID[needed]
    roles = [role for role in ROLES if may_call(route, CALLERS[role])]
    return f"Needs the scope `{needed}`, which {_listed(roles)} {'has' if len(roles) == 1 else 'have'} from the beginning."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
