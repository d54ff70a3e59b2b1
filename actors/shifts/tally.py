"""Sums under names, as they are kept for each drawer, and what they come to. Pure; minor units.

A tally is a dict from a name to three numbers: how many, how much, and one more. The names:

    sales                    orders completed; what was due
    gross, discount, ...     the same sales' amounts, one name each, `change` among them
    tender:cash              what came in by this kind of tender; the third number is its tips
    refunded:cash            what went back by it; the third number is its tips
    returned:return          refunds of this kind
    discount:promotion       discounts of this kind
    tax:ppn|11|PPN           how much tax is in the sales; the third number is how much of it was given back
    void:open                orders called off while they were in this state
    debts                    what customers paid off of their accounts, in cash
    cash:drop                cash events of this kind; only when all of a shift is told, never in what is kept
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from actors.runtime.words import SignedMoney
from actors.shifts.contract import Figures, KindSum, Sum, TaxSum, TenderSum

Row = tuple[str, int, int, int]
Tally = dict[str, list[int]]

AMOUNTS = ("gross", "discount", "service", "net", "tax", "total", "cash_rounding")
_NOTHING = [0, 0, 0]
_decode = msgspec.json.Decoder(dict[str, list[int]]).decode
_encode = msgspec.json.Encoder(order="deterministic").encode


def add(tally: Tally, rows: Iterable[Row]) -> None:
    for name, count, amount, more in rows:
        have = tally.get(name)
        if have is None:
            tally[name] = [count, amount, more]
        else:
            have[0] += count
            have[1] += amount
            have[2] += more


def merged(*tallies: Mapping[str, list[int]]) -> Tally:
    """Their sum; they stay as they are."""
    total: Tally = {}
    for tally in tallies:
        add(total, ((name, count, amount, more) for name, (count, amount, more) in tally.items()))
    return total


def read_tally(body: str | None) -> Tally:
    return _decode(body) if body else {}


def write_tally(tally: Tally) -> str:
    """The same sums are always the same text, so that the check may compare text."""
    return _encode(tally).decode()


def expected_cash(tally: Mapping[str, list[int]], opening: int = 0) -> int:
    """What should be in the drawer: the float, cash that came in with its tips, less what went out again."""

    def of(name: str) -> list[int]:
        return tally.get(name, _NOTHING)

    came, went = of("tender:cash"), of("refunded:cash")
    taken = came[1] + came[2] - of("change")[1] - went[1] - went[2]
    return opening + taken + of("debts")[1] + of("cash:paid_in")[1] - of("cash:paid_out")[1] - of("cash:drop")[1]


def cash_of(rows: Iterable[Row]) -> int:
    """By how much these change what should be in the drawer."""
    tally: Tally = {}
    add(tally, rows)
    return expected_cash(tally)


# --- as it is told


def figures_of(tally: Mapping[str, list[int]], currency: str) -> Figures:
    def money(amount: int) -> SignedMoney:
        return SignedMoney(amount=amount, currency=currency)

    def of(name: str) -> list[int]:
        return tally.get(name, _NOTHING)

    def named(prefix: str) -> list[tuple[str, list[int]]]:
        return sorted((name[len(prefix) :], numbers) for name, numbers in tally.items() if name.startswith(prefix) and any(numbers))

    def tenders(prefix: str) -> list[TenderSum]:
        return [TenderSum(type=_type(kind), count=n, amount=money(amount), tips=money(tips)) for kind, (n, amount, tips) in named(prefix)]

    def kinds(prefix: str) -> list[KindSum]:
        return [KindSum(kind=kind, count=n, amount=money(amount)) for kind, (n, amount, _) in named(prefix)]

    def cash(kind: str) -> Sum:
        n, amount, _ = of(f"cash:{kind}")
        return Sum(count=n, amount=money(amount))

    came, debts = tenders("tender:"), of("debts")
    return Figures(
        currency=currency, sales=of("sales")[0], due=money(of("sales")[1]), change=money(of("change")[1]),
        tips=money(sum(one.tips.amount for one in came)), tenders=came, refunded=tenders("refunded:"), returned=kinds("returned:"),
        discounts=kinds("discount:"), taxes=[_tax(name, numbers, currency) for name, numbers in named("tax:")], voids=kinds("void:"),
        paid_in=cash("paid_in"), paid_out=cash("paid_out"), drops=cash("drop"), no_sales=of("cash:no_sale")[0],
        debts_paid=Sum(count=debts[0], amount=money(debts[1])),
        **{name: money(of(name)[1]) for name in AMOUNTS},
    )  # fmt: skip


def _type(kind: str) -> Any:
    """As the order's event named it: a kind of tender that is newer than this member is told all the same."""
    return kind


def tax_name(code: str, rate: str, name: str) -> str:
    return f"tax:{code}|{rate}|{name}"


def _tax(key: str, numbers: list[int], currency: str) -> TaxSum:
    code, rate, name = key.split("|", 2)
    amount, refunded = (SignedMoney(amount=number, currency=currency) for number in numbers[1:])
    return TaxSum(code=code, name=name, rate=rate, amount=amount, refunded=refunded)
