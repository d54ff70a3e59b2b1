"""Two records that are one person, while sales go on; and a person who is forgotten."""

from __future__ import annotations

import asyncio

from actors.customers import contract
from actors.customers.contract import (
    ADJUST_POINTS,
    ERASE_CUSTOMER,
    EXPORT_CUSTOMER,
    GET_CUSTOMER,
    LIST_CUSTOMERS,
    LOOK_UP,
    MERGE_CUSTOMERS,
    PAY_CREDIT,
    AdjustPoints,
    CustomerExport,
    EraseCustomer,
    ExportCustomer,
    GetCustomer,
    ListCustomers,
    LookUp,
    MergeCustomers,
    PayCredit,
    Profile,
)
from actors.orders.contract import LIST_ORDERS, REFUND_ORDER, ListOrders, RefundOrder, ReturnInput
from actors.payments.contract import OPEN_STORE_CREDIT, UPDATE_ACCOUNT, AccountChanges, OpenStoreCredit, UpdateAccount
from tests.actors.customers.support import Shop
from tests.actors.payments.support import refused
from tests.support import rupiah, some_id, unique


async def merge(shop: Shop, kept: Profile, other: Profile) -> Profile:
    return await shop.house.call(MERGE_CUSTOMERS, MergeCustomers(id=kept.id, other_id=other.id))


async def test_balances_points_and_what_is_lacking_move(shop: Shop) -> None:
    await shop.program()
    mark, phone = unique(), "0811" + str(some_id().int)[-8:]
    kept, other = await shop.customer(f"Sari {mark}"), await shop.customer(f"S. Wijaya {mark}", phone=phone, custom={"size": "38"})
    older = await shop.customer(f"Sarie {mark}")
    await merge(shop, other, older)
    await shop.credit(other, 100_000)
    order = await shop.order(other)
    await shop.ends(await shop.begin(order, "on_account"))
    await shop.order_becomes(order.id, "completed")
    sale = await shop.sale(older, 2)
    await shop.has_points(other, 10)
    after = await merge(shop, kept, other)
    assert (f"Sari {mark}", "62" + phone[1:], {"size": "38"}) == (after.name, after.phone, after.custom)
    assert after == await merge(shop, kept, other)
    assert (10, 35_000) == (await shop.points(kept), (await shop.credit(kept)).balance.amount // 100)
    # Old ids lead to it, and so do old cards.
    assert 10 == await shop.points(older)
    known = (await shop.house.call(LOOK_UP, LookUp(ids=[older.id, kept.id]))).items
    assert [(older.id, kept.id), (kept.id, None)] == [(one.id, one.merged_into) for one in known]
    assert {tuple(sorted((other.id, older.id)))} == {tuple(one.also) for one in known}
    for q in (other.code, older.code, phone, f"sari {mark}"):
        [found] = (await shop.house.call(LIST_CUSTOMERS, ListCustomers(q=q))).items
        assert kept.id == found.id
    for id in (kept.id, other.id):
        orders = (await shop.house.call(LIST_ORDERS, ListOrders(customer_id=id))).items
        assert {(order.id, other.id), (sale.id, older.id)} == {(one.id, one.customer.id) for one in orders if one.customer}
    # What comes back of an old sale is taken from where its points are now.
    await shop.house.call(REFUND_ORDER, RefundOrder(id=sale.id, lines=[ReturnInput(line=1, quantity=2)]))
    await shop.has_points(kept, 3)
    await shop.house.call(REFUND_ORDER, RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)]))
    await shop.owes(kept, 0)
    await shop.has_points(kept, 0)
    await shop.books_are_right()


async def test_what_cannot_be_merged(shop: Shop) -> None:
    one, two, three = [await shop.customer() for _ in range(3)]
    assert contract.INVALID.code == await refused(merge(shop, one, one))
    await merge(shop, one, two)
    assert contract.GONE.code == await refused(merge(shop, three, two))
    assert contract.GONE.code == await refused(merge(shop, two, three))
    await shop.house.call(ERASE_CUSTOMER, EraseCustomer(id=three.id))
    assert contract.GONE.code == await refused(merge(shop, one, three))


async def test_merged_while_sales_go_on(shop: Shop) -> None:
    """Sales to both, refunds and payments on account, and they become one in between: nothing is lost or doubled."""
    await shop.program()
    one, two = await shop.customer(), await shop.customer()
    await shop.credit(one, 10 * 35_000)
    await shop.credit(two, 10 * 35_000)
    before = await asyncio.gather(*(shop.sale(who, 2) for who in (one, two) * 5))

    async def on_account(who: Profile) -> str:
        return (await shop.ends(await shop.begin(await shop.order(who), "on_account"))).state

    async def come_back() -> None:
        for order in before[:4]:
            await shop.house.call(REFUND_ORDER, RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=2)]))

    _, _, *rest = await asyncio.gather(
        merge(shop, one, two), come_back(), *(shop.sale(who, 2) for who in (one, two) * 5), *(on_account(who) for who in (one, two) * 8)
    )
    states = rest[10:]
    approved = states.count("approved")
    # Each had room for ten; together, once they are one, for ten as well, whatever was owed by then.
    assert 10 <= approved <= 16
    await shop.owes(one, approved * 35_000)
    await shop.has_points(one, 16 * 7 + approved * 3)
    await shop.books_are_right()


async def export(shop: Shop, profile: Profile, limit: int) -> list[CustomerExport]:
    pages = [await shop.house.call(EXPORT_CUSTOMER, ExportCustomer(id=profile.id, limit=limit))]
    while pages[-1].next_cursor is not None:
        pages.append(await shop.house.call(EXPORT_CUSTOMER, ExportCustomer(id=profile.id, limit=limit, cursor=pages[-1].next_cursor)))
    return pages


async def test_a_person_gets_all_and_is_forgotten(shop: Shop) -> None:
    await shop.program()
    mark = unique()
    sari, other = await shop.customer(f"Sari {mark}", email=f"{mark}@example.com"), await shop.customer(f"Sarie {mark}")
    await shop.credit(other, 500_000)
    sales = [await shop.sale(other) for _ in range(3)]
    order = await shop.order(other)
    await shop.ends(await shop.begin(order, "on_account"))
    await shop.order_becomes(order.id, "completed")
    await shop.has_points(other, 12)
    credits = [await shop.house.call(OPEN_STORE_CREDIT, OpenStoreCredit(amount=rupiah(9_000), customer_id=one.id)) for one in (other, sari)]
    await merge(shop, sari, other)
    await shop.house.call(ADJUST_POINTS, AdjustPoints(id=sari.id, points=5, reason="Sorry"))
    for limit in (1, 2, 200):
        pages = await export(shop, sari, limit)
        assert [f"Sari {mark}", f"Sarie {mark}"] == [record.name for page in pages for record in page.records]
        assert {one.id for one in (*sales, order)} == {one.id for page in pages for one in page.orders}
        assert 4 == sum(len(page.orders) for page in pages)
        assert 17 == sum(entry.points for page in pages for entry in page.points_entries)
        assert 3_500_000 == sum(entry.amount.amount for page in pages for entry in page.credit_entries)
        assert sorted(one.id for one in credits) == [account.id for page in pages for account in page.store_credits]
        assert [900_000] * 2 == [entry.amount.amount for page in pages for entry in page.store_credit_entries]
    assert contract.OWES.code == await refused(shop.house.call(ERASE_CUSTOMER, EraseCustomer(id=sari.id)))
    await shop.house.call(PAY_CREDIT, PayCredit(id=sari.id, amount=rupiah(35_000)))
    for credit in credits:
        assert contract.OWES.code == await refused(shop.house.call(ERASE_CUSTOMER, EraseCustomer(id=sari.id))), "store credit of either record"
        await shop.house.call(UPDATE_ACCOUNT, UpdateAccount(id=credit.id, if_version=credit.version, changes=AccountChanges(active=False)))
    gone = await shop.house.call(ERASE_CUSTOMER, EraseCustomer(id=sari.id, reason="Asked for it"))
    assert ("", "", "", {}) == (gone.name, gone.code, gone.email, gone.consent)
    assert gone == await shop.house.call(ERASE_CUSTOMER, EraseCustomer(id=sari.id))
    assert "" == (await shop.house.call(GET_CUSTOMER, GetCustomer(id=other.id))).name
    for table in ("customers.customers", "customers.finders", "customers.log", "customers.idempotency_keys", "orders.orders", "orders.log"):
        body = "convert_from(body, 'UTF8')" if table.endswith("log") else "to_jsonb(kept)::text"
        assert not await shop.house.fetch(f"SELECT FROM {table} AS kept WHERE {body} LIKE $1", f"%{mark}%"), table
    # The books stay, and what comes back of a sale now is nobody's points.
    await shop.house.call(REFUND_ORDER, RefundOrder(id=sales[0].id, lines=[ReturnInput(line=1, quantity=1)]))
    await shop.sale(sari)
    assert [total for page in await shop.books_are_right() for total in page.totals]
    assert 0 == await shop.points(sari)
