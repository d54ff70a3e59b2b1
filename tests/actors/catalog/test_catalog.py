"""The catalog as others meet it: over NATS, on Postgres."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from actors.catalog.contract import (
    CREATE_PRODUCT,
    DELETE_PRODUCT,
    GET_PRODUCT,
    LIST_CATEGORIES,
    LIST_PRODUCTS,
    PRODUCT_CHANGES,
    UPDATE_PRODUCT,
    UPSERT_PRODUCTS,
    CreateProduct,
    DeleteProduct,
    GetProduct,
    ListCategories,
    ListProducts,
    Product,
    ProductChanges,
    ProductFeed,
    UpdateProduct,
    UpsertItem,
    UpsertOutcome,
    UpsertOutcomes,
    UpsertProducts,
    VariantInput,
)
from actors.runtime.client import Client, Refused
from actors.runtime.ean import check_digit
from actors.runtime.words import FeedAfter, Input, Money, Refusal
from actors.stores.contract import ScaleBarcode
from tests.support import House, eventually, open_house


def word() -> str:
    """A word that no other test uses."""
    return "w" + uuid4().hex[:12]


def variant(sku: str, *barcodes: str, price: int = 350000) -> VariantInput:
    return VariantInput(sku=sku, price=Money(amount=price, currency="IDR"), barcodes=list(barcodes))


def noodles(sku: str, *barcodes: str, name: str = "Indomie Goreng", **fields: Any) -> CreateProduct:
    return CreateProduct(name=name, variants=[variant(sku, *barcodes)], **fields)


def item(sku: str, name: str = "Indomie Goreng", **fields: Any) -> UpsertItem:
    return UpsertItem(name=name, variants=[variant(sku)], **fields)


async def no(house: House, command: Any, request: Input) -> Refusal:
    with pytest.raises(Refused) as caught:
        await house.call(command, request)
    return caught.value.refusal


async def events_of(house: House, id: UUID) -> list[tuple[str, Product]]:
    async with house.database.connection() as connection:
        rows = await connection.fetch("SELECT name, body FROM catalog.log WHERE key = $1 ORDER BY position", str(id))
    return [(row["name"], msgspec.convert(msgspec.json.decode(row["body"])["data"], Product)) for row in rows]


async def here(house: House) -> int:
    """The position of the feed's end."""
    async with house.database.connection() as connection:
        return int(await connection.fetchval("SELECT position FROM catalog.log_head"))


async def upsert(house: House, *items: UpsertItem) -> list[UpsertOutcome]:
    answer = await house.call(UPSERT_PRODUCTS, UpsertProducts(items=list(items)))
    outcomes: list[UpsertOutcome] = answer.items
    return outcomes


# --- one product -------------------------------------------------------------------------------------------


async def test_a_product_is_created_read_changed_and_deleted_and_each_is_told(house: House) -> None:
    sku = word()
    created = await house.call(CREATE_PRODUCT, noodles(sku, "8998866200301", category="Mi", taxes=["PPN"], external_ids={"erp": sku}))
    assert created == await house.call(GET_PRODUCT, GetProduct(id=created.id))

    changes = ProductChanges(name="Indomie Rendang", category=None)
    updated = await house.call(UPDATE_PRODUCT, UpdateProduct(id=created.id, if_version=1, changes=changes))
    assert (2, "Indomie Rendang", None, created.variants) == (updated.version, updated.name, updated.category, updated.variants)

    deleted = await house.call(DELETE_PRODUCT, DeleteProduct(id=created.id, if_version=2))
    assert (3, True) == (deleted.version, deleted.deleted_at is not None)
    assert "catalog.not_found" == (await no(house, GET_PRODUCT, GetProduct(id=created.id))).code

    expected = [("product.created", created), ("product.updated", updated), ("product.deleted", deleted)]
    assert expected == await events_of(house, created.id)


async def test_a_client_may_bring_its_own_ids(house: House) -> None:
    product, size = uuid4(), uuid4()
    asked = CreateProduct(id=product, name="Kaos", variants=[msgspec.structs.replace(variant(word()), id=size)])
    created = await house.call(CREATE_PRODUCT, asked)
    assert (product, [size]) == (created.id, [each.id for each in created.variants])
    assert "catalog.taken" == (await no(house, CREATE_PRODUCT, msgspec.structs.replace(asked, variants=[variant(word())]))).code


async def test_a_stale_change_is_refused_with_the_version_that_is_current(house: House) -> None:
    created = await house.call(CREATE_PRODUCT, noodles(word()))
    asked = UpdateProduct(id=created.id, if_version=1, changes=ProductChanges(active=False))
    await house.call(UPDATE_PRODUCT, asked)
    refusal = await no(house, UPDATE_PRODUCT, asked)
    assert ("catalog.stale", "stale") == (refusal.code, refusal.kind)
    assert "version 2 now" in refusal.detail
    assert "catalog.stale" == (await no(house, DELETE_PRODUCT, DeleteProduct(id=created.id, if_version=1))).code


async def test_a_refused_product_leaves_nothing_behind(house: House) -> None:
    taken, free = word(), word()
    await house.call(CREATE_PRODUCT, noodles(taken))
    end = await here(house)
    both = CreateProduct(name="Both", variants=[variant(free), variant(taken)])
    assert ["/variants/1/sku"] == [error.pointer for error in (await no(house, CREATE_PRODUCT, both)).errors]
    assert end == await here(house)
    await house.call(CREATE_PRODUCT, noodles(free))


async def test_what_a_deleted_product_was_called_is_free_again(house: House) -> None:
    sku, barcode = word(), word()
    first = await house.call(CREATE_PRODUCT, noodles(sku, barcode, external_ids={"erp": sku}))
    await house.call(DELETE_PRODUCT, DeleteProduct(id=first.id, if_version=1))
    second = await house.call(CREATE_PRODUCT, noodles(sku, barcode, external_ids={"erp": sku}))
    found = await house.call(LIST_PRODUCTS, ListProducts(barcode=barcode))
    assert [second] == found.items


async def test_a_product_is_found_by_what_a_scale_printed(house: House) -> None:
    """01250 g of it, with the check digit that it has, and with another."""
    await house.open_store(scale_barcodes=[ScaleBarcode(prefix="27", holds="weight", item_digits=5)])
    item = f"27{random.randrange(100_000):05}"
    beef = await house.call(CREATE_PRODUCT, noodles(word(), item))
    printed = f"{item}01250"
    right = check_digit(printed)

    async def found(barcode: str) -> list[Any]:
        return list((await house.call(LIST_PRODUCTS, ListProducts(barcode=barcode))).items)

    await eventually(lambda: found(f"{printed}{right}"))
    assert [beef] == await found(f"{printed}{right}")
    assert [] == await found(f"{printed}{(right + 1) % 10}")
    assert [] == (await house.call(LIST_PRODUCTS, ListProducts(barcode=f"{printed}{right}", sku=word()))).items


async def test_a_sku_moves_from_one_product_to_another(house: House) -> None:
    sku = word()
    first = await house.call(CREATE_PRODUCT, noodles(sku))
    second = await house.call(CREATE_PRODUCT, noodles(word()))
    take = UpdateProduct(id=second.id, if_version=1, changes=ProductChanges(variants=[variant(sku)]))
    assert "catalog.taken" == (await no(house, UPDATE_PRODUCT, take)).code
    give = UpdateProduct(id=first.id, if_version=1, changes=ProductChanges(variants=[variant(word())]))
    await house.call(UPDATE_PRODUCT, give)
    moved = await house.call(UPDATE_PRODUCT, take)
    assert [moved] == (await house.call(LIST_PRODUCTS, ListProducts(sku=sku))).items


# --- at the same time ----------------------------------------------------------------------------------------


async def test_of_many_who_create_one_sku_at_once_exactly_one_does(house: House) -> None:
    sku = word()
    replies = await asyncio.gather(*(house.client.ask(CREATE_PRODUCT, noodles(sku)) for _ in range(50)))
    refused = [reply.refusal.code for reply in replies if reply.refusal]
    assert ["catalog.taken"] * 49 == refused


async def test_creates_and_upserts_of_one_sku_at_once_make_one_product(house: House) -> None:
    skus = [word() for _ in range(20)]
    upserts = [UpsertProducts(items=[item(sku, name=f"Mi {n}") for sku in order]) for n, order in enumerate((skus, skus[::-1]))]
    creates = (house.client.ask(CREATE_PRODUCT, noodles(sku)) for sku in skus)
    replies = await asyncio.gather(*(house.client.ask(UPSERT_PRODUCTS, each) for each in upserts), *creates)
    assert {"catalog.taken"} >= {reply.refusal.code for reply in replies if reply.refusal}
    pages = await asyncio.gather(*(house.call(LIST_PRODUCTS, ListProducts(sku=sku)) for sku in skus))
    assert [1] * 20 == [len(page.items) for page in pages]


async def test_several_members_take_turns(house: House) -> None:
    skus = [word() for _ in range(30)]
    async with open_house(house.settings, ("catalog",)), open_house(house.settings, ("catalog",)):
        creates = (house.client.ask(CREATE_PRODUCT, noodles(sku)) for sku in skus * 4)
        upserts = (house.client.ask(UPSERT_PRODUCTS, UpsertProducts(items=[item(sku) for sku in skus])) for _ in range(4))
        replies = await asyncio.gather(*creates, *upserts)
    assert {"catalog.taken"} >= {reply.refusal.code for reply in replies if reply.refusal}
    created = [reply for reply in replies[:120] if not reply.refusal]
    outcomes = [outcome for reply in replies[120:] for outcome in msgspec.json.decode(reply.body, type=UpsertOutcomes).items]
    assert 30 == len(created) + sum(outcome.outcome == "created" for outcome in outcomes)
    assert not [outcome for outcome in outcomes if outcome.outcome == "refused"]


async def test_of_many_who_change_one_version_at_once_exactly_one_does(house: House) -> None:
    created = await house.call(CREATE_PRODUCT, noodles(word()))
    asked = [UpdateProduct(id=created.id, if_version=1, changes=ProductChanges(name=f"Mi {n}")) for n in range(30)]
    replies = await asyncio.gather(*(house.client.ask(UPDATE_PRODUCT, each) for each in asked))
    assert ["catalog.stale"] * 29 == [reply.refusal.code for reply in replies if reply.refusal]
    assert 2 == len(await events_of(house, created.id))


# --- many at once ----------------------------------------------------------------------------------------------


async def test_upsert_tells_of_each_item_what_became_of_it(house: House) -> None:
    known, same, taken = word(), word(), word()
    first = await house.call(CREATE_PRODUCT, noodles(known, external_ids={"erp": known}))
    await house.call(CREATE_PRODUCT, noodles(same))
    await house.call(CREATE_PRODUCT, noodles(taken))
    fresh = word()
    outcomes = await upsert(
        house,
        item(fresh),
        item(word(), name="By external id", external_ids={"erp": known}),
        item(same),
        item(taken, id=first.id),
        item(fresh, name="Again"),
    )
    assert ["created", "updated", "unchanged", "refused", "updated"] == [each.outcome for each in outcomes]
    assert [1, 2, 1, None, 2] == [each.version for each in outcomes]
    assert outcomes[0].id == outcomes[4].id
    problem = outcomes[3].problem
    assert problem is not None
    assert ("catalog.taken", ["/items/3/variants/0/sku"]) == (problem.code, [error.pointer for error in problem.errors])
    assert ["product.created", "product.updated"] == [name for name, _ in await events_of(house, first.id)]


async def test_the_same_upsert_again_changes_nothing(house: House) -> None:
    items = [item(word(), category="Mi", external_ids={"erp": word()}) for _ in range(100)]
    assert {"created"} == {each.outcome for each in await upsert(house, *items)}
    end = await here(house)
    assert {"unchanged"} == {each.outcome for each in await upsert(house, *items)}
    assert end == await here(house)


async def test_a_thousand_of_the_largest_outcomes_fit_into_one_message(house: House) -> None:
    twice = [variant("x" * 64, "1" * 32, "1" * 32) for _ in range(8)]
    outcomes = await upsert(house, *(UpsertItem(name="Bad", variants=twice) for _ in range(1000)))
    assert {("refused", 20)} == {(each.outcome, len(each.problem.errors)) for each in outcomes if each.problem}


# --- lists -----------------------------------------------------------------------------------------------------


async def names(house: House, **asked: Any) -> list[str]:
    """All pages of two."""
    found: list[str] = []
    cursor = None
    while True:
        page = await house.call(LIST_PRODUCTS, ListProducts(limit=2, cursor=cursor, **asked))
        found += [product.name for product in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


async def test_lists_are_sorted_by_name_and_paged(house: House) -> None:
    mine = word()
    for name in ("teh", "Éclair", "Apel", "apel", "Zaitun", "🍜 mi"):
        await house.call(CREATE_PRODUCT, noodles(word(), name=f"{name} {mine}", active=name != "teh"))
    assert [f"{name} {mine}" for name in ("Zaitun", "Éclair", "🍜 mi")] == (await names(house, q=mine, active=True))[2:]
    assert [f"teh {mine}"] == await names(house, q=f"{mine} TEH")
    assert [f"teh {mine}"] == await names(house, q=mine, active=False)
    assert [f"Éclair {mine}"] == await names(house, q=f"éCL {mine}")


async def test_wildcards_in_a_search_are_only_letters(house: House) -> None:
    mine = word()
    for name in (f"{mine} 50% off", f"{mine} 500 off", f"{mine} a_b", f"{mine} axb", f"{mine} c\\d"):
        await house.call(CREATE_PRODUCT, noodles(word(), name=name))
    assert [f"{mine} 50% off"] == await names(house, q=f"{mine} 50%")
    assert [f"{mine} a_b"] == await names(house, q=f"{mine} a_b")
    assert [f"{mine} 500 off"] == await names(house, q=f"0 off 500 {mine}")
    assert [f"{mine} c\\d"] == await names(house, q=f"{mine} c\\")


async def test_products_are_found_by_sku_by_barcode_and_in_their_category(house: House) -> None:
    sku, barcode, category = word(), word(), word()
    found = await house.call(CREATE_PRODUCT, noodles(sku, barcode, category=category))
    other = await house.call(CREATE_PRODUCT, noodles(word(), category=category, active=False, name="Abon"))
    assert [found] == (await house.call(LIST_PRODUCTS, ListProducts(sku=sku))).items
    assert [found] == (await house.call(LIST_PRODUCTS, ListProducts(barcode=barcode, sku=sku, category=category))).items
    assert [] == (await house.call(LIST_PRODUCTS, ListProducts(barcode=barcode, sku=other.variants[0].sku))).items
    assert [] == (await house.call(LIST_PRODUCTS, ListProducts(sku=sku.upper()))).items
    assert [other, found] == (await house.call(LIST_PRODUCTS, ListProducts(category=category))).items
    assert [found] == (await house.call(LIST_PRODUCTS, ListProducts(category=category, active=True))).items


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIl0", "bm9uc2Vuc2U", "WyJcdTAwMDAiLCIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDEiXQ"])
async def test_a_cursor_that_is_not_ours_is_refused(house: House, cursor: str) -> None:
    refusal = await no(house, LIST_PRODUCTS, ListProducts(cursor=cursor))
    assert ("catalog.invalid", ["?cursor"]) == (refusal.code, [error.pointer for error in refusal.errors])


async def test_the_longest_names_can_be_paged(house: House) -> None:
    mine = word()
    expected = sorted(f"{mine}{letter}" + "ΐ" * 186 for letter in "abc")
    for name in expected:
        await house.call(CREATE_PRODUCT, noodles(word(), name=name, category=mine))
    assert expected == await names(house, category=mine)


async def test_categories_are_counted(house: House) -> None:
    category = word()
    products = [await house.call(CREATE_PRODUCT, noodles(word(), category=category)) for _ in range(3)]
    await house.call(DELETE_PRODUCT, DeleteProduct(id=products[0].id, if_version=1))
    counted = {each.name: each.products for each in (await house.call(LIST_CATEGORIES, ListCategories())).items}
    assert 2 == counted[category]


# --- the feed ----------------------------------------------------------------------------------------------------


async def follow(house: House, after: int, limit: int) -> list[Product]:
    seen: list[Product] = []
    while True:
        page: ProductFeed = await house.call(PRODUCT_CHANGES, FeedAfter(after=after, limit=limit))
        assert page.position >= after
        seen += page.items
        if not page.more:
            return seen
        after = page.position


async def test_the_feed_holds_each_product_as_it_is_now_in_the_order_of_its_last_change(house: House) -> None:
    after = await here(house)
    one, two, three = [await house.call(CREATE_PRODUCT, noodles(word())) for _ in range(3)]
    one = await house.call(UPDATE_PRODUCT, UpdateProduct(id=one.id, if_version=1, changes=ProductChanges(name="Mi")))
    two = await house.call(DELETE_PRODUCT, DeleteProduct(id=two.id, if_version=1))
    for limit in (1, 2, 1000):
        assert [three, one, two] == await follow(house, after, limit)
    end = await house.call(PRODUCT_CHANGES, FeedAfter(after=await here(house)))
    assert ([], await here(house), False) == (end.items, end.position, end.more)


async def test_whoever_follows_the_feed_while_it_grows_misses_nothing(house: House) -> None:
    start = await here(house)
    seen: set[UUID] = set()
    writing = [asyncio.create_task(upsert(house, *(item(word()) for _ in range(20)))) for _ in range(10)]
    position = start
    while not all(each.done() for each in writing):
        page = await house.call(PRODUCT_CHANGES, FeedAfter(after=position, limit=7))
        seen |= {product.id for product in page.items}
        position = page.position
    seen |= {product.id for product in await follow(house, position, 50)}
    assert {outcome.id for each in writing for outcome in each.result()} == seen


async def test_a_page_of_huge_products_ends_before_it_is_too_big_for_a_message(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    after, category = await here(house), word()
    sizes = [msgspec.structs.replace(variant(f"{{sku}}-{n}"), name="🍜" * 200) for n in range(100)]
    created = []
    for _ in range(60):
        variants = [msgspec.structs.replace(each, sku=each.sku.format(sku=word())) for each in sizes]
        created.append(await house.call(CREATE_PRODUCT, CreateProduct(name="Besar", category=category, variants=variants)))
    page = await house.call(PRODUCT_CHANGES, FeedAfter(after=after, limit=1000))
    assert page.more
    assert {product.id for product in created} == {product.id for product in await follow(house, after, 1000)}
    first = await house.call(LIST_PRODUCTS, ListProducts(category=category, limit=500))
    rest = await house.call(LIST_PRODUCTS, ListProducts(category=category, limit=500, cursor=first.next_cursor))
    assert 60 == len({product.id for product in (*first.items, *rest.items)})
    # A NATS of somebody's own takes 1 MB, unless told otherwise: who follows the feed must not get stuck there.
    monkeypatch.setattr(Client, "message_max", 1_000_000)
    assert {product.id for product in created} == {product.id for product in await follow(house, after, 1000)}
