"""What happened, in a few words for a person at a terminal: one function for each kind of event.

What comes is somebody's JSON: whatever is missing in it is left out, and nothing here fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from actors.runtime.money import exponent_of

Data = Mapping[str, Any]
ARROW = " → "


def summary(type: str, data: Data) -> str:
    """What a person would ask first: the receipt and its total, what moved from where to where, or a name."""
    tell = SUMMARIES.get(type) or SUMMARIES.get(type.partition(".")[0]) or _named
    return "  ".join(part for part in tell(data) if part)


def _order(data: Data) -> tuple[str, ...]:
    order = _inside(data, "order")
    before, after = _inside(data, "before"), _inside(data, "after")
    return (
        str(order.get("receipt") or ""), in_words(_inside(_inside(order, "totals"), "due")), _moved(before, after) or _changed(data),
        _gone_back(order) if "refunds" in _listed(data, "changed") else "", str(data.get("reason") or ""),
    )


def _gone_back(order: Data) -> str:
    """What went back last: the total beside it is the whole order's."""
    refunds = [one for one in _listed(order, "refunds") if isinstance(one, dict)]
    amount = _inside(refunds[-1], "amount") if refunds else {}
    return f"{in_words(amount)} given back" if amount.get("amount") else ""


def _moved(before: Data, after: Data) -> str:
    """`open → completed, unpaid → paid`; of a new order only what is not as it is after an ordinary sale."""
    if not before:
        return ", ".join(str(after[name]) for name in ("status", "payment") if after.get(name, "") not in ("completed", "paid", "unpaid", ""))
    return ", ".join(f"{before.get(name)}{ARROW}{after[name]}" for name in after if after[name] != before.get(name))


def _changed(data: Data) -> str:
    names = [str(name) for name in _listed(data, "changed") if name != "updated_at"]
    return f"changed: {', '.join(names)}" if names else ""


def _crossing(data: Data) -> tuple[str, ...]:
    return _variant(_inside(data, "level")), f"{data.get('before', '?')}{ARROW}{data.get('after', '?')}"


def _movements(data: Data) -> tuple[str, ...]:
    moved = [one for one in _listed(data, "items") if isinstance(one, dict)]
    first = moved[0] if moved else {}
    amount = str(first.get("quantity", ""))
    told = f"{first.get('kind', '')} {amount if amount.startswith('-') else '+' + amount}  {_variant(first)}" if first else ""
    return told, f"and {len(moved) - 1} more" if len(moved) > 1 else "", str(first.get("reason") or first.get("reference") or "")


def _count(data: Data) -> tuple[str, ...]:
    lines = [one for one in _listed(data, "lines") if isinstance(one, dict) and one.get("counted") is not None]
    differ = [one for one in lines if one.get("difference") not in (None, "0")]
    return f"{len(lines)} counted, {len(differ)} differ", str(data.get("note") or "")


def _transfer(data: Data) -> tuple[str, ...]:
    return str(data.get("state") or ""), _lines(data), str(data.get("reference") or "")


def _payment(data: Data) -> tuple[str, ...]:
    back = _inside(data, "refunded")
    return (
        str(data.get("method") or ""), in_words(_inside(data, "amount")), str(data.get("state") or ""),
        f"{in_words(back)} given back" if back.get("amount") else "", str(data.get("failure") or data.get("reference") or ""),
    )


def _account(data: Data) -> tuple[str, ...]:
    kind, hint = str(data.get("kind") or "").replace("_", " "), data.get("hint")
    return f"{kind} …{hint}" if hint else kind, in_words(_inside(data, "balance"))


def _health(data: Data) -> tuple[str, ...]:
    wrong = data.get("reason") or (data.get("last_error") if data.get("consecutive_failures") else "")
    return str(data.get("description") or data.get("url") or data.get("endpoint_id") or ""), str(wrong or "")


def _digest(data: Data) -> tuple[str, ...]:
    return str(data.get("window") or ""), f"seq {data.get('first_seq', '?')} to {data.get('last_seq', '?')}"


def _shift(data: Data) -> tuple[str, ...]:
    shift = _inside(data, "shift") or data
    return f"drawer {shift.get('register', '?')}", str(shift.get("status") or ""), in_words(_inside(shift, "float"))


def _cash(data: Data) -> tuple[str, ...]:
    return str(data.get("kind") or "").replace("_", " "), in_words(_inside(data, "amount")), str(data.get("reason") or "")


def _customer(data: Data) -> tuple[str, ...]:
    changed = _listed(data, "changed")
    return f"customer {data.get('id', '?')}", f"changed: {', '.join(map(str, changed))}" if changed else str(data.get("group") or "")


def _credit(data: Data) -> tuple[str, ...]:
    return f"customer {data.get('customer_id', '?')}", f"owes {in_words(_inside(data, 'balance'))}"


def _points(data: Data) -> tuple[str, ...]:
    change = data.get("change", 0)
    plus = "+" if isinstance(change, int) and change > 0 else ""
    return f"customer {data.get('customer_id', '?')}", f"{plus}{change} points, has {data.get('balance', '?')}"


def _person(data: Data) -> tuple[str, ...]:
    return f"person {data.get('person_id', '?')}", str(data.get("purpose") or data.get("by") or "")


def _named(data: Data) -> tuple[str, ...]:
    return (str(data.get("name") or data.get("message") or ""),)


SUMMARIES: dict[str, Callable[[Data], tuple[str, ...]]] = {
    "order": _order, "stock": _crossing, "stock.received": _movements, "stock.adjusted": _movements, "stock.counted": _count,
    "transfer": _transfer, "payment": _payment, "account": _account, "webhook": _health, "webhook.test": _named, "webhook.digest": _digest,
    "shift": _shift, "shift.cash": _cash, "customer": _customer, "credit": _credit, "points": _points, "sign_in": _person, "approval": _person,
}  # fmt: skip
"""By the event's type, or by what stands before its dot."""


def _inside(data: Data, name: str) -> Data:
    inner = data.get(name)
    return inner if isinstance(inner, dict) else {}


def _listed(data: Data, name: str) -> list[Any]:
    inner = data.get(name)
    return inner if isinstance(inner, list) else []


def _variant(data: Data) -> str:
    return f"variant {data['variant_id']}" if "variant_id" in data else ""


def _lines(data: Data) -> str:
    count = len(_listed(data, "lines"))
    return f"{count} line{'' if count == 1 else 's'}"


def in_words(money: Data) -> str:
    """`{"amount": 1850000, "currency": "IDR"}` is IDR 18,500.00."""
    if not isinstance(money.get("amount"), int):
        return ""
    currency = str(money.get("currency", ""))
    exponent = exponent_of(currency) or 0
    return f"{currency} {Decimal(money['amount']).scaleb(-exponent):,.{exponent}f}"
