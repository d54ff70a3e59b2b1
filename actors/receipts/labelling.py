"""Labels for variants: asks the catalog what they are, and draws."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from actors.catalog.contract import FIND_VARIANTS, GET_PRODUCT, FindVariants, GetProduct, Product, VariantInfos
from actors.receipts import contract
from actors.receipts.contract import Document, GetLabels
from actors.receipts.labels import Label, as_escpos, label_of, pages_of, strip_of
from actors.receipts.rendering import document, drawn
from actors.receipts.wording import Speech
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.stores.contract import GET_STORE, GetStore, Store

LABELS_MAX = 500
"""Of one document."""


async def get_labels(asked: Sequence[Asked[GetLabels]], work: Work) -> list[Document | Refusal]:
    return [await _labels(one.body, work) for one in asked]


async def _labels(wish: GetLabels, work: Work) -> Document | Refusal:
    if len(wish.variant_ids) * wish.copies > LABELS_MAX:
        detail = f"One document holds at most {LABELS_MAX} labels, copies included."
        return contract.INVALID.refuse_at("?copies", detail)
    shop = await _store(work, wish.store_id)
    if isinstance(shop, Refusal):
        return shop
    infos = await work.ask(FIND_VARIANTS, FindVariants(variant_ids=wish.variant_ids))
    products = await _products(work, infos) if isinstance(infos, VariantInfos) else infos
    if isinstance(products, Refusal):
        return products
    labels = _labelled(wish, products, shop, work)
    if isinstance(labels, Refusal):
        return labels
    return await drawn(wish.format, _draw, labels, wish, work.now)


async def _store(work: Work, id: UUID | None) -> Store | Refusal | None:
    if id is None:
        return None
    found: Store | Refusal = await work.ask(GET_STORE, GetStore(id=id))
    return contract.NO_STORE.refuse(found.detail) if isinstance(found, Refusal) and found.kind == "not_found" else found


async def _product(work: Work, id: UUID) -> Product | Refusal:
    return await work.ask(GET_PRODUCT, GetProduct(id=id))


async def _products(work: Work, infos: VariantInfos) -> list[Product] | Refusal:
    ids = list(dict.fromkeys(info.product_id for info in infos.items))
    found = await gather(*(_product(work, id) for id in ids))
    refused = next((one for one in found if isinstance(one, Refusal) and one.kind != "not_found"), None)
    return refused or [one for one in found if isinstance(one, Product)]


def _labelled(wish: GetLabels, products: Sequence[Product], shop: Store | None, work: Work) -> list[Label] | Refusal:
    known = {variant.id: (product, variant) for product in products for variant in product.variants}
    unknown = [str(id) for id in wish.variant_ids if id not in known]
    if unknown:
        return contract.NO_VARIANT.refuse(f"Not in the catalog: {', '.join(unknown[:10])}. Leave them out, or add them there.")
    labels = []
    for id in wish.variant_ids:
        product, variant = known[id]
        currency = shop.currency if shop is not None else variant.price.currency
        price_known = variant.price.currency == currency or any(price.price.currency == currency for price in variant.prices)
        speech = Speech(wish.language, currency if price_known else variant.price.currency, "UTC")
        labels += [label_of(product, variant, wish.store_id, speech, work.now)] * wish.copies
    return labels


def _draw(labels: Sequence[Label], wish: GetLabels, now: datetime) -> Document:
    if wish.format == "escpos":
        return document("escpos", as_escpos(labels), f"labels-{wish.kind}")
    if wish.format == "png":
        from actors.receipts.on_png import as_png

        return document("png", as_png(strip_of(labels, wish.kind)), f"labels-{wish.kind}")
    from actors.receipts.on_pdf import as_pdf

    return document("pdf", as_pdf(pages_of(labels, wish.kind), "Labels", now), f"labels-{wish.kind}")
