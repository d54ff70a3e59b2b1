"""Modifiers: which options were picked, whether that is a possible choice, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence

from actors.orders import contract
from actors.orders.contract import LineModifier, ModifierInput
from actors.orders.items import Choice, Item, Option
from actors.orders.wrongs import Wrong
from actors.runtime.words import Money


def pick(item: Item, asked: Sequence[ModifierInput], currency: str, *, offline: bool = False) -> list[LineModifier]:
    """The options by their codes, or WRONG_MODIFIERS. What was sold offline is not counted again."""
    choices = item.extras.choices if item.extras is not None else ()
    if not choices and not asked:
        return []
    by_code = {choice.code: choice for choice in choices}
    counts = dict.fromkeys(by_code, 0)
    picked = []
    for index, one in enumerate(asked):
        option = _option(by_code, one)
        if option is None:
            detail = f"{item.name} has no option {one.option!r} in a group {one.group!r}. Take one that its product lists."
            raise Wrong(contract.WRONG_MODIFIERS, f"/modifiers/{index}", detail)
        if option.currency not in (None, currency):
            detail = f"{option.name} has a price in {option.currency}, and the store sells in {currency}."
            raise Wrong(contract.WRONG_CURRENCY, f"/modifiers/{index}", detail)
        counts[one.group] += one.quantity
        price = Money(amount=option.price, currency=currency)
        picked.append(LineModifier(group=one.group, option=one.option, name=option.name, quantity=one.quantity, price=price))
    if not offline:
        _count(item, choices, counts)
    return picked


def find_option(item: Item, group: str, option: str) -> Option | None:
    choices = item.extras.choices if item.extras is not None else ()
    return next((choice.options.get(option) for choice in choices if choice.code == group), None)


def _option(by_code: dict[str, Choice], asked: ModifierInput) -> Option | None:
    choice = by_code.get(asked.group)
    return choice.options.get(asked.option) if choice is not None else None


def _count(item: Item, choices: Sequence[Choice], counts: dict[str, int]) -> None:
    for choice in choices:
        if not choice.least <= counts[choice.code] <= choice.most:
            span = str(choice.least) if choice.least == choice.most else f"{choice.least} to {choice.most}"
            detail = f"{item.name}: pick {span} of {choice.name}, not {counts[choice.code]}."
            raise Wrong(contract.WRONG_MODIFIERS, "/modifiers", detail)
