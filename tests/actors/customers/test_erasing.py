"""Who is forgotten while money comes for them: it is there before, and nobody is forgotten; or it is refused, or nobody's. Never lost."""

from __future__ import annotations

import asyncio

from actors.customers import contract
from actors.customers.contract import ERASE_CUSTOMER, GET_CUSTOMER, EraseCustomer, GetCustomer, Profile
from actors.orders.contract import REFUND_ORDER, RefundOrder, ReturnInput
from actors.payments.contract import ACCOUNT_CLOSED, GET_ACCOUNT, INVALID, TOP_UP, Account, GetAccount, TopUp
from actors.runtime.client import Refused
from actors.runtime.upkeep import UNAVAILABLE
from tests.actors.customers.erasing import HOLD, erase, give, holding, is_forgotten, owned, spent_credit, top_up, waiting
from tests.actors.customers.support import Shop
from tests.actors.payments.support import refused
from tests.pages import check_money
from tests.support import eventually, rupiah


async def test_what_comes_once_somebody_is_being_erased_is_refused(shop: Shop) -> None:
    """`customers` has asked, and has not written it down yet: to everybody else the person still is there."""
    sari = await shop.customer()
    credit = await spent_credit(shop, sari)
    async with holding(shop, HOLD, sari.id):
        erasing = erase(shop, sari)
        await eventually(lambda: is_forgotten(shop, sari))
        await waiting(shop)
        topping, giving = top_up(shop, credit), asyncio.create_task(give(shop, sari))
        await waiting(shop, 2)

    assert (await erasing).name == ""
    assert (ACCOUNT_CLOSED.code, INVALID.code) == (await refused(topping), await refused(giving))
    assert (ACCOUNT_CLOSED.code, INVALID.code) == (await refused(top_up(shop, credit)), await refused(give(shop, sari)))


async def test_who_gets_money_before_is_not_erased(shop: Shop) -> None:
    sari = await shop.customer()
    credit = await spent_credit(shop, sari)
    async with holding(shop, "SELECT FROM payments.accounts WHERE id = $1 FOR UPDATE", credit.id):
        topping = asyncio.create_task(shop.house.call(TOP_UP, TopUp(id=credit.id, amount=rupiah(7))))
        await waiting(shop)
        erasing = erase(shop, sari)
        await waiting(shop, 2)

    assert (await topping).balance == rupiah(7)
    assert contract.OWES.code == await refused(erasing)
    assert not await is_forgotten(shop, sari)
    assert (await shop.house.call(GET_CUSTOMER, GetCustomer(id=sari.id))).name == sari.name


async def test_whoever_is_quicker_no_money_is_nobodys(shop: Shop) -> None:
    async def at_once(who: Profile) -> tuple[object, ...]:
        asked = (shop.house.call(ERASE_CUSTOMER, EraseCustomer(id=who.id)), *(give(shop, who) for _ in range(3)))
        return tuple(await asyncio.gather(*asked, return_exceptions=True))

    everybody = await asyncio.gather(*(shop.customer() for _ in range(12)))
    told = await asyncio.gather(*(at_once(who) for who in everybody))

    for who, (erased, *given) in zip(everybody, told, strict=True):
        credits = [one for one in given if isinstance(one, Account)]
        assert {one.refusal.code for one in given if isinstance(one, Refused)} <= {INVALID.code}
        if isinstance(erased, Refused):
            # Or it came to nothing, because somebody was told in the middle that nobody is erased.
            assert (erased.refusal.code, bool(credits)) == (contract.OWES.code, True) or erased.refusal.code == UNAVAILABLE.code
        else:
            assert (erased.erased_at is not None, credits) == (True, [])  # type: ignore[attr-defined]
        assert sorted(one.id for one in credits) == sorted(one.id for one in (await owned(shop, who)))


async def test_what_a_sale_of_an_erased_person_gives_back_as_credit_belongs_to_who_has_its_number(shop: Shop) -> None:
    sari = await shop.customer()
    sale = await shop.sale(sari)
    await shop.house.call(ERASE_CUSTOMER, EraseCustomer(id=sari.id))

    refund = RefundOrder(id=sale.id, lines=[ReturnInput(line=1, quantity=1)], to="store_credit")
    [back] = (await shop.house.call(REFUND_ORDER, refund)).refunds[0].tenders

    async def there() -> Account | None:
        try:
            return await shop.house.call(GET_ACCOUNT, GetAccount(id=back.account_id))
        except Refused:
            return None

    account = await eventually(there)
    assert (account.available, account.customer_id, account.active) == (rupiah(35_000), None, True)
    assert await owned(shop, sari) == []
    order = await shop.order(None)
    await shop.begin(order, "store_credit", account_id=account.id)
    await shop.order_becomes(order.id, "completed")
    assert (await check_money(shop.house)).findings == []
