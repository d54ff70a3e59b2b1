"""What payments ask orders."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from actors.orders.contract import GET_ORDER, GetOrder, Order
from actors.orders.contract import NOT_FOUND as NO_ORDER
from actors.runtime.walking import few_at_a_time
from actors.runtime.words import Refusal
from actors.runtime.work import Work


async def find_orders(ids: Iterable[UUID], work: Work) -> dict[UUID, Order] | Refusal:
    """Those of them that there are."""

    async def find(id: UUID) -> Order | Refusal | None:
        answer = await work.ask(GET_ORDER, GetOrder(id=id))
        return None if isinstance(answer, Refusal) and answer.code == NO_ORDER.code else answer

    found = await few_at_a_time(find, sorted(set(ids)))
    return found if isinstance(found, Refusal) else {order.id: order for order in found if order is not None}
