"""Where something is done: which registers and stores a request names, and who may act there.

A register, and whoever has signed in at it, acts at that register and in its store. Who has signed in to the back office, and works only in
some stores, acts in those. Everybody else acts everywhere: people without `store_ids`, and API keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["store", "register", "order", "shift", "count", "transfer", "sent", "received", "intent"]
"""What an id in a request is the id of. "sent" and "received": a transfer, which only the one store sends and the other one receives."""
Bound = Literal["register", "stores", "everywhere", ""]

BY_NAME: dict[str, Kind] = {"store_id": "store", "from_store_id": "store", "register_id": "register", "order_id": "order"}
"""Fields that mean the same in every request."""
AT_ONE_REGISTER: frozenset[Kind] = frozenset({"register", "shift"})


@dataclass(frozen=True)
class Place:
    """`names`    what the request's fields are the ids of, beside those of BY_NAME; "items[].id" is one in each item of a list
    `shared`   it belongs to all stores, whatever it names: products, customers, what stores there are
    `whole`    it is about the whole house: only for those who act everywhere
    `narrows`  when it names nothing it is about all stores: who acts in one of them gets that one; of several, one must be named
    `sets`     what else keeps the answer to a store: fields of the request, as they are for those who do not act everywhere
    """

    names: Mapping[str, Kind] = field(default_factory=dict, hash=False)
    shared: bool = False
    whole: bool = False
    narrows: bool | None = None
    sets: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def of_request(self, fields: tuple[str, ...], reads: bool) -> Place:
        """With what the fields of the request say by themselves. What only reads narrows, unless it is said otherwise."""
        if self.shared or self.whole:
            return self
        known = {name: BY_NAME[name] for name in fields if name in BY_NAME}
        return Place({**known, **self.names}, narrows=reads if self.narrows is None else self.narrows, sets=self.sets)

    def bound(self, reads: bool) -> Bound:
        """In a word, for the page of permissions: whose it must be, of those who do not act everywhere."""
        if self.whole:
            return "everywhere"
        if not self.names or self.shared:
            return ""
        return "register" if not reads and AT_ONE_REGISTER.intersection(self.names.values()) else "stores"


PLAIN = Place()
SHARED = Place(shared=True)
WHOLE = Place(whole=True)
A_STORE = Place({"id": "store"})
A_REGISTER = Place({"id": "register"})
AN_ORDER = Place({"id": "order"})
ORDER_CHANGED = Place({"id": "order", "changes.register_id": "register"})
ORDER_EXCHANGED = Place({"id": "order", "order.register_id": "register"})
ORDERS_MERGED = Place({"id": "order", "other_id": "order"})
ORDERS_PLACED = Place({"orders[].register_id": "register"})
ORDERS_MOVED = Place({"items[].id": "order"})
AN_INTENT = Place({"id": "intent"})
A_SHIFT = Place({"id": "shift"})
A_COUNT = Place({"id": "count"})
A_TRANSFER, SENT, RECEIVED = Place({"id": "transfer"}), Place({"id": "sent"}), Place({"id": "received"})
REORDERED = Place({"items[].store_id": "store"})
IF_NAMED = Place(narrows=False)
"""Without a store it is about none."""
HERE = Place(narrows=True)
"""Without a store it is about the one where it is asked."""
FIGURES_CHECKED = Place(sets={"only_reports": True})
"""The others' own books know no stores: their checks are about the whole house."""
