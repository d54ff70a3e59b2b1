"""What the shelf decides, one message after another, without a database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from actors.catalog import rules
from actors.catalog.claims import claims_of
from actors.catalog.contract import (
    DeleteProduct,
    Product,
    ProductChanges,
    UpdateProduct,
    UpsertItem,
    VariantInput,
)
from actors.catalog.shelf import Shelf
from actors.runtime.words import Money, Refusal

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def shelf(products: Iterable[Product] = (), first_id: int = 1) -> Shelf:
    numbers = count(first_id)
    return Shelf(products, {}, NOW, lambda: UUID(int=next(numbers)))


def variant(sku: str, *barcodes: str, price: int = 1000, currency: str = "IDR", id: UUID | None = None) -> VariantInput:
    return VariantInput(sku=sku, barcodes=list(barcodes), price=Money(amount=price, currency=currency), id=id)


def soap(*variants: VariantInput, name: str = "Sabun", external_ids: dict[str, str] | None = None, id: UUID | None = None) -> UpsertItem:
    return UpsertItem(name=name, variants=list(variants) or [variant("S-1")], external_ids=external_ids or {}, id=id)


def made(outcome: Product | Refusal) -> Product:
    assert isinstance(outcome, Product), outcome
    return outcome


def refused(outcome: Product | Refusal) -> tuple[str, list[str]]:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code, [error.pointer for error in outcome.errors]


def test_a_sku_belongs_to_one_product_also_within_a_batch() -> None:
    here = shelf()
    made(here.create(soap(variant("A"))))
    assert ("catalog.taken", ["/variants/1/sku"]) == refused(here.create(soap(variant("B"), variant("A"))))
    made(here.create(soap(variant("B"))))


def test_a_barcode_an_external_id_and_a_variant_id_belong_to_one_product() -> None:
    here = shelf()
    mine = UUID(int=999)
    made(here.create(soap(variant("A", "89911", id=mine), external_ids={"erp/x": "7"})))
    other = soap(variant("B", "89911", id=mine), external_ids={"erp/x": "7"})
    assert ("catalog.taken", ["/variants/0/id", "/variants/0/barcodes/0", "/external_ids/erp~1x"]) == refused(here.create(other))


def test_all_that_is_wrong_is_told_at_once() -> None:
    bad = soap(variant("A", "1234", "1234"), variant("A", currency="USD"), variant("C", currency="XXX"))
    expected = ["/variants/1/price/currency", "/variants/2/price/currency", "/variants/0/barcodes/1", "/variants/1/sku"]
    assert ("catalog.invalid", expected) == refused(shelf().create(bad))


def test_an_id_is_never_used_twice() -> None:
    here = shelf()
    product = made(here.create(soap(id=UUID(int=5))))
    assert ("catalog.taken", ["/id"]) == refused(here.create(soap(variant("B"), id=product.id)))
    made(here.delete(DeleteProduct(id=product.id, if_version=1)))
    assert ("catalog.taken", ["/id"]) == refused(here.create(soap(id=product.id)))


def test_a_deleted_product_gives_its_names_back() -> None:
    here = shelf()
    product = made(here.create(soap(variant("A", "89911"))))
    gone = made(here.delete(DeleteProduct(id=product.id, if_version=1)))
    assert (2, NOW) == (gone.version, gone.deleted_at)
    again = made(here.create(soap(variant("A", "89911"))))
    assert again.id != product.id
    assert "catalog.not_found" == refused(here.delete(DeleteProduct(id=product.id, if_version=2)))[0]


def test_an_update_for_an_older_version_is_stale_and_says_which_is_current() -> None:
    here = shelf()
    product = made(here.create(soap()))
    made(here.update(UpdateProduct(id=product.id, if_version=1, changes=ProductChanges(name="Sabun Mandi"))))
    outcome = here.update(UpdateProduct(id=product.id, if_version=1, changes=ProductChanges(name="Sampo")))
    assert isinstance(outcome, Refusal)
    assert "catalog.stale" == outcome.code
    assert "version 2 now" in outcome.detail


def test_a_variant_keeps_its_id_by_sku_or_by_id() -> None:
    here = shelf()
    before = made(here.create(soap(variant("S"), variant("M"), variant("L"))))
    small, medium, _ = (each.id for each in before.variants)
    changes = ProductChanges(variants=[variant("M", price=2000), variant("XS", id=small), variant("S")])
    after = made(here.update(UpdateProduct(id=before.id, if_version=1, changes=changes)))
    assert [medium, small] == [each.id for each in after.variants[:2]]
    assert after.variants[2].id not in {each.id for each in before.variants}


def test_only_what_is_given_changes() -> None:
    here = shelf()
    before = made(here.create(soap(external_ids={"erp": "1"})))
    after = made(here.update(UpdateProduct(id=before.id, if_version=1, changes=ProductChanges(category="Mandi"))))
    assert (before.name, before.variants, before.external_ids, "Mandi") == (
        after.name, after.variants, after.external_ids, after.category
    )


def test_an_update_that_changes_nothing_writes_nothing() -> None:
    here = shelf()
    before = made(here.create(soap()))
    assert before is here.update(UpdateProduct(id=before.id, if_version=1, changes=ProductChanges(name=before.name)))
    assert 1 == len(here.changes)


def test_upsert_finds_by_id_by_external_id_and_by_sku() -> None:
    here = shelf()
    first = made(here.create(soap(variant("A"), external_ids={"erp": "1", "shop": "x"})))
    outcomes = [
        here.upsert(soap(variant("A"), name="by id", id=first.id), ""),
        here.upsert(soap(variant("B"), name="by external id", external_ids={"shop": "x"}), ""),
        here.upsert(soap(variant("B"), name="by sku"), ""),
        here.upsert(soap(variant("B"), name="by sku"), ""),
        here.upsert(soap(variant("A")), ""),
    ]
    assert ["updated", "updated", "updated", "unchanged", "created"] == [each.outcome for each in outcomes]
    assert [first.id] * 4 == [each.id for each in outcomes[:4]]
    last = here.changes[-2][1]
    assert (4, {"erp": "1", "shop": "x"}) == (last.version, last.external_ids)


def test_upsert_refuses_what_belongs_to_two_products() -> None:
    here = shelf()
    made(here.create(soap(variant("A"))))
    made(here.create(soap(variant("B"))))
    outcome = here.upsert(soap(variant("A"), variant("B")), "/items/7")
    assert outcome.problem is not None
    assert ("refused", "/items/7/variants/1/sku") == (outcome.outcome, outcome.problem.errors[0].pointer)
    assert 2 == len(here.changes)


def test_external_ids_do_not_pile_up() -> None:
    here = shelf()
    made(here.create(soap(external_ids={f"s{n}": "1" for n in range(15)})))
    outcome = here.upsert(soap(external_ids={f"t{n}": "1" for n in range(6)}), "/items/0")
    assert outcome.problem is not None
    assert "catalog.invalid" == outcome.problem.code


def test_every_word_of_a_search_is_looked_for_and_wildcards_are_letters() -> None:
    assert ["%indomie%", "%ayam%"] == rules.word_patterns("Ayam INDOMIE ayam")
    assert [r"%50\%%", r"%a\_b%", r"%\\%"] == sorted(rules.word_patterns(r"50% \ a_b"), key=len, reverse=True)
    assert [] == rules.word_patterns("  ")


skus = st.sampled_from("ABCDE")
wishes = st.lists(
    st.tuples(st.sampled_from(["create", "upsert", "update", "delete"]), st.lists(skus, min_size=1, max_size=3), st.integers(0, 9)),
    max_size=25,
)


@given(wishes)
def test_whatever_is_asked_claims_and_products_agree(wishes: list[tuple[str, list[str], int]]) -> None:
    """Starting from the products of a first half, the writes of the second lead to exactly its claims."""
    half = len(wishes) // 2
    before = shelf()
    ask_all(before, wishes[:half])
    stored = latest(before)
    after = shelf(stored.values(), first_id=10_000)
    ask_all(after, wishes[half:])
    claims = {claim: product.id for product in stored.values() for claim in claims_of(product)}
    released, gained = after.released(), dict(after.gained())
    assert not gained.keys() & set(released), "they are written in one statement, in no order"
    for claim in released:
        del claims[claim]
    claims.update(gained)
    final = {**stored, **latest(after)}
    assert {claim: product.id for product in final.values() for claim in claims_of(product)} == claims
    assert len(claims) == sum(len(claims_of(product)) for product in final.values())


def latest(here: Shelf) -> dict[UUID, Product]:
    return {product.id: product for _, product in here.changes}


def ask_all(here: Shelf, wishes: list[tuple[str, list[str], int]]) -> None:
    for verb, skus, number in wishes:
        known = list(latest(here).values())
        asked = soap(*map(variant, skus), external_ids={"erp": str(number)})
        if verb == "create":
            here.create(asked)
        elif verb == "upsert":
            here.upsert(asked, "")
        elif known:
            product = known[number % len(known)]
            changes = ProductChanges(variants=[variant(sku) for sku in skus])
            if verb == "update":
                here.update(UpdateProduct(id=product.id, if_version=product.version, changes=changes))
            else:
                here.delete(DeleteProduct(id=product.id, if_version=product.version))
