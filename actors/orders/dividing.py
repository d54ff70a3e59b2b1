"""One cart becomes two, or two become one; every line keeps its price and its moment. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from actors.orders import contract
from actors.orders.amounts import MEASURED, quantity_milli, quantity_text, round_half_up, spread
from actors.orders.cart import Cart, CartLine
from actors.orders.contract import DiscountInput, Line, PartInput
from actors.orders.discounting import given_by_hand
from actors.orders.wrongs import Wrong, refuse
from actors.runtime.words import Money, Refusal


class Divided(NamedTuple):
    stays: Cart
    moves: Cart


def divide(cart: Cart, lines: Sequence[Line], parts: Sequence[PartInput]) -> Divided | Refusal:
    """`parts` move. What is not whole is shared by quantity: what leaves the stock, an amount off, a scale's price.

    Off the whole order: percents hold for both, amounts go with the lines that they were spread over; coupons stay.
    """
    moving = _moving(cart, parts)
    if isinstance(moving, Refusal):
        return moving
    stays: list[CartLine] = []
    moves: list[CartLine] = []
    for line in cart.lines:
        milli = moving[line.number]
        if milli < line.quantity_milli:
            stays.append(_part(line, milli, line.quantity_milli))
        if milli:
            moves.append(replace(_part(line, 0, milli), number=len(moves) + 1))
    if not stays:
        return refuse([Wrong(contract.INVALID, "/lines", "Something must stay. Move fewer lines.")])
    off = _shared(cart, lines, moving)
    return Divided(
        replace(cart, lines=stays, discounts=[stay for stay, _ in off if stay is not None]),
        replace(cart, lines=moves, discounts=[move for _, move in off if move is not None], coupons=[], next_number=len(moves) + 1),
    )


def as_moved(cart: Cart, lines: Sequence[Line], parts: Sequence[PartInput]) -> list[Line]:
    """The lines that move, as they were, by the numbers that they get in the order of their own."""
    known, going = {line.number: line for line in lines}, {part.line for part in parts}
    moved = [known[line.number] for line in cart.lines if line.number in going]
    return [replace(line, number=number) for number, line in enumerate(moved, 1)]


def join(cart: Cart, other: Cart) -> Cart:
    """The lines of `other` come after, numbered on. What is taken off the whole is what was taken off each, the same percent once."""
    lines = [replace(line, number=number) for number, line in enumerate(other.lines, cart.next_number)]
    more = [discount for discount in other.discounts if discount.percent is None or discount not in cart.discounts]
    return replace(
        cart,
        lines=[*cart.lines, *lines],
        next_number=cart.next_number + len(lines),
        customer=cart.customer or other.customer,
        discounts=[*cart.discounts, *more],
        coupons=list(dict.fromkeys([*cart.coupons, *other.coupons])),
    )


def even_shares(amount: int, parts: int) -> list[int]:
    """Equal to one unit, the larger ones first; their sum is `amount`."""
    return spread(amount, [1] * parts)


def _moving(cart: Cart, parts: Sequence[PartInput]) -> Counter[int] | Refusal:
    """Thousandths by line, or all that is wrong with them."""
    lines = {line.number: line for line in cart.lines}
    moving: Counter[int] = Counter()
    wrongs = []
    for index, part in enumerate(parts):
        line, milli = lines.get(part.line), quantity_milli(part.quantity)
        if line is None:
            detail = f"The order has no line {part.line}. Take the `number` of one that it has."
            wrongs.append(Wrong(contract.INVALID, f"/lines/{index}/line", detail))
            continue
        moving[part.line] += milli
        whole = moving[part.line] == line.quantity_milli
        if moving[part.line] > line.quantity_milli:
            detail = f"There are only {quantity_text(line.quantity_milli, line.unit)} of line {part.line}."
            wrongs.append(Wrong(contract.WRONG_QUANTITY, f"/lines/{index}/quantity", detail))
        elif milli % 1000 and line.unit not in MEASURED and not whole:
            wrongs.append(Wrong(contract.WRONG_QUANTITY, f"/lines/{index}/quantity", f"{line.name} is sold by the piece. Give a whole number."))
    return refuse(wrongs) if wrongs else moving


def _part(line: CartLine, start: int, end: int) -> CartLine:
    """From one thousandth of its quantity to another: parts that follow one another sum up to the whole."""
    whole = line.quantity_milli

    def share(amount: int) -> int:
        return round_half_up(amount * end, whole) - round_half_up(amount * start, whole)

    discounts = [
        replace(off, amount=Money(amount=share(off.amount.amount), currency=off.amount.currency)) if off.amount is not None else off
        for off in line.discounts
    ]
    return replace(
        line,
        quantity_milli=end - start,
        uses=[replace(use, milli=share(use.milli)) for use in line.uses],
        discounts=discounts,
        fixed_gross=share(line.fixed_gross) if line.fixed_gross is not None else None,
    )


def _shared(cart: Cart, lines: Sequence[Line], moving: Mapping[int, int]) -> list[tuple[DiscountInput | None, DiscountInput | None]]:
    """What is taken off both orders by each discount by hand on the whole. The two amounts are always the one that they were."""
    left = [_before_the_whole(line) for line in lines]
    shared = []
    for off in cart.discounts:
        given, _ = given_by_hand(off, sum(left))
        shares = spread(given, left)
        left = [rest - share for rest, share in zip(left, shares, strict=True)]
        goes = sum(
            round_half_up(share * moving[line.number], quantity_milli(line.quantity)) for line, share in zip(lines, shares, strict=True)
        )
        shared.append((off, off) if off.amount is None else (_less(off, off.amount.amount - goes), _less(off, goes)))
    return shared


def _before_the_whole(line: Line) -> int:
    """What the line cost before anything was taken off the whole order by hand: docs/pricing.md, step 9."""
    return line.gross.amount - sum(one.amount.amount for one in line.discounts if (one.kind, one.on) != ("manual", "order"))


def _less(off: DiscountInput, amount: int) -> DiscountInput | None:
    assert off.amount is not None
    return replace(off, amount=Money(amount=amount, currency=off.amount.currency)) if amount else None
