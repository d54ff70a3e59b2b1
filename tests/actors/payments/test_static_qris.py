"""QRIS without a provider: the merchant's own code, and a person who sees the money come in."""

from __future__ import annotations

from base64 import b64decode

from actors.orders.contract import Order
from actors.payments import contract, qris
from actors.payments.contract import (
    CONFIRM_INTENT,
    CREATE_INTENT,
    GET_MERCHANT,
    GET_QR,
    SET_MERCHANT,
    ConfirmIntent,
    CreateIntent,
    GetMerchant,
    GetQr,
    Intent,
    SetMerchant,
)
from tests.actors.payments.support import Shop, refused
from tests.actors.payments.test_qris import STATIC, changed
from tests.support import House, some_id


async def plain_shop(house: House) -> Shop:
    """In the house that all share: no provider is in use there."""
    store, register = await house.open_store()
    product = await house.add_product(price=3_500_000)
    return Shop(house, register.id, store.id, product.variants[0].sku, None)


async def begin(shop: Shop) -> tuple[Order, Intent]:
    await shop.house.call(SET_MERCHANT, SetMerchant(store_id=shop.store_id, qris=STATIC))
    order = await shop.order()
    return order, await shop.begin(order, "qris")


async def test_the_code_is_shown_and_somebody_sees_the_money(house: House) -> None:
    shop = await plain_shop(house)
    order, intent = await begin(shop)
    assert intent.qr is not None
    assert "35000" == qris.parse(intent.qr.payload)["54"]
    confirmed = await house.call(CONFIRM_INTENT, ConfirmIntent(id=intent.id, reference="Dana 12:01"))
    assert ("approved", "Dana 12:01") == (confirmed.state, confirmed.reference)
    assert confirmed == await house.call(CONFIRM_INTENT, ConfirmIntent(id=intent.id))
    paid = await shop.order_becomes(order.id, "completed", "paid")
    assert ["qris"] == [tender.type for tender in paid.tenders]


async def test_a_picture_for_the_till_and_one_for_paper(house: House) -> None:
    shop = await plain_shop(house)
    _, intent = await begin(shop)
    png = await house.call(GET_QR, GetQr(id=intent.id))
    svg = await house.call(GET_QR, GetQr(id=intent.id, format="svg"))
    assert ("image/png", b"\x89PNG\r\n") == (png.content_type, b64decode(png.content)[:6])
    assert ("image/svg+xml", True) == (svg.content_type, b"<svg" in b64decode(svg.content))
    assert contract.NOT_FOUND.code == await refused(house.call(GET_QR, GetQr(id=some_id())))


async def test_nobody_sees_money_in_time(house: House) -> None:
    shop = await plain_shop(house)
    _, intent = await begin(shop)
    await house.fetch("UPDATE payments.intents SET expires_at = now(), due_at = now() WHERE id = $1", intent.id)
    await shop.becomes(intent.id, "expired")
    assert contract.WRONG_STATE.code == await refused(house.call(CONFIRM_INTENT, ConfirmIntent(id=intent.id)))


async def test_which_codes_a_store_can_have(house: House) -> None:
    shop = await plain_shop(house)
    order = await shop.order()
    assert contract.NO_MERCHANT.code == await refused(shop.begin(order, "qris"))
    ask = CreateIntent(order_id=order.id, method="card", amount=order.totals.missing)
    assert contract.NO_PROVIDER.code == await refused(house.call(CREATE_INTENT, ask))
    assert contract.NOT_FOUND.code == await refused(house.call(GET_MERCHANT, GetMerchant(store_id=shop.store_id)))

    async def give(code: str, store_id: object = None) -> contract.Merchant:
        return await house.call(SET_MERCHANT, SetMerchant(store_id=store_id or shop.store_id, qris=code))

    assert contract.WRONG_QRIS.code == await refused(give(STATIC[:-4] + "0000"))
    assert contract.WRONG_QRIS.code == await refused(give(changed(_53="840")))
    assert contract.UNKNOWN_STORE.code == await refused(give(STATIC, some_id()))
    merchant = await give(STATIC)
    assert ("Warung Melati", "Jakarta Pusat", 1) == (merchant.merchant_name, merchant.merchant_city, merchant.version)
    assert 2 == (await give(changed(_59="Warung Mawar"))).version
    assert "Warung Mawar" == (await house.call(GET_MERCHANT, GetMerchant(store_id=shop.store_id))).merchant_name
