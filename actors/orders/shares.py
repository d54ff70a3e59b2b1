"""What is left of an order's lines, and the exact share of it that a quantity or an amount is. Pure; minor units, thousandths.

A quantity's share is cumulative: what has come back until now, times the line, divided by its quantity, rounded half up, minus
what was given back for the quantities before. So the last piece gives the rest, and nothing is lost on the way.
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from actors.orders.amounts import quantity_milli, quantity_text, round_half_up, spread
from actors.orders.contract import Line, Order, RefundLine
from actors.runtime.words import Money


@dataclass(slots=True)
class LineLeft:
    """One line, from which parts are taken until nothing is left. `taxes` in the order of the line's.

    `total`, `taxes`              what has not been given back yet
    `goods_total`, `goods_taxes`  what was given back together with goods
    """

    line: Line
    quantity: int
    returned: int
    total: int
    taxes: list[int]
    goods_total: int
    goods_taxes: list[int]

    @property
    def quantity_left(self) -> int:
        return self.quantity - self.returned

    def take_quantity(self, milli: int, restock: bool) -> RefundLine:
        """The share of so many thousandths, at most as many as are left."""
        self.returned += milli
        if self.returned == self.quantity:
            total, taxes = self.total, list(self.taxes)
        else:
            total = self._share(self.line.total.amount, self.goods_total, self.total)
            taxes = self._taxes_within(total, [
                self._share(tax.amount.amount, before, left)
                for tax, before, left in zip(self.line.taxes, self.goods_taxes, self.taxes, strict=True)
            ])
        self.goods_total += total
        self.goods_taxes = [before + tax for before, tax in zip(self.goods_taxes, taxes, strict=True)]
        return self._take(total, taxes, quantity_text(milli, self.line.unit), restock)

    def take_amount(self, amount: int) -> RefundLine:
        """So much money and no goods, at most what is left: net and taxes in proportion to what is left of them."""
        *taxes, _ = spread(amount, [*self.taxes, self.total - sum(self.taxes)])
        return self._take(amount, taxes, "0", False)

    def _share(self, whole: int, before: int, left: int) -> int:
        return min(max(round_half_up(whole * self.returned, self.quantity) - before, 0), left)

    def _taxes_within(self, total: int, taxes: list[int]) -> list[int]:
        """Each part is rounded alone: where they do not fit into the total, or leave more net than there is, taxes give way."""
        net_left = self.total - sum(self.taxes)
        too_much = sum(taxes) - total
        too_little = total - sum(taxes) - net_left
        for index in reversed(range(len(taxes))):
            less = min(max(too_much, 0), taxes[index])
            more = min(max(too_little, 0), self.taxes[index] - taxes[index])
            taxes[index] += more - less
            too_much -= less
            too_little -= more
        return taxes

    def _take(self, total: int, taxes: list[int], quantity: str, restock: bool) -> RefundLine:
        before = self.total
        self.total -= total
        self.taxes = [left - tax for left, tax in zip(self.taxes, taxes, strict=True)]
        currency = self.line.total.currency

        def money(amount: int) -> Money:
            return Money(amount=amount, currency=currency)

        return RefundLine(
            line=self.line.number,
            quantity=quantity,
            restock=restock,
            net=money(total - sum(taxes)),
            tax=money(sum(taxes)),
            total=money(total),
            taxes=[
                replace(entry, amount=money(tax), taxable=money(self._taxable(entry.taxable.amount, before)) if entry.taxable else None)
                for entry, tax in zip(self.line.taxes, taxes, strict=True)
            ],
        )

    def _taxable(self, whole: int, before: int) -> int:
        """As much of it as of the total; all parts together are the whole."""
        total = self.line.total.amount
        return whole * before // total - whole * self.total // total if total else 0


def lines_left(order: Order) -> dict[int, LineLeft]:
    """By number, in the order of the lines: after all of the order's refunds."""
    lines = {
        line.number: LineLeft(
            line, quantity_milli(line.quantity), 0, line.total.amount, [tax.amount.amount for tax in line.taxes], 0, [0] * len(line.taxes)
        )
        for line in order.lines
    }
    for refund in order.refunds:
        for gone in refund.lines:
            _forget(lines[gone.line], gone)
    return lines


def _forget(left: LineLeft, gone: RefundLine) -> None:
    total, taxes = gone.total.amount, [tax.amount.amount for tax in gone.taxes]
    quantity = quantity_milli(gone.quantity)
    left.returned += quantity
    left.total -= total
    left.taxes = [amount - tax for amount, tax in zip(left.taxes, taxes, strict=True)]
    if quantity:
        left.goods_total += total
        left.goods_taxes = [amount + tax for amount, tax in zip(left.goods_taxes, taxes, strict=True)]
