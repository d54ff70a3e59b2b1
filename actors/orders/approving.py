"""What a person may not do without the approval of another: discounts by hand, other prices, voids, refunds. Pure.

`rights` None has no bounds: that is Kasir itself, and API keys of machines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import repeat
from uuid import UUID

from actors.orders.amounts import FULL_RATE, quantity_milli, rate_parts
from actors.orders.contract import NEEDS_APPROVAL, Customer, Line, Order, Refund, Totals
from actors.runtime.money import shown
from actors.runtime.words import FieldError, Money, Refusal, Rights

NOTHING, WHOLE = Fraction(0), Fraction(1)
ROUNDED = 2

Same = tuple[int, UUID, str]
"""What a line is known by: number, variant, unit."""


def unapproved_sale(rights: Rights | None, lines: Sequence[Line], before: Sequence[Line] = ()) -> Refusal | None:
    """`before`: of orders that are changed, split or merged, the lines as they were: what was given once needs no second approval,
    on the same line, for no more of it.
    """
    return _unapproved(rights, lines, before, ROUNDED)


def unapproved_offline(rights: Rights | None, lines: Sequence[Line], totals: Totals, listed: Mapping[int, int]) -> Refusal | None:
    """Of a sale that took place. What its register charged less than it should have is taken off by hand, too: of a line's price,
    which should have been `listed`, and of all that the lines come to.
    """
    if rights is None:
        return None
    charged = _charged(lines, totals)
    shares = [charged * (WHOLE if rights.override else _of_listed(line, listed.get(line.number))) for line in lines]
    errors = [*_overrides(rights, lines, {}), *_discounts(rights, lines, {}, ROUNDED, shares)]
    return _refuse(errors) if errors else None


def _charged(lines: Sequence[Line], totals: Totals) -> Fraction:
    """The share of what the lines come to; a register may round each of them otherwise."""
    computed = totals.total.amount - totals.adjustment.amount
    return WHOLE - Fraction(max(-totals.adjustment.amount - ROUNDED * len(lines), 0), max(computed, 1))


def _of_listed(line: Line, price: int | None) -> Fraction:
    """The share of what the line would come to at that price, with all that was chosen for it."""
    if price is None:
        return WHOLE
    return Fraction(line.gross.amount) / (line.gross.amount + (price - line.unit_price.amount) * Fraction(line.quantity))


def unapproved_split(rights: Rights | None, lines: Sequence[Line], before: Sequence[Line]) -> Refusal | None:
    """The same of parts of lines: of an odd amount one of two parts has half a unit more than its share."""
    return _unapproved(rights, lines, before, 0)


def _unapproved(rights: Rights | None, lines: Sequence[Line], before: Sequence[Line], rounded: int) -> Refusal | None:
    if rights is None:
        return None
    known = {_same(line): line for line in before}
    errors = [*_overrides(rights, lines, known), *_discounts(rights, lines, known, rounded)]
    return _refuse(errors) if errors else None


def unapproved_buyer(rights: Rights | None, customer: Customer | None) -> Refusal | None:
    """`customer`: somebody whom `customers` does not know. A group and an exemption that only the seller speaks of are another price."""
    if rights is None or rights.override or customer is None or not (customer.group or customer.tax_exempt):
        return None
    return _refuse([_needs("override", "/customer", "Nobody knows this customer's group or exemption. Name the customer by `id`.")])


def unapproved_change(rights: Rights | None, order: Order, change: Money) -> Refusal | None:
    """An open order becomes so cheap that cash which was paid on it goes back as `change`: that is money given back, too."""
    if rights is None or rights.refund_max is None or not order.tenders or change.amount <= rights.refund_max:
        return None
    detail = f"{shown(change.amount, change.currency)} of what has been paid would be given back."
    return _refuse([_needs("refund", "", detail)])


def unapproved_review(rights: Rights | None) -> Refusal | None:
    """Who may not change a price does not wave through what was sold at another one, least of all their own sale."""
    if rights is None or rights.override:
        return None
    return _refuse([_needs("override", "", "Somebody else looks at what was flagged.")])


def unapproved_void(rights: Rights | None, order: Order) -> Refusal | None:
    """An order on which nothing has been paid is called off by whoever takes orders."""
    if rights is None or rights.void or not (order.status == "completed" or order.tenders):
        return None
    return _refuse([_needs("void", "", "It is completed, or something has been paid on it.")])


def unapproved_refund(rights: Rights | None, order: Order, refund: Refund) -> Refusal | None:
    """All that is given back of one order counts: a large refund does not become small in parts."""
    if rights is None or rights.refund_max is None:
        return None
    given = _money_of(refund)
    back = given + sum(map(_money_of, order.refunds))
    if not given or back <= rights.refund_max:
        return None
    currency = refund.amount.currency
    detail = f"{shown(back, currency)} of this order would be given back; without approval up to {shown(rights.refund_max, currency)}."
    return _refuse([_needs("refund", "", detail)])


def _money_of(refund: Refund) -> int:
    """What it is worth before cash is rounded, which may leave nothing of it; without what has paid for another order."""
    return refund.amount.amount - sum(tender.amount.amount for tender in refund.tenders if tender.type == "exchange")


# --- prices and discounts by hand


def _same(line: Line) -> Same:
    return line.number, line.variant_id, line.unit


def _was(line: Line, known: Mapping[Same, Line]) -> Line | None:
    """The line that this was. What was approved for one is not approved for a hundred."""
    was = known.get(_same(line))
    return was if was is not None and quantity_milli(line.quantity) <= quantity_milli(was.quantity) else None


def _overrides(rights: Rights, lines: Sequence[Line], known: Mapping[Same, Line]) -> Iterator[FieldError]:
    if rights.override:
        return
    for index, line in enumerate(lines):
        if line.override is None:
            continue
        was = _was(line, known)
        if was is None or was.override is None or was.unit_price != line.unit_price:
            detail = f"{line.name} costs {shown(line.override.list_price.amount, line.override.list_price.currency)}."
            yield _needs("override", f"/lines/{index}/override", detail)


def _discounts(
    rights: Rights, lines: Sequence[Line], known: Mapping[Same, Line], rounded: int, charged: Iterable[Fraction] = repeat(WHOLE)
) -> Iterator[FieldError]:
    """`rounded`: how many units of what was taken off before are left out of account, of each discount. `charged`: of each line the share
    that was."""
    if rights.discount_max is None:
        return
    most = Fraction(rate_parts(rights.discount_max), FULL_RATE)
    for index, (line, share) in enumerate(zip(lines, charged, strict=False)):
        off = 1 - (1 - off_by_hand(line)) * share
        if off > most and ((was := _was(line, known)) is None or off > off_by_hand(was, rounded)):
            own = any(one.kind == "manual" and one.on == "line" for one in line.discounts)
            detail = f"{float(off * 100):.2f} % are taken off by hand; without approval up to {rights.discount_max} %."
            yield _needs("discount", f"/lines/{index}/discounts" if own else "/discounts", detail)
            if not own:
                return


def off_by_hand(line: Line, rounded: int = ROUNDED) -> Fraction:
    """The share that discounts by hand take off what the line would cost without them, all together; 0 to 1.

    Those on the order come after those on the line, so that 10 % and 10 % are 19 %. `rounded`: minor units of each that are left out
    of account, for two may come from rounding and spreading.
    """
    if not any(one.kind == "manual" for one in line.discounts):
        return NOTHING
    offered, by_hand, few = _taken(line, "line")
    later, on_order, more = _taken(line, "order")
    whole = line.gross.amount - offered
    rest = whole - by_hand - later
    return 1 - _left(whole, by_hand - rounded * few) * _left(rest, on_order - rounded * more)


def _taken(line: Line, on: str) -> tuple[int, int, int]:
    """Taken off by offers; taken off by hand; and by how many discounts by hand."""
    there = [one for one in line.discounts if one.on == on]
    by_hand = [one.amount.amount for one in there if one.kind == "manual"]
    return sum(one.amount.amount for one in there) - sum(by_hand), sum(by_hand), len(by_hand)


def _left(whole: int, off: int) -> Fraction:
    return Fraction(whole - max(off, 0), whole) if whole > 0 else Fraction(1)


# --- how it is said


def _needs(approval: str, pointer: str, detail: str) -> FieldError:
    return FieldError(pointer=pointer, detail=f"{approval}: {detail}")


def _refuse(errors: Sequence[FieldError]) -> Refusal:
    return NEEDS_APPROVAL.refuse(f"Needs approval: {', '.join(_approvals(errors))}.", *errors[:100])


def _approvals(errors: Iterable[FieldError]) -> list[str]:
    return list(dict.fromkeys(error.detail.partition(":")[0] for error in errors))
