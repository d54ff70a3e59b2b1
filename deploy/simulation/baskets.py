"""What somebody buys, and how they pay."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any
from uuid import UUID

from deploy.simulation.goods import BIG_MILK_MILLI, BIG_PRICE, SHOT_BEANS_MILLI, SHOT_PRICE, Thing, drinks, groceries, variant_id
from deploy.simulation.offers import COUPON, Row, coupon_off, take_off
from deploy.simulation.people import Buyer
from deploy.simulation.requests import money, quantity

CASH_STEP = 100_00
"""Cash is rounded to Rp 100, half up."""
NOTES = (1_000_00, 2_000_00, 5_000_00, 10_000_00, 20_000_00, 50_000_00, 100_000_00)
VOUCHER = 10_000_00
TENDERS = (("cash", 62), ("qris", 22), ("card", 11), ("transfer", 2), ("voucher", 3))
DAMAGED_PERCENT = 25
SIZES, SIZE_WEIGHTS = (1, 2, 3, 4, 5, 6, 8, 11), (24, 22, 17, 12, 9, 7, 6, 3)


@dataclass
class Basket:
    """`due`: what is paid in the end, cash rounded. `cash`: what of it stays in the drawer. `plain`: whole pieces at their own price."""

    lines: list[dict[str, Any]]
    rows: list[Row]
    used: Mapping[UUID, int]
    total: int = 0
    due: int = 0
    cash: int = 0
    plain: bool = True
    tenders: list[dict[str, Any]] = field(default_factory=list)
    coupons: list[str] = field(default_factory=list)


@cache
def _shelf(*, coffee: bool) -> tuple[tuple[Thing, ...], list[float]]:
    things = drinks() if coffee else groceries()
    return things, list(accumulate(thing.popularity for thing in things))


def fill(at: datetime, buyer: Buyer | None, die: Random, *, coffee: bool) -> Basket:
    """Something at this moment, priced as the register does it."""
    wholesale = buyer is not None and buyer.wholesale
    chosen = _choose(die, coffee=coffee, wholesale=wholesale)
    basket = Basket([], [], {})
    used: dict[UUID, int] = {}
    for thing in chosen:
        line, row = _line(thing, die, used, wholesale=wholesale)
        basket.lines.append(line)
        basket.rows.append(row)
    basket.used = used
    take_off(basket.rows, at)
    _add_exceptions(basket, die)
    basket.plain = basket.plain and not basket.coupons and all(not row.off and row.milli % 1000 == 0 for row in basket.rows)
    _pay(basket, die)
    return basket


def _choose(die: Random, *, coffee: bool, wholesale: bool) -> list[Thing]:
    things, weights = _shelf(coffee=coffee)
    size = die.choice((1, 1, 1, 2, 2, 3)) if coffee else die.choices(SIZES, SIZE_WEIGHTS)[0] + (4 if wholesale else 0)
    picked = {bisect(weights, die.random() * weights[-1]) for _ in range(size)}
    return [things[min(index, len(things) - 1)] for index in sorted(picked)]


def _line(thing: Thing, die: Random, used: dict[UUID, int], *, wholesale: bool) -> tuple[dict[str, Any], Row]:
    milli, price = _how_much(thing, die, wholesale=wholesale), thing.priced(wholesale=wholesale)
    line: dict[str, Any] = {"variant_id": thing.variant_id, "quantity": quantity(milli)}
    if thing.uses:
        for used_id, each in thing.uses:
            used[used_id] = used.get(used_id, 0) + each * milli // 1000
        price += _modify(line, milli, die, used)
    else:
        used[thing.variant_id] = used.get(thing.variant_id, 0) + milli
    return line, Row(thing.category, milli, price)


def _how_much(thing: Thing, die: Random, *, wholesale: bool) -> int:
    if thing.unit != "piece":
        return die.randrange(150, 2200)
    most = 24 if wholesale else 8 if thing.category == "Mi Instan" else 3
    return 1000 * (1 if die.random() < 0.6 else die.randint(1, most))


def _modify(line: dict[str, Any], milli: int, die: Random, used: dict[UUID, int]) -> int:
    """What the choices add to the price of one cup."""
    added, chosen = 0, []
    for group, option, price, sku, each, chance in (
        ("tambahan", "shot", SHOT_PRICE, "BAHAN-BIJI", SHOT_BEANS_MILLI, 0.15), ("ukuran", "besar", BIG_PRICE, "BAHAN-SUSU", BIG_MILK_MILLI, 0.3),
    ):
        if die.random() < chance:
            chosen.append({"group": group, "option": option})
            added += price
            used[variant_id(sku)] = used.get(variant_id(sku), 0) + each * milli // 1000
    if chosen:
        line["modifiers"] = chosen
    return added


def _add_exceptions(basket: Basket, die: Random) -> None:
    """Now and then something is damaged, and cheaper; or somebody has a coupon. Never both."""
    index = die.randrange(len(basket.rows))
    row = basket.rows[index]
    chance = die.random()
    if chance < 0.01 and not row.off and row.milli % 1000 == 0:
        row.off = row.gross * DAMAGED_PERCENT // 100
        basket.lines[index]["discounts"] = [{"percent": str(DAMAGED_PERCENT), "reason": "Kemasan rusak"}]
    elif chance > 0.93 and coupon_off(basket.rows):
        basket.coupons.append(COUPON)


def _pay(basket: Basket, die: Random) -> None:
    off = coupon_off(basket.rows) if basket.coupons else 0
    basket.total = basket.due = sum(row.left for row in basket.rows) - off
    how = die.choices([name for name, _ in TENDERS], [weight for _, weight in TENDERS])[0]
    if how == "voucher" and basket.total > 2 * VOUCHER:
        basket.tenders.append({"type": "voucher", "amount": money(VOUCHER)})
        _pay_cash(basket, basket.total - VOUCHER, die)
        basket.due = VOUCHER + basket.cash
    elif how in ("cash", "voucher"):
        _pay_cash(basket, basket.total, die)
        basket.due = basket.cash
    else:
        basket.tenders.append({"type": how, "amount": money(basket.total), "reference": f"{die.randrange(10**12):012}"})


def _pay_cash(basket: Basket, amount: int, die: Random) -> None:
    basket.cash = in_cash(amount)
    basket.tenders.append({"type": "cash", "amount": money(handed_over(basket.cash, die))})


def in_cash(amount: int) -> int:
    return (amount + CASH_STEP // 2) // CASH_STEP * CASH_STEP


def handed_over(due: int, die: Random) -> int:
    """The exact amount, or the next that some note makes."""
    if die.random() < 0.25:
        return due
    note = die.choice([note for note in NOTES if note * 20 >= due] or [NOTES[-1]])
    return -(-due // note) * note


def refundable(basket: Basket, tenders: Sequence[dict[str, Any]]) -> bool:
    """Whether the register knows what a line of it gives back without asking: nothing taken off, nothing weighed, paid in one way."""
    return basket.plain and len(tenders) == 1 and basket.total == basket.due and "modifiers" not in basket.lines[0]
