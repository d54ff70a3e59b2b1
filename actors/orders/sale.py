"""One sale on its way from what was asked to what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from msgspec import Raw

from actors.orders.contract import OfflineOrder, PlaceOrder, Tender
from actors.orders.quoting import Quote
from actors.runtime.words import Refusal, Rights


@dataclass(slots=True)
class Sale:
    """One sale on its way. In the end it has either an `order` (encoded; `existing`: from before) or a `refusal`.

    `credits`: tenders that are not given now, but come from elsewhere, numbered from 1: what an exchange has brought back.
    `rights`: how far the one who sells may go without approval. `known`: the customer is as `customers` says.
    """

    ask: PlaceOrder | OfflineOrder
    by: str
    traceparent: str = ""
    credits: Sequence[Tender] = ()
    exchange_of: UUID | None = None
    id: UUID = field(default=UUID(int=0))
    quote: Quote | None = None
    tenders: list[Tender] = field(default_factory=list)
    uses: tuple[str, ...] = ()
    order: Raw | None = None
    existing: bool = False
    refusal: Refusal | None = None
    rights: Rights | None = None
    known: bool = False

    @property
    def offline(self) -> bool:
        # Not isinstance: structs have an ABCMeta, which makes that ten times as slow.
        return type(self.ask) is OfflineOrder

    @property
    def held(self) -> bool:
        return type(self.ask) is PlaceOrder and self.ask.hold

    @property
    def settled(self) -> bool:
        return self.order is not None or self.refusal is not None
