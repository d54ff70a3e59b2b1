"""Every answer that an operation can give, by status: what the OpenAPI document promises and the docs page lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from actors.runtime import upkeep
from actors.runtime.words import Reason
from actors.staff.contract import APPROVAL_UNKNOWN
from http_edge import problems
from http_edge.permissions import bound
from http_edge.problems import EdgeReason, status_of
from http_edge.route import Route

ALWAYS = (problems.UNAUTHORIZED, problems.TOO_MANY, problems.FAULT, problems.BUSY, problems.STARTING)
RUNTIME = (upkeep.BUSY, upkeep.UNAVAILABLE, upkeep.TIMEOUT, upkeep.DATABASE_AWAY, upkeep.DATABASE_FULL, upkeep.FAILED)
OF_NO_ROUTE = (upkeep.UNREADABLE, upkeep.WRONG_CURSOR)
"""What an actor may say, though no operation lists it: to an edge of another version, and to who mends."""


@dataclass(frozen=True, slots=True)
class No:
    """One way in which an operation can decline."""

    status: int
    code: str
    title: str
    advice: str = ""


def declines(route: Route) -> list[No]:
    """Sorted by status; the edge's own come first."""
    edge = [No(r.status, r.code, r.title, r.advice) for r in _edge_reasons(route)]
    actors = [_no(reason) for reason in _actor_reasons(route)]
    return sorted({no.code: no for no in edge + actors}.values(), key=lambda no: no.status)


def _no(reason: Reason) -> No:
    return No(status_of(reason.code, reason.kind), reason.code, reason.title, reason.advice)


def _edge_reasons(route: Route) -> Iterator[EdgeReason]:
    if route.public:
        yield from (problems.BAD_PARAMETER, problems.SLOW_CLIENT, problems.BODY_TOO_LARGE, problems.TOO_MANY, problems.FAULT, problems.BUSY)
        return
    if route.keyless:
        yield from (problems.TOO_MANY, problems.FAULT, problems.BUSY)
    else:
        yield from ALWAYS
    if route.scope or route.only:
        yield problems.FORBIDDEN
    if bound(route):
        yield problems.ELSEWHERE
    if route.path_names or route.query_names or not route.body:
        yield problems.BAD_PARAMETER
    if route.command.keyed:
        yield from (problems.KEY_MISSING, problems.BAD_HEADER)
    if route.needs_version:
        yield from (problems.VERSION_MISSING, problems.BAD_HEADER)
    if route.body is not None:
        yield from (problems.BAD_JSON, problems.SLOW_CLIENT, problems.BODY_TOO_LARGE, problems.WRONG_TYPE, problems.INVALID_FIELDS)
    elif route.method != "GET":
        yield from (problems.BODY_UNEXPECTED, problems.SLOW_CLIENT, problems.BODY_TOO_LARGE)


def _actor_reasons(route: Route) -> Iterator[Reason]:
    yield from route.command.reasons
    yield from RUNTIME
    if route.command.keyed:
        yield upkeep.KEY_REUSED
    if route.takes_approval:
        yield APPROVAL_UNKNOWN
    if route.body is not None:
        yield upkeep.TOO_BIG


def every_decline(routes: tuple[Route, ...]) -> list[No]:
    """For the page of problem codes: each once, by code. Wrong paths, wrong methods and what is no HTTP belong to no route."""
    found = {no.code: no for route in routes for no in declines(route)}
    for route in routes:
        for reason in route.command.item_reasons:
            found.setdefault(reason.code, _no(reason))
    for reason in OF_NO_ROUTE:
        found[reason.code] = _no(reason)
    for ours in problems.EDGE_REASONS:
        found[ours.code] = No(ours.status, ours.code, ours.title, ours.advice)
    return [found[code] for code in sorted(found)]
