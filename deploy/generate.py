"""Writes what is made from the code: subjects.md, docs/settings.md, docs/problems.md and docs/permissions.md.

    python -m deploy.generate           # write them
    python -m deploy.generate --check   # fail when one of them is stale
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from actors.runtime import upkeep
from actors.runtime.actor import Actor
from actors.runtime.settings import PREFIX, Settings
from actors.runtime.words import Command, Reason
from actors.staff.contract import ROLES, BuiltIn, RoleRights
from deploy.compose import load_actors
from http_edge.outcomes import every_decline
from http_edge.permissions import CALLERS, bound, may_call, permission
from http_edge.problems import status_of
from http_edge.route import Route
from http_edge.routes import ROUTES

ROOT = Path(__file__).parents[1]
NOTE = "<!-- Made from the code by `just docs`; change the code, not this page. -->\n"


def pages() -> dict[str, str]:
    actors = load_actors()
    return {
        "subjects.md": subjects(actors),
        "docs/settings.md": settings_page(),
        "docs/problems.md": problems_page(actors),
        "docs/permissions.md": permissions_page(),
    }


# --- subjects.md ------------------------------------------------------------------------------------------


def subjects(actors: Sequence[Actor]) -> str:
    return "\n".join(_subjects(actors)) + "\n"


def _subjects(actors: Sequence[Actor]) -> Iterator[str]:
    yield "# Subjects\n"
    yield NOTE
    yield "Every subject on NATS: who answers or tells it, what it carries, who reacts. Payloads are JSON.\n"
    yield "- **Commands** are request/reply; the queue group is the actor's name, so each member takes a share."
    yield "- **Events** are in the stream of the actor that tells them; each reacting actor has one durable consumer of its own name there."
    yield "  Whoever **follows** a log reads it by `read_log`, in order, without JetStream; `_kasir.log.ACTOR` hints that it has grown."
    yield "- Headers: `Kasir-Key` (a command's idempotency key; an event's aggregate), `Kasir-By` (id of the person or the API key),"
    yield "  `Kasir-Rights` (how far they may go, as JSON; without it there are no bounds), `Kasir-Approved-By`, `Kasir-Request-Id`, `traceparent`;"
    yield "  events also `Nats-Msg-Id` (the event's id) and `Kasir-Position` (its place in the log). A refusal's reply has `Kasir-Refused`."
    yield "- What is asked, or happens, in the same moment may travel in one message: `Kasir-Bundle` says how many, the payload is an array. An event's part is"
    yield "  `[id, position, key, traceparent, body]`, in the order of the log. What is alone is a plain message.\n"
    yield "| stream | subjects | durable consumers | followed by |\n|---|---|---|---|"
    for actor in actors:
        readers = sorted({other.name for other in actors for react in other.reacts if react.event in actor.tells})
        told = ", ".join(f"`{event.name}`" for event in actor.tells)
        followers = sorted({other.name for other in actors for follow in other.follows if follow.log == actor.name})
        yield f"| `{actor.name}` | {told} | {_names(readers)} | {_names(followers)} |"
    for actor in actors:
        yield from _actor(actor, actors)
    yield "\n## Every actor\n"
    yield "Each actor also answers these, with its own name in place of `ACTOR`; they look after the runtime's own tables. `read_log` and `read_at` where it"
    yield "tells events, `followed` where it follows logs.\n"
    yield "| subject | request | answer | |\n|---|---|---|---|"
    about_all = (
        upkeep.recall_key, upkeep.list_dead_letters, upkeep.resend_dead_letter, upkeep.republish, upkeep.read_log, upkeep.read_at,
        upkeep.list_followed, upkeep.read_audit, upkeep.ask_durability,
    )  # fmt: skip
    for name in about_all:
        command = name("ACTOR")
        yield f"| `{command.subject}` | {_shape(command.request)} | `{command.result.__name__}` | {command.summary} |"
    yield "\n`_kasir.wake.ACTOR` tells the active relay that there is something to publish: empty, or `{}` when the log was wound back."
    yield "`$SRV.PING|INFO|STATS` are NATS's service protocol."


def _actor(actor: Actor, actors: Sequence[Actor]) -> Iterator[str]:
    yield f"\n## {actor.name}\n\n{actor.about.strip()}\n"
    yield "| command | request | answer | |\n|---|---|---|---|"
    for answer in actor.answers:
        command = answer.command
        marks = " Keyed." if command.keyed else ""
        yield f"| `{command.subject}` | {_shape(command.request)} | `{command.result.__name__}` | {command.summary}.{marks} |"
    if actor.tells:
        yield "\n| event | data | reacted to by | followed by | in view of | |\n|---|---|---|---|---|---|"
    for event in actor.tells:
        readers = sorted({other.name for other in actors for react in other.reacts if react.event is event})
        followers = sorted({other.name for other in actors for follow in other.follows if event in follow.events})
        views = sorted({view.name for other in actors for view in other.keeps if event in view.events})
        yield f"| `{event.name}` | `{event.data.__name__}` | {_names(readers)} | {_names(followers)} | {_names(views)} | {event.summary}. |"
    structs = _structs([answer.command for answer in actor.answers], [event.data for event in actor.tells])
    for struct in structs:
        yield from _struct(struct)


def _struct(struct: type[msgspec.Struct]) -> Iterator[str]:
    yield f"\n<details><summary><code>{struct.__name__}</code></summary>\n"
    yield "| field | type | default |\n|---|---|---|"
    hints = get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        yield f"| `{field.name}` | {_type(hints[field.name])} | {_default(field)} |"
    yield "\n</details>"


def _structs(commands: Sequence[Command[Any, Any]], said: Sequence[type]) -> list[type[msgspec.Struct]]:
    """Every struct of an actor's messages, each once, in the order in which a reader meets them."""
    found: dict[type, None] = {}
    for command in commands:
        _collect(command.request, found)
        _collect(command.result, found)
    for data in said:
        _collect(data, found)
    return list(found)


def _collect(hint: Any, found: dict[type, None]) -> None:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        if hint not in found:
            found[hint] = None
            for inner in get_type_hints(hint, include_extras=True).values():
                _collect(inner, found)
        return
    for argument in get_args(hint):
        _collect(argument, found)


def _shape(struct: type[msgspec.Struct]) -> str:
    return f"`{struct.__name__}`"


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nobody"


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
    return "" if value is msgspec.UNSET else f"`{msgspec.json.encode(value).decode()}`"


def _type(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _type(arguments[0])
    if origin in (Union, types.UnionType):
        return " or ".join(_type(argument) for argument in arguments if argument is not msgspec.UnsetType)
    if origin is list:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"{_type(arguments[0])} → {_type(arguments[1])}"
    if arguments:
        return " or ".join(f"`{argument}`" for argument in arguments)
    if hint is type(None):
        return "null"
    return f"`{getattr(hint, '__name__', str(hint))}`"


# --- the other pages ----------------------------------------------------------------------------------------


def settings_page() -> str:
    lines = ["# Settings\n", NOTE, "Read once at the start, from the environment; options of `kasir` go first. `kasir settings` shows what is in force.\n"]
    lines += ["| variable | default | |", "|---|---|---|"]
    hints = get_type_hints(Settings, include_extras=True)
    for field in msgspec.structs.fields(Settings):
        about = " ".join(meta.description for meta in _metas(hints[field.name]) if meta.description)
        default = "" if field.default == "" else f"`{field.default}`"
        lines.append(f"| `{PREFIX}{field.name.upper()}` | {default} | {about} |")
    return "\n".join(lines) + "\n"


def _metas(hint: Any) -> list[msgspec.Meta]:
    return [meta for meta in getattr(hint, "__metadata__", ()) if isinstance(meta, msgspec.Meta)]


def problems_page(actors: Sequence[Actor]) -> str:
    lines = ["# Problems\n", NOTE, "Every \"no\" has a stable `code`; its `detail` says what happened just then. `edge.` is REST's own; `runtime.` may come from any command.\n"]
    lines += ["| code | status | title | what to do | from |", "|---|---|---|---|---|"]
    reasons: dict[str, Reason] = {}
    users: dict[str, set[str]] = {}
    for actor in actors:
        for answer in actor.answers:
            for reason in (*answer.command.reasons, *answer.command.item_reasons):
                reasons[reason.code] = reason
                users.setdefault(reason.code, set()).add(answer.command.subject)
    for name, value in vars(upkeep).items():
        if name.isupper() and isinstance(value, Reason):
            reasons[value.code] = value
    rows: list[tuple[str, int, str, str, str]] = [
        (code, status_of(code, reason.kind), reason.title, reason.advice, ", ".join(f"`{user}`" for user in sorted(users.get(code, ()))))
        for code, reason in reasons.items()
    ]
    rows += [(no.code, no.status, no.title, no.advice, "") for no in every_decline(ROUTES) if no.code not in reasons]
    lines += [f"| `{code}` | {status} | {title} | {advice} | {where} |" for code, status, title, advice, where in sorted(rows)]
    return "\n".join(lines) + "\n"


def permissions_page() -> str:
    lines = ["# Permissions\n", NOTE, PERMISSIONS]
    callers = list(CALLERS)
    lines += [f"| route | needs | where | {' | '.join(callers)} | |", f"|---|---|---|{':-:|' * len(callers)}---|"]
    for route in ROUTES:
        marks = ["✓" if may_call(route, CALLERS[caller]) else "" for caller in callers]
        lines.append(f"| `{route.method} {route.path}` | {_needed(route)} | {bound(route)} | {' | '.join(marks)} | {route.command.summary} |")
    lines += ["\n## The built-in roles\n", "How far their people may go without the approval of another. Owners change all but `owner`: `PATCH /v1/roles/{code}`.\n"]
    lines += ["| role | scopes | discount by hand | refund | void | price by hand | drawer without a sale | paid out of a drawer |", "|---|---|---|---|---|---|---|---|"]
    lines += [_role(code, role) for code, role in ROLES.items()]
    return "\n".join(lines) + "\n"


PERMISSIONS = """\
What each route needs, and who may call it: people with the [built-in roles](#the-built-in-roles) as they are at the beginning, a register by its own key, and
nobody in particular. A test walks every route with every one of them. `*` is everything; `x:write` includes `x:read`. API keys have the scopes that they were made with.

"Where" is for [those who do not act everywhere](staff.md#where-people-act): *register*, only what names their own register and its store; *stores*, only what is in
their stores (a list is about their one store, or must name one of them); *everywhere*, not at all. Where nothing stands it belongs to all stores.
"""


def _needed(route: Route) -> str:
    said = {"signature": "a signature", "none": "a code or a password" if route.body_type else "the link itself", "register": "a register's key", "session": "to have signed in", "any": "any key"}
    needed = permission(route)
    return said.get(needed, f"`{needed}`")


def _role(code: str, role: BuiltIn) -> str:
    rights = role.rights or RoleRights(discount_max=None, refund_max=None, void=True, override=True, no_sale=True, paid_out_max=None)
    up_to = ["any" if bound is None else f"up to {bound} %" for bound in (rights.discount_max,)]
    up_to.append(_up_to(rights.refund_max))
    allowed = ["yes" if right else "with approval" for right in (rights.void, rights.override, rights.no_sale)]
    return f"| `{code}` | {', '.join(f'`{scope}`' for scope in role.scopes)} | {' | '.join([*up_to, *allowed, _up_to(rights.paid_out_max)])} |"


def _up_to(bound: int | None) -> str:
    return "any" if bound is None else "with approval" if bound == 0 else f"up to {bound}"


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = []
    for name, text in pages().items():
        file = ROOT / name
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    if check and stale:
        print(f"stale: {', '.join(stale)}. Run `just docs`.", file=sys.stderr)
        return 1
    print("fresh" if check else f"written: {', '.join(stale) or 'nothing, all fresh'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
