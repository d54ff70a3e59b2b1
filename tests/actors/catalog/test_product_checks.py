"""What can be a product: prices, packs and modifiers, without a database. Everything wrong is told at once, with its pointer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.catalog.contract import (
    Component,
    ModifierGroup,
    ModifierOption,
    Pack,
    Price,
    ProductChanges,
    UpdateProduct,
    UpsertItem,
    VariantInput,
)
from actors.runtime.words import Money
from tests.actors.catalog.test_product_rules import made, refused, shelf

DAY = datetime(2026, 4, 1, tzinfo=UTC)
STORE, OTHER_STORE, BEANS = UUID(int=71), UUID(int=72), UUID(int=73)


def rp(amount: int, currency: str = "IDR") -> Money:
    return Money(amount=amount, currency=currency)


def price(amount: int = 100, **fields: Any) -> Price:
    return Price(price=rp(amount, fields.pop("currency", "IDR")), **fields)


def pack(code: str, *barcodes: str, money: Money | None = None) -> Pack:
    return Pack(code=code, name=code, contains="24", barcodes=list(barcodes), price=money)


def option(code: str, money: Money | None = None, *components: UUID) -> ModifierOption:
    parts = [Component(variant_id=each, quantity="1") for each in components]
    return ModifierOption(code=code, name=code, price=money, components=parts)


def group(code: str, *options: ModifierOption, least: int = 0, most: int = 1) -> ModifierGroup:
    return ModifierGroup(code=code, name=code, options=list(options), min=least, max=most)


def coffee(*modifiers: ModifierGroup, **fields: Any) -> UpsertItem:
    product = {name: fields.pop(name) for name in ("unit", "taxes", "store_ids") if name in fields}
    return UpsertItem(name="Kopi", variants=[VariantInput(sku="K", price=rp(100), **fields)], modifiers=list(modifiers), **product)


def wrong(asked: UpsertItem, at: str = "") -> list[str]:
    code, pointers = refused(shelf().create(asked, at))
    assert "catalog.invalid" == code
    return pointers


def test_a_product_may_have_all_of_it() -> None:
    asked = coffee(
        group("milk", option("oat", rp(500)), option("soy"), least=1),
        group("sugar", option("oat"), most=5),
        prices=[price(), price(store_id=STORE), price(price_list="vip", starts_at=DAY, ends_at=DAY + timedelta(days=1)), price(starts_at=DAY)],
        packs=[pack("carton", "12345", money=rp(2000)), pack("box")],
        taxes=["ppn", "city"],
        store_ids=[STORE, OTHER_STORE],
    )
    product = made(shelf().create(asked))
    assert (asked.modifiers, asked.taxes, asked.store_ids) == (product.modifiers, product.taxes, product.store_ids)
    assert (asked.variants[0].prices, asked.variants[0].packs) == (product.variants[0].prices, product.variants[0].packs)


def test_every_price_is_in_the_currency_of_the_product() -> None:
    asked = coffee(
        group("milk", option("oat"), option("soy", rp(1, "USD"))),
        prices=[price(), price(currency="EUR", store_id=STORE)],
        packs=[pack("box"), pack("carton", money=rp(1, "XXX"))],
    )
    expected = ["/variants/0/prices/1/price", "/variants/0/packs/1/price", "/modifiers/0/options/1/price"]
    assert [f"/items/3{pointer}/currency" for pointer in expected] == wrong(asked, "/items/3")


def test_of_two_prices_it_must_be_clear_which_one_counts() -> None:
    jakarta = DAY.astimezone(timezone(timedelta(hours=7)))
    prices = [
        price(store_id=STORE, starts_at=DAY), price(store_id=STORE, starts_at=jakarta, ends_at=DAY + timedelta(days=1)),
        price(price_list="vip"), price(7, price_list="vip"), price(price_list="VIP"), price(store_id=STORE, price_list="vip"),
    ]
    assert ["/variants/0/prices/1", "/variants/0/prices/3"] == wrong(coffee(prices=prices))


def test_a_price_ends_after_it_starts() -> None:
    prices = [price(starts_at=DAY, ends_at=DAY), price(price_list="a", starts_at=DAY, ends_at=DAY - timedelta(seconds=1)), price(ends_at=DAY)]
    assert ["/variants/0/prices/0/ends_at", "/variants/0/prices/1/ends_at"] == wrong(coffee(prices=prices))


def test_a_pack_has_a_name_of_its_own() -> None:
    assert ["/variants/0/packs/1/code", "/variants/0/packs/2/code"] == wrong(coffee(packs=[pack("box"), pack("BOX"), pack("Kg")]))


def test_the_barcode_of_a_pack_is_taken_like_any_other() -> None:
    assert ["/variants/0/packs/0/barcodes/1"] == wrong(coffee(barcodes=["1234"], packs=[pack("box", "5678", "1234")]))
    here = shelf()
    made(here.create(coffee(packs=[pack("box", "5678")])))
    other = UpsertItem(name="Teh", variants=[VariantInput(sku="T", price=rp(1), packs=[pack("crate", "9999", "5678")])])
    assert ("catalog.taken", ["/variants/0/packs/0/barcodes/1"]) == refused(here.create(other))


def test_a_choice_can_be_made_and_its_names_are_different() -> None:
    twice = group("milk", option("oat"), option("oat", None, BEANS, BEANS))
    expected = ["/modifiers/2/code", "/modifiers/0/options/1/code", "/modifiers/0/options/1/components/1/variant_id", "/modifiers/1/min"]
    assert expected == wrong(coffee(twice, group("size", option("l"), least=2), group("milk", option("x"))))


def test_taxes_stores_and_components_stand_there_once() -> None:
    beans = Component(variant_id=BEANS, quantity="0.018")
    asked = coffee(taxes=["ppn", "ppn"], store_ids=[STORE, STORE], components=[beans, beans])
    assert ["/taxes/1", "/store_ids/1", "/variants/0/components/1/variant_id"] == wrong(asked)


@pytest.mark.parametrize(
    ("changes", "pointer", "named"),
    [
        (ProductChanges(modifiers=[group("milk", option("oat", rp(1, "USD")))]), "/modifiers/0/options/0/price/currency", ""),
        (ProductChanges(variants=[VariantInput(sku="K", price=rp(1, "USD"))]), "", "/modifiers/0/options/0/price/currency: "),
    ],
)
def test_a_change_is_held_against_what_stays(changes: ProductChanges, pointer: str, named: str) -> None:
    here = shelf()
    before = made(here.create(coffee(group("milk", option("oat", rp(500))))))
    refusal = here.update(UpdateProduct(id=before.id, if_version=1, changes=changes))
    assert ("catalog.invalid", [pointer]) == refused(refusal)
    assert refusal.errors[0].detail.startswith(named + "All prices of a product are in one currency")  # type: ignore[union-attr]
    assert 1 == len(here.changes)


moments = st.one_of(st.none(), st.integers(0, 3).map(lambda days: DAY + timedelta(days=days)))
some_prices = st.lists(
    st.builds(
        price, st.integers(1, 3), store_id=st.sampled_from([None, STORE]), price_list=st.sampled_from([None, "vip"]), starts_at=moments,
        ends_at=moments,
    ),
    max_size=6,
)


@given(some_prices)
def test_prices_are_accepted_exactly_if_none_is_ambiguous_or_ends_too_early(prices: list[Price]) -> None:
    keys = {(each.store_id, each.price_list, each.starts_at) for each in prices}
    backwards = any(each.starts_at and each.ends_at and each.ends_at <= each.starts_at for each in prices)
    outcome = shelf().create(coffee(prices=prices))
    if len(keys) == len(prices) and not backwards:
        assert prices == made(outcome).variants[0].prices
    else:
        assert "catalog.invalid" == refused(outcome)[0]


def test_all_of_it_is_merged_and_changed_as_a_whole() -> None:
    here = shelf()
    asked = coffee(group("milk", option("oat")), prices=[price(store_id=STORE)], packs=[pack("box", "5678")])
    assert "created" == here.upsert(asked, "").outcome
    assert "unchanged" == here.upsert(asked, "").outcome
    assert "updated" == here.upsert(replace(asked, modifiers=[]), "").outcome
    product = here.changes[-1][1]
    emptied = [replace(asked.variants[0], packs=[])]
    after = made(here.update(UpdateProduct(id=product.id, if_version=2, changes=ProductChanges(variants=emptied))))
    assert ([], [], [price(store_id=STORE)]) == (after.modifiers, after.variants[0].packs, after.variants[0].prices)
    tea = UpsertItem(name="Teh", variants=[VariantInput(sku="T", price=rp(1), barcodes=["5678"])])
    assert "created" == here.upsert(tea, "").outcome
