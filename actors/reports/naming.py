"""What the keys of figures are called, for people. Names that others keep are asked for, before anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from actors.reports.reading import names_of
from actors.reports.views import SHOPS
from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.staff.contract import LIST_API_KEYS, LIST_PEOPLE, ListApiKeys, ListPeople

NameOf = Callable[[str], str]

_TENDERS = {
    "cash": "Cash", "card": "Card", "qris": "QRIS", "transfer": "Bank transfer", "voucher": "Voucher", "other": "Other",
    "gift_card": "Gift card", "store_credit": "Store credit", "exchange": "Exchange", "on_account": "On account", "points": "Points",
}  # fmt: skip
_REFUNDS = {"return": "Goods came back", "amount": "An amount", "exchange": "Exchange", "cancel": "Called off after it was paid"}
_PEOPLE_MAX = 500


async def people(work: Work) -> dict[str, str]:
    """Who sells: people and API keys, by id. What `staff` cannot tell just now goes without a name."""
    found = {"": "Kasir"}
    keys = await work.ask(LIST_API_KEYS, ListApiKeys(limit=_PEOPLE_MAX))
    if not isinstance(keys, Refusal):
        found |= {str(key.id): key.name for key in keys.items}
    known = await work.ask(LIST_PEOPLE, ListPeople(limit=_PEOPLE_MAX))
    if not isinstance(known, Refusal):
        found |= {str(person.id): person.name for person in known.items}
    return found


async def namer(work: Work, by: str, keys: Iterable[str], known_people: dict[str, str]) -> NameOf:
    """Gives the name of each of these keys."""
    shops = work.view(SHOPS)
    if by == "store":
        return lambda key: shops.by_text[key].name if key in shops.by_text else key
    if by == "register":
        return lambda key: shops.registers.get(key, key)
    if by == "cashier":
        return lambda key: known_people.get(key, key)
    if by in ("product", "discount", "tax"):
        names = await names_of(work, by, keys)
        if by == "tax":
            return lambda key: _tax(key, names)
        return lambda key: names.get(key, (key, ""))[0]
    return lambda key: _plain(by, key)


def _tax(key: str, names: dict[str, tuple[str, str]]) -> str:
    code, rate, how, base = split_tax(key)
    return f"{names.get(key, (code, ''))[0]} {rate} %{'' if base == '1' else f' on {base}'}{'' if how == 'included' else ', added'}"


def split_tax(key: str) -> tuple[str, str, str, str]:
    """Code, rate, "included" or "added", and the part of the net that the rate is taken of, which is left out where it is all."""
    code, rate, how, *base = key.split("|")
    return code, rate, how, base[0] if base else "1"


def _plain(by: str, key: str) -> str:
    if by == "hour":
        return f"{key}:00"
    if by == "tender":
        return _TENDERS.get(key, key)
    if by == "kind":
        return _REFUNDS.get(key, key)
    return key or {"category": "No category", "customer_group": "No group", "reason": "No reason given"}.get(by, key)
