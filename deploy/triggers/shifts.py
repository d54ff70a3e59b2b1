"""What happens to the drawer of a register of its own, so that nobody's shift is in the way. Each gives what it made, in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from deploy.triggers.shop import PRICE, Json, Shop, new_name, rupiah

FLOAT = 50_000_000


async def opened(shop: Shop) -> str:
    return _told(await _open(shop))


async def cash(shop: Shop) -> str:
    shift = await _open(shop)
    await shop.post(f"/v1/shifts/{shift['id']}/cash", {"kind": "paid_out", "amount": rupiah(5_000_000), "reason": "Ice, 10 bags"})
    return _told(shift)


async def handed_over(shop: Shop) -> str:
    """To somebody who is hired for it."""
    shift, name = await _open(shop), new_name()
    person = await shop.post("/v1/people", {"code": name, "name": f"Contoh {name}", "roles": ["cashier"]})
    await shop.post(f"/v1/shifts/{shift['id']}/hand-over", {"to": person["id"]})
    return _told(shift)


async def closed(shop: Shop) -> str:
    return _told(await _close(shop, await _open(shop)))


async def approved(shop: Shop) -> str:
    """Of which all is missing."""
    shift = await _close(shop, await _open(shop))
    await shop.post(f"/v1/shifts/{shift['id']}/approve", {"reason": "kasir trigger"})
    return _told(shift)


async def corrected(shop: Shop) -> str:
    """A sale of the moment at which the shift began comes after it was closed."""
    product, shift = await shop.product(), await _open(shop)
    await _close(shop, shift)
    sold_at = datetime.fromisoformat(shift["opened_at"].replace("Z", "+00:00")) + timedelta(microseconds=1)
    sale = {
        "id": str(uuid4()), "register_id": shift["register_id"], "lines": [{"variant_id": product["variants"][0]["id"]}],
        "tenders": [{"type": "cash", "amount": rupiah(PRICE)}], "sold_at": sold_at.isoformat(),
    }  # fmt: skip
    await shop.post("/v1/orders/batch", {"orders": [sale]})
    return _told(shift)


def _told(shift: Json) -> str:
    return f"shift {shift['id']}"


async def _open(shop: Shop) -> Json:
    await shop.store()
    register = await shop.open_register(f"D{new_name()}")
    return await shop.post("/v1/shifts", {"register_id": register["id"], "float": rupiah(FLOAT)})


async def _close(shop: Shop, shift: Json) -> Json:
    report = await shop.post(f"/v1/shifts/{shift['id']}/close", {"counted": {"total": 0}})
    found: Json = report["shift"]
    return found
