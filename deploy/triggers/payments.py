"""What happens to payments, gift cards and store credit. Each gives what it made, in words."""

from __future__ import annotations

from actors.payments.contract import SetMerchant
from deploy.triggers.shop import STORE, Json, Shop, rupiah
from http_edge.examples import EXAMPLES


def told(intent: Json) -> str:
    return f"payment intent {intent['id']} of order {intent['order_id']}"


async def approved(shop: Shop) -> str:
    return told(await _by_terminal(shop))


async def failed(shop: Shop) -> str:
    """A QRIS code that nobody pays, called off."""
    order = await shop.order(paid=False)
    await shop.post(f"/v1/stores/{STORE}/qris", {"qris": EXAMPLES[SetMerchant].qris})
    intent = await shop.post("/v1/payment-intents", {"order_id": order["id"], "method": "qris", "amount": order["totals"]["missing"]})
    return told(await shop.post(f"/v1/payment-intents/{intent['id']}/cancel", {"reason": "Pays in cash"}))


async def refunded(shop: Shop) -> str:
    intent = await _by_terminal(shop)
    order = await shop.completed(intent["order_id"])
    await shop.post(f"/v1/orders/{order['id']}/refunds", {"lines": [{"line": order["lines"][0]["number"], "quantity": 1}]})
    return told(intent)


async def opened(shop: Shop) -> str:
    return f"gift card {(await _gift_card(shop))['id']}"


async def changed(shop: Shop) -> str:
    card = await _gift_card(shop)
    await shop.post(f"/v1/accounts/{card['id']}/top-ups", {"amount": rupiah(5_000_000)})
    return f"gift card {card['id']}"


async def _gift_card(shop: Shop) -> Json:
    return await shop.post("/v1/gift-cards", {"amount": rupiah(10_000_000), "note": "kasir trigger"})


async def _by_terminal(shop: Shop) -> Json:
    """The whole order, approved at once."""
    order = await shop.order(paid=False)
    intent = {"order_id": order["id"], "method": "manual", "amount": order["totals"]["missing"], "reference": "kasir trigger"}
    return await shop.post("/v1/payment-intents", intent)
