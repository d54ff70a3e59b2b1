"""From what is left of each line to what is paid for it: taxes, and the line as everybody sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from actors.orders import contract
from actors.orders.amounts import AMOUNT_MAX, quantity_text
from actors.orders.cart import Cart, CartLine
from actors.orders.contract import Line, LineTax, Override, Step
from actors.orders.reckoned import Reckoned
from actors.orders.taxing import Taxed, compute, plan_for, tell
from actors.orders.tills import Till
from actors.orders.wrongs import Wrong, refuse
from actors.runtime.words import Money, Refusal


def finish(
    cart: Cart, till: Till, lines: Sequence[Reckoned], service: Sequence[int], day: date, offline: bool
) -> tuple[list[Line] | Refusal, bool]:
    """The finished lines, and whether there were taxes that the store does not know."""
    taxed_service = till.service is not None and till.service.taxed
    exempt = cart.customer is not None and cart.customer.tax_exempt
    once = till.tax_rounding == "order"
    taxed, wrongs, unknown = [], [], False
    for index, (one, charge) in enumerate(zip(lines, service, strict=True)):
        plan = plan_for(till, one.line.taxes, day)
        if plan.unknown:
            unknown = True
            detail = f"{one.line.name} has the tax {plan.unknown[0]!r}, which the store does not have. Add it to the store's taxes."
            wrongs.append(Wrong(contract.UNKNOWN_TAX, f"/lines/{index}", detail))
        taxed.append(Taxed(plan.shares, one.left + (charge if taxed_service else 0)))
    if wrongs and not offline:
        return refuse(wrongs), unknown
    compute(taxed, once=once)
    finished = []
    for one, line, charge in zip(lines, taxed, service, strict=True):
        untaxed = 0 if taxed_service else charge
        taxes, steps = tell(line, till.currency, exempt=exempt, once=once, untaxed=untaxed) if line.shares else ([], [])
        net = line.net + untaxed
        told = _line(one, taxes, steps, net, 0 if exempt else sum(line.amounts), charge, till.currency)
        finished.append(told if one.line.added_at == cart.offers_at else replace(told, added_at=one.line.added_at))
    large = [
        Wrong(contract.TOO_LARGE, f"/lines/{index}", "The line's amount is beyond what can be stored. Sell less of it at once.")
        for index, line in enumerate(finished)
        if max(line.gross.amount + line.service.amount, line.total.amount) > AMOUNT_MAX
    ]
    return (refuse(large) if large else finished), unknown


def _line(one: Reckoned, taxes: list[LineTax], steps: list[Step], net: int, tax: int, service: int, currency: str) -> Line:
    line = one.line
    return Line(
        number=line.number,
        product_id=line.product_id,
        variant_id=line.variant_id,
        sku=line.sku,
        name=line.name,
        quantity=quantity_text(line.quantity_milli, line.unit),
        unit=line.unit,
        unit_price=Money(amount=line.unit_price, currency=currency),
        net=Money(amount=net, currency=currency),
        tax=Money(amount=tax, currency=currency),
        total=Money(amount=net + tax, currency=currency),
        taxes=taxes,
        note=line.note,
        gross=Money(amount=one.gross, currency=currency),
        discount=Money(amount=one.gross - one.left, currency=currency),
        service=Money(amount=service, currency=currency),
        refunded=Money(amount=0, currency=currency),
        category=line.category,
        modifiers=line.modifiers,
        discounts=one.discounts,
        trace=one.steps + steps,
        override=_override(line, currency),
    )


def _override(line: CartLine, currency: str) -> Override | None:
    if line.list_price is None:
        return None
    return Override(list_price=Money(amount=line.list_price, currency=currency), reason=line.override_reason)


def sum_taxes(lines: Sequence[Line], currency: str) -> list[LineTax]:
    """One entry a tax, in the order in which they are met."""
    sums: dict[str, int] = {}
    taxable: dict[str, int] = {}
    entries: dict[str, LineTax] = {}
    net = 0
    for line in lines:
        net += line.net.amount
        for entry in line.taxes:
            sums[entry.code] = sums.get(entry.code, 0) + entry.amount.amount
            taxable[entry.code] = taxable.get(entry.code, 0) + (entry.taxable or line.net).amount
            entries.setdefault(entry.code, entry)

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=currency)

    return [
        replace(entry, amount=money(sums[code]), taxable=money(taxable[code]) if taxable[code] != net else None)
        for code, entry in entries.items()
    ]
