"""Holds a request to where its asker may act, before anybody is asked to do it. The one place where that is looked at."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import replace

from actors.inventory.contract import GET_COUNT, GET_TRANSFER, GetCount, GetTransfer
from actors.orders.contract import GET_ORDER, GetOrder
from actors.payments.contract import GET_INTENT, GetIntent
from actors.runtime.client import Client
from actors.runtime.words import Command, FieldError
from actors.shifts.contract import GET_SHIFT, GetShift
from actors.stores.contract import GET_REGISTER, GetRegister
from http_edge.auth import Key
from http_edge.places import AT_ONE_REGISTER, Kind
from http_edge.problems import ELSEWHERE, declined_by
from http_edge.route import Route

KNOWN_MAX = 8_192
OWNERS: dict[Kind, tuple[Command[Any, Any], type[Any]]] = {
    "register": (GET_REGISTER, GetRegister), "order": (GET_ORDER, GetOrder), "shift": (GET_SHIFT, GetShift), "count": (GET_COUNT, GetCount),
    "transfer": (GET_TRANSFER, GetTransfer), "sent": (GET_TRANSFER, GetTransfer), "received": (GET_TRANSFER, GetTransfer),
    "intent": (GET_INTENT, GetIntent),
}  # fmt: skip


class _Told(msgspec.Struct):
    """The little of an answer that says where something is."""

    store_id: UUID | None = None
    register_id: UUID | None = None
    order_id: UUID | None = None
    from_store_id: UUID | None = None
    to_store_id: UUID | None = None


class Spot(NamedTuple):
    stores: frozenset[UUID | None]
    register: UUID | None = None


class Named(NamedTuple):
    """An id in a request. `pointer`: where it stands."""

    pointer: str
    kind: Kind
    id: UUID


_decode = msgspec.json.Decoder(_Told).decode


class Whereabouts:
    """Where things are. They never leave their store, so what has been asked once is remembered, for a while. Orders do move between registers."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[tuple[Kind, UUID], Spot] = {}

    async def find(self, kind: Kind, id: UUID) -> Spot | None:
        """None when there is no such thing: whoever is asked to do something with it will say so. Raises Declined."""
        if kind == "store":
            return Spot(frozenset((id,)))
        known = self._known.get((kind, id))
        return known or await self._ask(kind, id)

    async def _ask(self, kind: Kind, id: UUID) -> Spot | None:
        command, request = OWNERS[kind]
        reply = await self._client.ask(command, request(id=id))
        if reply.refusal is not None and reply.refusal.kind != "not_found":
            raise declined_by(reply.refusal, {})
        told = _decode(reply.body) if reply.refusal is None else None
        spot = None if told is None else await self.find("order", told.order_id) if kind == "intent" and told.order_id else _spot(kind, id, told)
        if spot is not None:
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            self._known[kind, id] = spot
        return spot


def _spot(kind: Kind, id: UUID, told: _Told) -> Spot:
    if kind in ("transfer", "sent", "received"):
        ends = {"sent": (told.from_store_id,), "received": (told.to_store_id,)}
        return Spot(frozenset(ends.get(kind, (told.from_store_id, told.to_store_id))))
    return Spot(frozenset((told.store_id,)), id if kind == "register" else told.register_id)


async def within(route: Route, key: Key, asked: Any, whereabouts: Whereabouts) -> Any:
    """The request as it may be asked: narrowed to the asker's store where it named none. Raises Declined."""
    place = route.where
    if place.whole:
        raise ELSEWHERE.declined("This is about the whole house. Sign in to the back office, as somebody who works in all stores.")
    if place.sets:
        asked = replace(asked, **place.sets)
    named = list(_named(route, asked))
    if not named:
        return _narrowed(route, key, asked) if place.narrows and place.names else asked
    spots = await gather(*(whereabouts.find(one.kind, one.id) for one in named))
    errors = [
        FieldError(pointer=one.pointer, detail=_elsewhere(key, one.kind))
        for one, spot in zip(named, spots, strict=True)
        if spot is not None and not _may_act(route, key, one, spot)
    ]
    if errors:
        raise ELSEWHERE.declined("`errors` names what is at another register, or in another store.", errors[:100])
    return _at_own_register(route, key, asked, spots)


async def stores_of(route: Route, asked: Any, whereabouts: Whereabouts) -> list[UUID]:
    """Those that the request is about, whoever asks. Raises Declined."""
    spots = await gather(*(whereabouts.find(one.kind, one.id) for one in _named(route, asked)))
    return list({store for spot in spots if spot is not None for store in spot.stores if store is not None})


def _may_act(route: Route, key: Key, one: Named, spot: Spot) -> bool:
    """At a register, others are only looked at."""
    if key.register is not None and route.method != "GET" and one.kind in AT_ONE_REGISTER:
        return spot.register == key.register
    return key.stores is None or not spot.stores.isdisjoint(key.stores)


def _elsewhere(key: Key, kind: Kind) -> str:
    if key.register is not None and kind in AT_ONE_REGISTER:
        return "It is not the register that this key is for."
    return "It is not in a store that this key is for."


def _narrowed(route: Route, key: Key, asked: Any) -> Any:
    stores = key.stores or frozenset()
    if "store_id" in route.where.names and len(stores) == 1:
        return replace(asked, store_id=next(iter(stores)))
    names = [name for name in route.where.names if name in route.types]
    errors = [FieldError(pointer=route.pointer(name), detail="Name one of yours.") for name in names]
    raise ELSEWHERE.declined("This would be about all stores, and you work in some: name one.", errors)


def _at_own_register(route: Route, key: Key, asked: Any, spots: list[Spot | None]) -> Any:
    """Money for an order goes into, or comes out of, the drawer at which it is asked, wherever the order was begun.

    Always said, and not only where the order is at another register: it may have moved since we looked, and the same request under the
    same idempotency key must stay the same.
    """
    if key.register is None or route.method == "GET" or getattr(asked, "register_id", key.register) is not None:
        return asked
    about_order = any(spot is not None and spot.register is not None for spot in spots)
    return replace(asked, register_id=key.register) if about_order else asked


# --- what a request names ------------------------------------------------------------------------------------


def _named(route: Route, asked: Any) -> Iterator[Named]:
    """Each thing once, where it first stands."""
    seen: set[tuple[Kind, UUID]] = set()
    for path, kind in route.where.names.items():
        for pointer, id in _ids(asked, path.split("."), route.pointer(path.partition(".")[0].removesuffix("[]"))):
            if (kind, id) not in seen:
                seen.add((kind, id))
                yield Named(pointer, kind, id)


def _ids(value: Any, steps: list[str], pointer: str) -> Iterator[tuple[str, UUID]]:
    found = getattr(value, steps[0].removesuffix("[]"), None)
    items: Mapping[str, Any] = {f"{pointer}/{index}": item for index, item in enumerate(found or ())} if steps[0].endswith("[]") else {pointer: found}
    for where, item in items.items():
        if len(steps) > 1:
            yield from _ids(item, steps[1:], f"{where}/{steps[1].removesuffix('[]')}")
        elif isinstance(item, UUID):
            yield where, item
