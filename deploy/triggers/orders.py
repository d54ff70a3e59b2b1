"""What happens to orders. Each gives what it made, in words."""

from __future__ import annotations

from deploy.triggers.shop import Json, Shop, rupiah


def told(order: Json) -> str:
    return f"order {order['id']}  {order.get('receipt') or order['status']}"


async def created(shop: Shop) -> str:
    return told(await shop.order(paid=True, quantity=2))


async def paid(shop: Shop) -> str:
    order = await shop.order(paid=False)
    tender = {"type": "cash", "amount": rupiah(order["totals"]["due"]["amount"] + 10_000)}
    return told(await shop.post(f"/v1/orders/{order['id']}/tenders", {"tenders": [tender]}))


async def cancelled(shop: Shop) -> str:
    order = await shop.order(paid=False)
    return told(await shop.post(f"/v1/orders/{order['id']}/cancel", {"reason": "Changed their mind"}))


async def refunded(shop: Shop) -> str:
    order = await shop.order(paid=True, quantity=2)
    back = {"lines": [{"line": order["lines"][0]["number"], "quantity": 1}], "reason": "One was open"}
    await shop.post(f"/v1/orders/{order['id']}/refunds", back)
    return told(order)


async def updated(shop: Shop) -> str:
    order = await shop.order(paid=False)
    return told(await shop.change(f"/v1/orders/{order['id']}", {"note": "No sugar"}))


async def status_updated(shop: Shop) -> str:
    order = await shop.order(paid=True)
    return told(await shop.post(f"/v1/orders/{order['id']}/status", {"fulfillment": "preparing"}))
