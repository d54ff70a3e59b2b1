"""How much a line says, and what it cost: in the variant's own unit, whichever unit it names."""

from __future__ import annotations

from typing import Protocol

from actors.inventory.asking import Goods, Problems
from actors.inventory.contract import INVALID, WRONG_QUANTITY, WRONG_UNIT, ReceiptLine
from actors.inventory.rules import COST_SCALE, cost_of_own_unit, in_own_unit
from actors.runtime.quantities import WHOLE, read_milli, write_milli

QUANTITY_MAX, COST_MAX = 9_999_999_999, 10**13 * COST_SCALE
"""What the contract says of a quantity and of money, in thousandths and in the ledger's cost."""


class Amount(Protocol):
    """A line that says how much."""

    @property
    def quantity(self) -> str: ...
    @property
    def unit(self) -> str | None: ...


def read_quantity(line: Amount, goods: Goods | None, problems: Problems, at: str) -> int:
    """In thousandths of the variant's own unit. Pieces are whole. `at`: the pointer to the line."""
    milli, contains = read_milli(line.quantity), WHOLE if goods is None else goods.contains(line.unit)
    if contains is None:
        problems.add(WRONG_UNIT, f"{at}/unit", f"No stock of it is kept by the {line.unit}. Use its own unit, or that of a pack.")
        return milli
    own = in_own_unit(milli, contains)
    if goods is not None and goods.whole and (own is None or own % WHOLE):
        problems.add(WRONG_QUANTITY, f"{at}/quantity", "This product is counted in whole pieces. Give a whole number.")
    elif own is None:
        problems.add(WRONG_QUANTITY, f"{at}/quantity", "That comes to no thousandths of the product's own unit.")
    elif abs(own) > QUANTITY_MAX:
        problems.add(WRONG_QUANTITY, f"{at}/quantity", f"At once at most {write_milli(QUANTITY_MAX)} of the product's own unit are moved.")
    return milli if own is None else own


def read_cost(line: ReceiptLine, goods: Goods | None, problems: Problems, at: str) -> int | None:
    """Of one of the variant's own unit. None when nobody says."""
    contains = goods.contains(line.unit) if goods is not None else None
    if line.unit_cost is None or contains is None:
        return None
    cost = cost_of_own_unit(line.unit_cost.amount * COST_SCALE, contains)
    if cost > COST_MAX:
        problems.add(INVALID, f"{at}/unit_cost/amount", "Of the product's own unit, that is more than money can be.")
    return cost
