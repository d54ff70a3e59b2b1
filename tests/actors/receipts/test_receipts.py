"""Receipts of real sales: templates, languages, prints, links, what came back, in a running house."""

from __future__ import annotations

import io
from base64 import b64decode, b64encode
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from PIL import Image

from actors.customers.contract import (
    CREATE_CUSTOMER,
    ERASE_CUSTOMER,
    UPDATE_CUSTOMER,
    CreateCustomer,
    CustomerChanges,
    EraseCustomer,
    UpdateCustomer,
)
from actors.orders.contract import (
    CANCEL_ORDER,
    PLACE_ORDER,
    REFUND_ORDER,
    CancelOrder,
    Customer,
    DiscountInput,
    LineInput,
    PlaceOrder,
    RefundOrder,
    ReturnInput,
)
from actors.receipts.contract import (
    DRAW_PRINT,
    GET_LABELS,
    GET_LINK,
    GET_RECEIPT,
    GET_TEMPLATE,
    PRINT_RECEIPT,
    SET_TEMPLATE,
    SHOW_RECEIPT,
    Document,
    DrawPrint,
    GetLabels,
    GetLink,
    GetReceipt,
    GetTemplate,
    PrintReceipt,
    SetTemplate,
    ShowReceipt,
)
from actors.runtime.client import Refused
from actors.staff.contract import UPDATE_PERSON, PersonChanges, UpdatePerson
from tests.actors.orders.shop import Shop, card, cash, open_shop
from tests.actors.staff.people import hire
from tests.support import House, eventually, some_id, unique
from tests.tools import tools_there

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def shop(house: House) -> Shop:
    await tools_there()
    return await open_shop(house, name="Indomie Goreng")


def picture(width: int, height: int) -> str:
    out = io.BytesIO()
    Image.new("RGBA", (width, height), "red").save(out, "PNG")
    return b64encode(out.getvalue()).decode()


async def receipt(shop: Shop, id: UUID, **given: Any) -> str:
    return text_of(await shop.house.call(GET_RECEIPT, GetReceipt(id=id, **given)))


def text_of(document: Document) -> str:
    return b64decode(document.content).decode()


# --- what it says -----------------------------------------------------------------------------------------


async def test_a_receipt_of_a_sale(shop: Shop) -> None:
    order = await shop.place(cash(10000), customer=Customer(name="Siti"), discounts=[DiscountInput(percent="10", reason="Teman")])
    text = await receipt(shop, order.id, width="58")
    lines = [line.rstrip() for line in text.splitlines()]
    assert [line.strip() for line in lines[:1]] == ["Toko Melati"]
    assert f"No.{order.receipt:>29}" in lines
    assert f"Pelanggan{'Siti':>23}" in lines
    assert lines[lines.index("Indomie Goreng") + 1] == f"  2 x 3.500{'7.000':>21}"
    assert lines[lines.index(f"Subtotal{'7.000':>24}") + 1] == f"Diskon: Teman{'-700':>19}"
    assert f"TOTAL{'Rp 6.300':>27}" in lines
    assert f"Kembali{'3.700':>25}" in lines
    english = await receipt(shop, order.id, language="en", copy=True)
    assert "*** COPY ***" in english
    assert f"Change{'3,700':>42}" in english.splitlines()


@pytest.mark.parametrize(
    ("format", "begins", "content_type"),
    [("pdf", b"%PDF-", "application/pdf"), ("png", b"\x89PNG", "image/png"), ("escpos", b"\x1b@", "application/octet-stream"),
     ("html", b"<!doctype html>", "text/html; charset=utf-8")],
)  # fmt: skip
async def test_every_format(shop: Shop, format: Any, begins: bytes, content_type: str) -> None:
    order = await shop.place(cash(10000))
    document = await shop.house.call(GET_RECEIPT, GetReceipt(id=order.id, format=format))
    assert b64decode(document.content).startswith(begins)
    assert document.content_type == content_type
    assert document.filename.startswith(f"receipt-{order.receipt}.")


async def test_what_came_back_is_on_the_reprint(shop: Shop) -> None:
    order = await shop.place(cash(10000))
    await shop.house.call(REFUND_ORDER, RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)], reason="Basi"))
    text = await receipt(shop, order.id, width="58")
    assert "REFUND #1" in text
    assert "Retur barang: Basi" in text
    assert f"Dikembalikan - Tunai{'-3.500':>12}" in text
    assert f"Setelah pengembalian{'Rp 3.500':>12}" in text
    await shop.house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="Salah"))
    text = await receipt(shop, order.id, width="58")
    assert "*** DIBATALKAN ***" in text
    assert f"Setelah pengembalian{'Rp 0':>12}" in text


async def test_a_bill_that_is_not_paid_yet(shop: Shop) -> None:
    order = await shop.place(card(1000))
    text = await receipt(shop, order.id, width="58")
    assert "TAGIHAN - BELUM LUNAS" in text
    assert f"BELUM DIBAYAR{'6.000':>19}" in text


async def test_a_gift_receipt_tells_no_price(shop: Shop) -> None:
    order = await shop.place(cash(10000))
    text = await receipt(shop, order.id, gift=True)
    assert "2 x" in text
    assert not [price for price in ("3.500", "7.000", "10.000", "Rp") if price in text]


async def test_no_such_order_and_no_such_store(shop: Shop) -> None:
    for command, asked in (
        (GET_RECEIPT, GetReceipt(id=some_id())), (GET_LINK, GetLink(id=some_id())), (PRINT_RECEIPT, PrintReceipt(id=some_id())),
        (GET_TEMPLATE, GetTemplate(store_id=some_id())), (SET_TEMPLATE, SetTemplate(store_id=some_id())),
        (GET_LABELS, GetLabels(variant_ids=[some_id()])),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            await shop.house.call(command, asked)
        assert refused.value.refusal.code in ("receipts.not_found", "receipts.no_such_store", "receipts.no_such_variant")


# --- templates --------------------------------------------------------------------------------------------


async def test_a_template_says_how_receipts_look(shop: Shop) -> None:
    house, id = shop.house, shop.store.id
    usual = await house.call(GET_TEMPLATE, GetTemplate(store_id=id))
    assert (usual.version, usual.language, usual.width, usual.logo) == (0, "id", "80", None)
    wish = SetTemplate(store_id=id, language="en", width="58", header=["Tax no. 7"], footer=["See you!"], logo=picture(900, 300), show_taxes=False)
    made = await house.call(SET_TEMPLATE, wish)
    assert (made.version, made.header, made.show_taxes) == (1, ["Tax no. 7"], False)
    assert (await house.call(GET_TEMPLATE, GetTemplate(store_id=id))) == made
    order = await shop.place(cash(10000))
    text = await receipt(shop, order.id)
    assert max(map(len, text.splitlines())) == 32
    assert "See you!" in text
    assert "PPN" not in text
    assert (await house.call(SET_TEMPLATE, SetTemplate(store_id=id))).version == 2


async def test_a_logo_is_kept_as_a_small_grey_picture(shop: Shop) -> None:
    made = await shop.house.call(SET_TEMPLATE, SetTemplate(store_id=shop.store.id, logo=picture(1600, 400)))
    with Image.open(io.BytesIO(b64decode(made.logo or ""))) as kept:
        assert (kept.size, kept.mode, kept.info) == ((800, 200), "L", {})
    order = await shop.place(cash(10000))
    for format in ("escpos", "html", "pdf", "png"):
        assert (await shop.house.call(GET_RECEIPT, GetReceipt(id=order.id, format=format))).content


@pytest.mark.parametrize("logo", ["iVBORw0KGgoAAA", picture(2001, 1), "iVBORw0KGgo" + "A" * 400, picture(50, 50)[:60]])
async def test_what_is_no_logo(shop: Shop, logo: str) -> None:
    with pytest.raises(Refused) as refused:
        await shop.house.call(SET_TEMPLATE, SetTemplate(store_id=shop.store.id, logo=logo))
    assert refused.value.refusal.code == "receipts.wrong_logo"


# --- prints and links -------------------------------------------------------------------------------------


async def test_the_first_print_is_the_original(shop: Shop) -> None:
    order = await shop.place(cash(10000))
    key = unique()
    prints = [await shop.house.call(PRINT_RECEIPT, PrintReceipt(id=order.id), by="clerk", key=one) for one in (key, key, unique(), unique())]
    assert [print.copy for print in prints] == [0, 0, 1, 2], "the same print again is no copy"
    draft = await shop.place(hold=True)
    with pytest.raises(Refused) as refused:
        await shop.house.call(PRINT_RECEIPT, PrintReceipt(id=draft.id))
    assert refused.value.refusal.code == "receipts.not_sold"


async def test_looking_is_no_print_and_after_the_print_all_else_is_a_copy(shop: Shop) -> None:
    order = await shop.place(cash(10000))
    assert "SALINAN" not in await receipt(shop, order.id) + await receipt(shop, order.id)
    assert 0 == (await shop.house.call(PRINT_RECEIPT, PrintReceipt(id=order.id))).copy
    assert "*** SALINAN ***" in await receipt(shop, order.id)
    first, later = [text_of(await shop.house.call(DRAW_PRINT, DrawPrint(id=order.id, format="text", copy=copy))) for copy in (False, True)]
    assert ("SALINAN" in first, "SALINAN" in later) == (False, True)


# --- who sold it ------------------------------------------------------------------------------------------


async def test_the_cashiers_name_is_that_of_the_time_of_the_sale(shop: Shop) -> None:
    siti = await hire(shop.house, name="Siti")
    before = await shop.place(cash(10000), by=str(siti.id))
    assert f"Kasir{'Siti':>27}" in await receipt(shop, before.id, width="58"), "also right after she was hired"
    changes = [PersonChanges(name="Siti Aisyah"), PersonChanges(roles=["supervisor"]), PersonChanges(name="Bu Siti")]
    for version, change in enumerate(changes, siti.version):
        await shop.house.call(UPDATE_PERSON, UpdatePerson(id=siti.id, if_version=version, changes=change))
    after = await shop.place(cash(10000), by=str(siti.id))
    names = await eventually(lambda: _names(shop, siti.id, 3))
    assert ["Siti", "Siti Aisyah", "Bu Siti"] == names
    assert f"Kasir{'Siti':>27}" in await receipt(shop, before.id, width="58")
    assert f"Cashier{'Bu Siti':>25}" in await receipt(shop, after.id, width="58", language="en")
    link = await shop.house.call(GET_LINK, GetLink(id=after.id))
    assert "Siti" not in text_of(await shop.house.call(SHOW_RECEIPT, ShowReceipt(token=link.url.rpartition("/")[2]))), "not for everybody"
    assert (await shop.house.call(GET_TEMPLATE, GetTemplate(store_id=shop.store.id))).show_cashier
    await shop.house.call(SET_TEMPLATE, SetTemplate(store_id=shop.store.id, show_cashier=False))
    assert "Kasir" not in await receipt(shop, after.id)


async def _names(shop: Shop, person_id: UUID, count: int) -> list[str]:
    rows = await shop.house.fetch("SELECT name FROM receipts.names WHERE person_id = $1 ORDER BY since", person_id)
    return [row["name"] for row in rows] if len(rows) >= count else []


async def test_a_machine_has_no_name(shop: Shop) -> None:
    for by in (str(some_id()), "", "clerk"):
        assert "Kasir" not in await receipt(shop, (await shop.place(cash(10000), by=by)).id)


async def test_the_buyers_name_is_that_of_today_and_gone_with_the_person(shop: Shop) -> None:
    house = shop.house
    sari = await house.call(CREATE_CUSTOMER, CreateCustomer(name="Sari Wijaya"))
    order = await shop.place(cash(10000), customer=Customer(id=sari.id))
    assert f"Pelanggan{'Sari Wijaya':>23}" in await receipt(shop, order.id, width="58")
    renamed = UpdateCustomer(id=sari.id, if_version=sari.version, changes=CustomerChanges(name="Sari Putri"))
    await house.call(UPDATE_CUSTOMER, renamed)
    named = await shop.place(cash(10000), customer=Customer(id=sari.id, name="Sari W."))
    for id in (order.id, named.id):
        assert "Sari Putri" in await receipt(shop, id)
    await house.call(ERASE_CUSTOMER, EraseCustomer(id=sari.id))
    for id in (order.id, named.id):
        text = await receipt(shop, id)
        assert ("Sari" in text, "Pelanggan" in text) == (False, False)
    stranger = await shop.place(cash(10000), customer=Customer(id=some_id(), name="Budi"))
    assert f"Pelanggan{'Budi':>23}" in await receipt(shop, stranger.id, width="58")


# --- the public page --------------------------------------------------------------------------------------


async def test_whoever_has_the_link_sees_the_receipt_and_not_the_name(shop: Shop) -> None:
    order = await shop.place(cash(10000), customer=Customer(name="Siti Rahma"))
    link = await shop.house.call(GET_LINK, GetLink(id=order.id))
    page = text_of(await shop.house.call(SHOW_RECEIPT, ShowReceipt(token=link.url.rpartition("/")[2])))
    assert "Rp 7.000" in page
    assert "Siti" not in page
    gift = text_of(await shop.house.call(SHOW_RECEIPT, ShowReceipt(token=link.gift_url.rpartition("/")[2])))
    assert "Indomie" in gift
    assert "7.000" not in gift


async def test_a_link_that_was_made_up(shop: Shop) -> None:
    order = await shop.place(cash(10000))
    link = await shop.house.call(GET_LINK, GetLink(id=order.id))
    token = link.url.rpartition("/")[2]
    for wrong in (token[:-1], token + "A", ("A" if token[0] != "A" else "B") + token[1:], "x", "Z" + token[1:]):
        with pytest.raises(Refused) as refused:
            await shop.house.call(SHOW_RECEIPT, ShowReceipt(token=wrong))
        assert refused.value.refusal.code == "receipts.not_found"


async def test_hostile_names_from_the_catalog(house: House) -> None:
    shop = await open_shop(house, name="<b>Kopi</b> & 牛肉 \u202e🍜 " + "W" * 150)
    order = await house.call(
        PLACE_ORDER,
        PlaceOrder(register_id=shop.register.id, lines=[LineInput(sku=shop.sku, note="tanpa\tgula")], tenders=[cash(5000)]),
    )
    for format in ("text", "escpos", "html", "pdf", "png"):
        document = await house.call(GET_RECEIPT, GetReceipt(id=order.id, format=format, width="58"))
        if format == "html":
            assert "&lt;b&gt;Kopi&lt;/b&gt; &amp; 牛肉 🍜" in text_of(document)


# --- labels -----------------------------------------------------------------------------------------------


async def test_labels(shop: Shop) -> None:
    product = await shop.house.add_product(name="Aqua 600 ml", barcodes=["2" + unique()[:3].replace("-", "0")[:3] + "12345"], price=350000)
    id = product.variants[0].id
    for format, begins in (("pdf", b"%PDF-"), ("png", b"\x89PNG"), ("escpos", b"\x1b@")):
        for kind in ("shelf", "product"):
            asked = GetLabels(variant_ids=[id], kind=kind, format=format, copies=2, store_id=shop.store.id)
            document = await shop.house.call(GET_LABELS, asked)
            assert b64decode(document.content).startswith(begins)
    with pytest.raises(Refused) as refused:
        await shop.house.call(GET_LABELS, GetLabels(variant_ids=[id] * 100, copies=20))
    assert refused.value.refusal.code == "receipts.invalid"


