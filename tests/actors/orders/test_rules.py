"""Whether two sales with one id are the same sale, sent twice."""

from __future__ import annotations

from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from actors.orders import contract
from actors.orders.contract import LineInput, OfflineOrder, PlaceOrder, TenderInput
from actors.orders.rules import content_of
from actors.runtime.words import Money

ID = UUID(int=7)


def tender(kind: str, amount: int) -> TenderInput:
    return TenderInput(type=kind, amount=Money(amount=amount, currency="IDR"))  # type: ignore[arg-type]



def test_the_content_of_a_sale_never_changes_its_print() -> None:
    """It is stored: another print would make every sale that is sent again look like a new one."""
    assert content_of(_place()).hex() == "9d1afaa265f67b13660c77ab18e5ef01"


@given(st.sampled_from(["2", "2.0", "2.000", "02", 2]), st.text(max_size=5))
def test_how_it_is_written_does_not_matter(quantity: str | int, note: str) -> None:
    assert content_of(_place(quantity, note=note)) == content_of(_place())


def test_a_sale_made_offline_is_the_same_as_when_it_is_placed() -> None:
    placed = _place()
    offline = OfflineOrder(
        id=UUID(int=1), register_id=placed.register_id, lines=placed.lines, tenders=placed.tenders,
        sold_at=msgspec.convert("2026-01-01T00:00:00Z", contract.Moment),
    )
    assert content_of(offline) == content_of(placed)


def test_anything_else_is_another_sale() -> None:
    base = _place()
    others = [
        _place("3"),
        msgspec.structs.replace(base, register_id=UUID(int=8)),
        msgspec.structs.replace(base, lines=[*base.lines, *base.lines]),
        msgspec.structs.replace(base, lines=[LineInput(barcode="A1", quantity=2)]),
        msgspec.structs.replace(base, tenders=[tender("card", 5000)]),
        msgspec.structs.replace(base, tenders=[tender("cash", 5001)]),
    ]
    assert len({content_of(sale) for sale in (base, *others)}) == 1 + len(others)


def _place(quantity: str | int = 2, note: str = "") -> PlaceOrder:
    return PlaceOrder(register_id=ID, lines=[LineInput(sku="A1", quantity=quantity, note=note)], tenders=[tender("cash", 5000)], note=note)
