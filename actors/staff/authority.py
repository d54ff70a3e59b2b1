"""What somebody may do: scopes, and how far they may go without approval. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import asdict

from actors.runtime.words import Rights
from actors.staff.contract import Purpose, RoleRights, Scope
from actors.staff.rules import includes, without_repeats

FREE = RoleRights(discount_max=None, refund_max=None, void=True, override=True, no_sale=True, paid_out_max=None)
"""What no bounds come to."""
FIELDS: dict[Purpose, str] = {
    "discount": "discount_max", "refund": "refund_max", "void": "void", "override": "override", "no_sale": "no_sale", "paid_out": "paid_out_max",
}  # fmt: skip


class Authority(NamedTuple):
    """`stores`: in which alone; empty for all. Roles have none of their own."""

    scopes: list[Scope]
    rights: RoleRights | None
    stores: frozenset[UUID] = frozenset()


EVERYTHING = Authority(["*"], None)
NOTHING = Authority([], RoleRights())


def together(parts: Iterable[Authority]) -> Authority:
    """Who has several roles has all of their scopes, and the best of their rights."""
    scopes: list[Scope] = []
    rights: RoleRights | None = RoleRights()
    for part in parts:
        scopes += part.scopes
        rights = best(rights, part.rights)
    return Authority(["*"] if "*" in scopes else without_repeats(scopes), rights)


def best(one: RoleRights | None, other: RoleRights | None) -> RoleRights | None:
    if one is None or other is None:
        return None
    return RoleRights(
        discount_max=_higher(one.discount_max, other.discount_max),
        refund_max=_larger(one.refund_max, other.refund_max),
        void=one.void or other.void,
        override=one.override or other.override,
        no_sale=one.no_sale or other.no_sale,
        paid_out_max=_larger(one.paid_out_max, other.paid_out_max),
    )


def _higher(one: str | None, other: str | None) -> str | None:
    return None if one is None or other is None else max(one, other, key=Decimal)


def _larger(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def is_free(rights: RoleRights | None) -> bool:
    return rights is None or rights == FREE


def covers(own: Authority, other: Authority) -> bool:
    """Whether `own` is at least as much: nobody may give, or take from others, more than they have."""
    return all(includes(own.scopes, scope) for scope in other.scopes) and not exceeding(own.rights, other.rights)


def reaches(own: Authority, stores: Iterable[UUID]) -> bool:
    """Whether `own` is for all of these stores; of none, for all that there are."""
    theirs = frozenset(stores)
    return not own.stores or (bool(theirs) and theirs <= own.stores)


def exceeding(own: RoleRights | None, other: RoleRights | None) -> list[str]:
    """The rights of `other` that go further than `own`, by name."""
    had, wanted = own or FREE, other or FREE
    reached = best(had, wanted)
    return [name for name in FIELDS.values() if not _same(getattr(reached, name), getattr(had, name))]


def _same(one: object, other: object) -> bool:
    """"10" and "10.0" are the same bound."""
    return Decimal(one) == Decimal(other) if isinstance(one, str) and isinstance(other, str) else one == other


def may_approve(own: Authority, purpose: Purpose) -> bool:
    """They need the scope, and a right of their own for this."""
    return includes(own.scopes, "approvals:write") and bool(exceeding(RoleRights(), only_for(own.rights, purpose)))


def only_for(rights: RoleRights | None, *purposes: Purpose) -> RoleRights:
    """Of these rights those that the purposes are about."""
    names = [FIELDS[purpose] for purpose in purposes]
    return RoleRights(**{name: getattr(rights or FREE, name) for name in names})


def added(own: Rights, approved: RoleRights) -> Rights:
    """The rights of the one who asks, with what was approved."""
    return as_rights(best(RoleRights(**asdict(own)), approved) or FREE)


def as_rights(rights: RoleRights) -> Rights:
    return Rights(**asdict(rights))
