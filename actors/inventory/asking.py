"""Whether what a request names is there, and may be counted so: all that is wrong with it is told at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import Struct

from actors.catalog.contract import FIND_VARIANTS, FindVariants, VariantInfo
from actors.inventory.book import Key
from actors.inventory.contract import INVALID, UNKNOWN_STORE, UNKNOWN_VARIANT
from actors.inventory.store import SQL, Wanted
from actors.inventory.views import STORES
from actors.runtime.quantities import WHOLE, read_milli
from actors.runtime.words import FieldError, Reason, Refusal
from actors.runtime.work import Work

_AT_ONCE = 1000
ERRORS_MAX = 100
CLOCK_SKEW = timedelta(minutes=5)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class Problems:
    """What is wrong with one request."""

    def __init__(self) -> None:
        self._reasons: list[Reason] = []
        self._errors: list[FieldError] = []

    def add(self, reason: Reason, pointer: str, detail: str) -> None:
        self._reasons.append(reason)
        self._errors.append(FieldError(pointer=pointer, detail=detail))

    def refusal(self) -> Refusal | None:
        """None when nothing is wrong. Its code is that of the first problem."""
        if not self._reasons:
            return None
        return self._reasons[0].refuse("Correct the fields named in errors.", *self._errors[:ERRORS_MAX])


class Goods(Struct, frozen=True):
    """A variant that stock is kept of. `info`: what the catalog knows of it; None when it is there no more."""

    variant_id: UUID
    product_id: UUID
    info: VariantInfo | None = None

    @property
    def whole(self) -> bool:
        """Counted in pieces."""
        return self.info is not None and self.info.unit == "piece"

    def contains(self, unit: str | None) -> int | None:
        """Thousandths of its own unit in one `unit`. None when it has no such unit."""
        if unit is None or (self.info is not None and unit == self.info.unit):
            return WHOLE
        pack = self.info.packs.get(unit) if self.info is not None else None
        return None if pack is None else read_milli(pack)


class Known:
    """The stores and variants that a batch names, as far as they are there."""

    def __init__(self, stores: Mapping[UUID, str], infos: Mapping[UUID, VariantInfo], shelved: Mapping[Key, UUID]) -> None:
        self._stores = stores
        self._infos = infos
        self._shelved = shelved

    def currency(self, store_id: UUID, problems: Problems, pointer: str = "/store_id") -> str:
        """"" when there is no such store."""
        currency = self._stores.get(store_id, "")
        if not currency:
            problems.add(UNKNOWN_STORE, pointer, f"There is no store {store_id}. Take its id from the list of stores.")
        return currency

    def kept(self, variant_id: UUID, product_id: UUID) -> Goods:
        """What a count or a transfer has named already, whatever has become of it since."""
        return Goods(variant_id, product_id, self._infos.get(variant_id))

    def goods(self, store_id: UUID, variant_id: UUID, problems: Problems, pointer: str) -> Goods | None:
        info = self._infos.get(variant_id)
        if info is not None and info.stock == "untracked":
            problems.add(UNKNOWN_VARIANT, pointer, f"No stock is kept of {info.sku}: its product is untracked. Leave it out, or have its stock kept.")
            return None
        if info is not None:
            return Goods(variant_id, info.product_id, info)
        product_id = self._shelved.get((store_id, variant_id))
        if product_id is None:
            problems.add(UNKNOWN_VARIANT, pointer, f"There is no variant {variant_id}. Take its id from the catalog.")
            return None
        return Goods(variant_id, product_id)


def check_time(at: datetime | None, now: datetime, problems: Problems, pointer: str = "/at") -> None:
    """A clock may be a little ahead of ours: the book takes that for now."""
    if at is not None and not EARLIEST <= at <= now + CLOCK_SKEW:
        problems.add(INVALID, pointer, "It is after now, or from another century. Send the time at which it happened.")


def want(store_id: UUID, goods: Goods, currency: str) -> Wanted:
    return Wanted(store_id, goods.variant_id, goods.product_id, currency)


async def look_up(work: Work, store_ids: Iterable[UUID], keys: Iterable[Key]) -> Known | Refusal:
    """Asks the catalog, before the transaction begins. Its "busy" is the answer to whoever asks us."""
    wanted = set(keys)
    infos = await _ask_catalog(work, sorted({variant_id for _, variant_id in wanted}))
    if isinstance(infos, Refusal):
        return infos
    stores = await _find_stores(work, set(store_ids))
    missing = [key for key in wanted if key[1] not in infos]
    columns = [key[0] for key in missing], [key[1] for key in missing]
    rows = await work.read(SQL["known_products"], *columns) if missing else []
    return Known(stores, infos, {(row["store_id"], row["variant_id"]): row["product_id"] for row in rows})


async def _ask_catalog(work: Work, variant_ids: list[UUID]) -> dict[UUID, VariantInfo] | Refusal:
    infos: dict[UUID, VariantInfo] = {}
    for start in range(0, len(variant_ids), _AT_ONCE):
        told = await work.ask(FIND_VARIANTS, FindVariants(variant_ids=variant_ids[start : start + _AT_ONCE]))
        if isinstance(told, Refusal):
            return told
        infos |= {info.variant_id: info for info in told.items}
    return infos


async def _find_stores(work: Work, store_ids: set[UUID]) -> dict[UUID, str]:
    stores = work.view(STORES)
    if any(stores.currency(id) is None for id in store_ids):
        await work.refresh(STORES)
    return {id: currency for id in store_ids if (currency := stores.currency(id))}
