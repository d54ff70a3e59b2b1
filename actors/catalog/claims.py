"""Claims: what only one live product may have. A SKU, a barcode, a variant's id, an id in another system. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from actors.catalog.contract import Product, Variant, VariantInput


def sku_claim(sku: str) -> str:
    return f"sku:{sku}"


def barcode_claim(barcode: str) -> str:
    return f"barcode:{barcode}"


def variant_claim(id: UUID) -> str:
    return f"variant:{id}"


def external_claim(system: str, id: str) -> str:
    """Unambiguous, because the name of a system has no colon in it."""
    return f"external:{system}:{id}"


def external_claims(external_ids: Mapping[str, str]) -> list[str]:
    return [external_claim(system, id) for system, id in external_ids.items()]


def claims_of(product: Product) -> list[str]:
    """All that `product` keeps for itself; nothing once it is deleted."""
    return [] if product.deleted_at is not None else plain_claims(product.variants, product.external_ids)


def plain_claims(variants: Sequence[VariantInput | Variant], external_ids: Mapping[str, str]) -> list[str]:
    """As `wanted_claims`, without the pointers: of hundreds of thousands in an import, none is ever shown."""
    claims = external_claims(external_ids) if external_ids else []
    for variant in variants:
        if variant.id is not None:
            claims.append(variant_claim(variant.id))
        claims.append(sku_claim(variant.sku))
        for barcode in variant.barcodes:
            claims.append(barcode_claim(barcode))
        for pack in variant.packs:
            claims += map(barcode_claim, pack.barcodes)
    return claims


def wanted_claims(
    variants: Sequence[VariantInput | Variant], external_ids: Mapping[str, str], at: str = ""
) -> Iterator[tuple[str, str]]:
    """What a product claims, each with the JSON pointer to where it does. `at`: the pointer to the product itself."""
    for index, variant in enumerate(variants):
        here = f"{at}/variants/{index}"
        if variant.id is not None:
            yield f"{here}/id", variant_claim(variant.id)
        yield f"{here}/sku", sku_claim(variant.sku)
        for number, barcode in enumerate(variant.barcodes):
            yield f"{here}/barcodes/{number}", barcode_claim(barcode)
        for which, pack in enumerate(variant.packs):
            for number, barcode in enumerate(pack.barcodes):
                yield f"{here}/packs/{which}/barcodes/{number}", barcode_claim(barcode)
    for system, id in external_ids.items():
        yield f"{at}/external_ids/{system.replace('/', '~1')}", external_claim(system, id)
