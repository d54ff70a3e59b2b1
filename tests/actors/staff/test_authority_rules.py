"""What somebody may do, as values."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from actors.runtime.words import Rights
from actors.staff.authority import (
    EVERYTHING,
    FREE,
    NOTHING,
    Authority,
    added,
    as_rights,
    best,
    covers,
    exceeding,
    is_free,
    may_approve,
    only_for,
    together,
)
from actors.staff.contract import REGISTER_ROLE, ROLES, Purpose, RoleRights, Scope

percents = st.none() | st.decimals(0, 100, places=2).map(str)
rights = st.none() | st.builds(
    RoleRights, discount_max=percents, refund_max=st.none() | st.integers(0, 10**9), void=st.booleans(), override=st.booleans(),
    no_sale=st.booleans(), paid_out_max=st.none() | st.integers(0, 10**9),
)  # fmt: skip
authorities = st.builds(Authority, st.lists(st.sampled_from(get_args(Scope)), unique=True, max_size=6), rights)
purposes = st.sampled_from(get_args(Purpose))


@given(st.lists(authorities, max_size=4))
def test_together_covers_each_part(parts: list[Authority]) -> None:
    assert all(covers(together(parts), part) for part in parts)


@given(st.lists(authorities, max_size=4))
def test_together_is_no_more_than_any_that_covers_each(parts: list[Authority]) -> None:
    assert covers(EVERYTHING, together(parts))
    assert covers(together(parts), NOTHING)
    assert covers(together([*parts, together(parts)]), together(parts))
    assert exceeding(together(parts).rights, together(parts[::-1]).rights) == []


@given(authorities, authorities, authorities)
def test_who_covers_one_who_covers_another_covers_that_one(a: Authority, b: Authority, c: Authority) -> None:
    assert covers(a, a)
    assert not (covers(a, b) and covers(b, c)) or covers(a, c)


@given(authorities)
def test_only_everything_covers_everything(own: Authority) -> None:
    assert covers(own, EVERYTHING) == ("*" in own.scopes and is_free(own.rights))


@given(rights, rights)
def test_the_best_goes_as_far_as_either(one: RoleRights | None, other: RoleRights | None) -> None:
    assert [] == exceeding(best(one, other), one) == exceeding(best(one, other), other)
    assert exceeding(one, best(one, other)) == exceeding(one, other)


def test_bounds_are_compared_as_numbers() -> None:
    assert best(RoleRights(discount_max="9.5"), RoleRights(discount_max="10")) == RoleRights(discount_max="10")
    assert exceeding(RoleRights(discount_max="10"), RoleRights(discount_max="10.0")) == []


@given(rights, purposes)
def test_what_is_approved_is_for_one_purpose(own: RoleRights | None, purpose: Purpose) -> None:
    given_to = as_rights(RoleRights())
    got = added(given_to, only_for(own, purpose))
    changed = [name for name in Rights.__struct_fields__ if not _same(getattr(got, name), getattr(given_to, name))]
    assert changed == exceeding(RoleRights(), only_for(own, purpose))
    assert len(changed) <= 1


def _same(one: object, other: object) -> bool:
    return Decimal(one) == Decimal(other) if isinstance(one, str) and isinstance(other, str) else one == other


@given(authorities, purposes)
def test_who_may_approve_has_the_scope_and_the_right(own: Authority, purpose: Purpose) -> None:
    assert may_approve(own, purpose) == (
        ("*" in own.scopes or "approvals:write" in own.scopes) and bool(exceeding(RoleRights(), only_for(own.rights, purpose)))
    )


def test_each_role_covers_those_below_it() -> None:
    order = [Authority(list(ROLES[role].scopes), ROLES[role].rights) for role in ("cashier", "supervisor", "manager", "owner")]
    assert all(covers(above, below) for below, above in itertools.pairwise(order))
    assert not any(covers(below, above) for below, above in itertools.pairwise(order))
    assert REGISTER_ROLE in ROLES
    assert is_free(FREE)
