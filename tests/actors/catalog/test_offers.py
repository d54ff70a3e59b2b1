"""Price lists and promotions as others meet them: over NATS, on Postgres."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import msgspec
import pytest

from actors.catalog.contract import (
    CREATE_PRICE_LIST,
    CREATE_PROMOTION,
    GET_PRICE_LIST,
    GET_PROMOTION,
    LIST_PRICE_LISTS,
    LIST_PROMOTIONS,
    OFFER_CHANGES,
    UPDATE_PRICE_LIST,
    UPDATE_PROMOTION,
    CreatePromotion,
    GetPriceList,
    GetPromotion,
    ListPriceLists,
    ListPromotions,
    OfferChange,
    OfferFeed,
    PriceList,
    PriceListChanges,
    PriceListInput,
    Promotion,
    PromotionChanges,
    PromotionTerms,
    UpdatePriceList,
    UpdatePromotion,
)
from actors.runtime.client import Client
from actors.runtime.words import FeedAfter
from tests.actors.catalog.test_catalog import here, no, word
from tests.support import House, some_id

TEN_PERCENT = PromotionTerms(kind="percent", percent="10", store_ids=[some_id()])
"""In a store that nobody sells in: the house is shared, and so is what is given without a code."""


def coupon(code: str | None = None, **fields: Any) -> CreatePromotion:
    return CreatePromotion(name="Promo", terms=TEN_PERCENT, code=code, **fields)


async def follow(house: House, after: int, limit: int) -> list[OfferChange]:
    seen: list[OfferChange] = []
    while True:
        page: OfferFeed = await house.call(OFFER_CHANGES, FeedAfter(after=after, limit=limit))
        seen += page.items
        if not page.more:
            return seen
        after = page.position


async def told(house: House, key: str) -> list[tuple[str, Any]]:
    rows = await house.fetch("SELECT name, body FROM catalog.log WHERE key = $1 ORDER BY position", key)
    kind = {"price_list": PriceList, "promotion": Promotion}
    return [(row["name"], msgspec.convert(msgspec.json.decode(row["body"])["data"], kind[row["name"].partition(".")[0]])) for row in rows]


async def test_a_price_list_is_made_read_changed_and_each_is_told(house: House) -> None:
    code, store = word(), some_id()
    created = await house.call(CREATE_PRICE_LIST, PriceListInput(code=code, name="Grosir", customer_groups=["reseller"], priority=5))
    assert created == await house.call(GET_PRICE_LIST, GetPriceList(code=code))
    changes = PriceListChanges(name="Grosir Jakarta", store_ids=[store], active=False)
    updated = await house.call(UPDATE_PRICE_LIST, UpdatePriceList(code=code, if_version=1, changes=changes))
    assert (2, "Grosir Jakarta", [store], False, ["reseller"], 5) == (
        updated.version, updated.name, updated.store_ids, updated.active, updated.customer_groups, updated.priority
    )
    assert updated == await house.call(UPDATE_PRICE_LIST, UpdatePriceList(code=code, if_version=2, changes=changes))
    assert [("price_list.created", created), ("price_list.updated", updated)] == await told(house, code)


async def test_a_promotion_is_made_read_changed_and_each_is_told(house: House) -> None:
    code = word()
    created = await house.call(CREATE_PROMOTION, coupon(code, id=some_id()))
    assert created == await house.call(GET_PROMOTION, GetPromotion(id=created.id))
    changes = PromotionChanges(terms=PromotionTerms(kind="percent", percent="20", on="order"), active=False)
    updated = await house.call(UPDATE_PROMOTION, UpdatePromotion(id=created.id, if_version=1, changes=changes))
    assert (2, changes.terms, False, code) == (updated.version, updated.terms, updated.active, updated.code)
    assert updated == await house.call(UPDATE_PROMOTION, UpdatePromotion(id=created.id, if_version=2, changes=changes))
    assert [("promotion.created", created), ("promotion.updated", updated)] == await told(house, str(created.id))


async def test_every_no_has_its_reason(house: House) -> None:
    code, coupon_code = word(), word()
    await house.call(CREATE_PRICE_LIST, PriceListInput(code=code, name="Grosir"))
    promotion = await house.call(CREATE_PROMOTION, coupon(coupon_code))
    nothing = PromotionChanges()
    asked: list[tuple[str, list[str], Any, Any]] = [
        ("catalog.taken", ["/code"], CREATE_PRICE_LIST, PriceListInput(code=code.upper(), name="x")),
        ("catalog.invalid", ["/customer_groups/1"], CREATE_PRICE_LIST, PriceListInput(code=word(), name="x", customer_groups=["a", "a"])),
        ("catalog.not_found", [], GET_PRICE_LIST, GetPriceList(code=word())),
        ("catalog.not_found", [], UPDATE_PRICE_LIST, UpdatePriceList(code=word(), if_version=1, changes=PriceListChanges())),
        ("catalog.stale", [], UPDATE_PRICE_LIST, UpdatePriceList(code=code, if_version=2, changes=PriceListChanges())),
        ("catalog.invalid", ["/store_ids/1"], UPDATE_PRICE_LIST,
         UpdatePriceList(code=code, if_version=1, changes=PriceListChanges(store_ids=[promotion.id] * 2))),
        ("catalog.taken", ["/code"], CREATE_PROMOTION, coupon(coupon_code.upper())),
        ("catalog.taken", ["/id"], CREATE_PROMOTION, coupon(id=promotion.id)),
        ("catalog.invalid", ["/terms/amount"], CREATE_PROMOTION, CreatePromotion(name="x", terms=PromotionTerms(kind="amount"))),
        ("catalog.not_found", [], GET_PROMOTION, GetPromotion(id=some_id())),
        ("catalog.not_found", [], UPDATE_PROMOTION, UpdatePromotion(id=some_id(), if_version=1, changes=nothing)),
        ("catalog.stale", [], UPDATE_PROMOTION, UpdatePromotion(id=promotion.id, if_version=2, changes=nothing)),
        ("catalog.invalid", ["?cursor"], LIST_PRICE_LISTS, ListPriceLists(cursor="x")),
        ("catalog.invalid", ["?cursor"], LIST_PROMOTIONS, ListPromotions(cursor="W10")),
    ]
    for reason, pointers, command, request in asked:
        refusal = await no(house, command, request)
        assert (reason, pointers) == (refusal.code, [error.pointer for error in refusal.errors])


async def test_of_many_who_make_one_coupon_at_once_exactly_one_does(house: House) -> None:
    code = word()
    replies = await asyncio.gather(*(house.client.ask(CREATE_PROMOTION, coupon(each)) for each in (code, code.upper()) * 10))
    assert ["catalog.taken"] * 19 == [reply.refusal.code for reply in replies if reply.refusal]


async def test_lists_are_paged_price_lists_oldest_first_and_promotions_newest_first(house: House) -> None:
    price_lists = [await house.call(CREATE_PRICE_LIST, PriceListInput(code=word(), name=f"{n}")) for n in range(3)]
    code = word()
    promotions = [await house.call(CREATE_PROMOTION, coupon(each)) for each in (None, code, None)]
    await house.call(UPDATE_PROMOTION, UpdatePromotion(id=promotions[0].id, if_version=1, changes=PromotionChanges(active=False)))
    assert price_lists == (await pages(house, LIST_PRICE_LISTS, ListPriceLists(limit=2)))[-3:]
    assert promotions[:0:-1] == (await pages(house, LIST_PROMOTIONS, ListPromotions(limit=2, active=True)))[:2]
    assert [promotions[0].id] == [each.id for each in (await house.call(LIST_PROMOTIONS, ListPromotions(active=False, limit=1))).items]
    assert [promotions[1]] == (await house.call(LIST_PROMOTIONS, ListPromotions(code=code.upper()))).items


async def pages(house: House, command: Any, asked: Any) -> list[Any]:
    found: list[Any] = []
    while True:
        page = await house.call(command, asked)
        found += page.items
        if page.next_cursor is None:
            return found
        asked = msgspec.structs.replace(asked, cursor=page.next_cursor)


async def test_the_feed_holds_each_offer_as_it_is_now_in_the_order_of_its_last_change(house: House) -> None:
    after, code = await here(house), word()
    first = await house.call(CREATE_PROMOTION, coupon())
    wholesale = await house.call(CREATE_PRICE_LIST, PriceListInput(code=code, name="Grosir"))
    second = await house.call(CREATE_PROMOTION, coupon())
    await house.add_product()
    first = await house.call(UPDATE_PROMOTION, UpdatePromotion(id=first.id, if_version=1, changes=PromotionChanges(name="Lain")))
    for limit in (1, 2, 1000):
        seen = await follow(house, after, limit)
        assert [(wholesale, None), (None, second), (None, first)] == [(each.price_list, each.promotion) for each in seen]
    end = await house.call(OFFER_CHANGES, FeedAfter(after=await here(house)))
    assert ([], await here(house), False) == (end.items, end.position, end.more)


async def test_a_page_of_huge_offers_ends_before_it_is_too_big_for_a_message(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    after = await here(house)
    ids = [UUID(int=number) for number in range(500)]
    terms = PromotionTerms(kind="percent", percent="10", product_ids=ids, variant_ids=ids, store_ids=ids)
    made = {(await house.call(CREATE_PROMOTION, CreatePromotion(name="Besar", terms=terms))).id for _ in range(8)}
    monkeypatch.setattr(Client, "message_max", 200_000)
    page = await house.call(OFFER_CHANGES, FeedAfter(after=after, limit=1000))
    assert (1, True) == (len(page.items), page.more)
    assert made == {each.promotion.id for each in await follow(house, after, 1000) if each.promotion}
    assert made <= {each.id for each in await pages(house, LIST_PROMOTIONS, ListPromotions(limit=500))}
