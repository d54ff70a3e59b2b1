"""A provider in every mood: what it says twice, late, early or never changes nothing but what it should."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import Any

import msgspec
import pytest

from actors.payments import contract
from actors.payments.contract import CANCEL_INTENT, TAKE_CALLBACK, CancelIntent, Intent, TakeCallback, Taken
from actors.payments.effects import ask, book, claim
from actors.payments.signing import secret_key, signed
from actors.payments.simulated import Charge
from actors.runtime.member import Member
from tests.actors.payments.support import SECRET, Shop, open_shop, refused
from tests.support import Servers, eventually, open_house, rupiah, some_id

KEY = secret_key(SECRET)


def member_of(shop: Shop) -> Member:
    [member] = [member for member in shop.house.runtime._members if member.actor.name == "payments"]
    return member


async def let_expire(shop: Shop, intent: Intent) -> Intent:
    """Its time is over now."""
    sql = "UPDATE payments.intents SET expires_at = now(), due_at = now() WHERE id = $1"
    await shop.house.fetch(sql, intent.id)
    member_of(shop).resource.look()
    return await shop.becomes(intent.id, "expired")


async def report(shop: Shop, charge: Charge, *, key: bytes = KEY, at: float | None = None, provider: str = "simulated", **headers: str) -> Taken:
    body = msgspec.json.encode(charge)
    given = {**signed(key, "evt_1", int(time.time() if at is None else at), body), **headers}
    asked = TakeCallback(provider=provider, body=base64.b64encode(body).decode(), headers=given)
    return await shop.house.call(TAKE_CALLBACK, asked)


@pytest.mark.parametrize(
    ("mood", "method"),
    [("approve", "qris"), ("approve", "card"), ("early", "qris"), ("early", "card"), ("time_out", "card"), ("twice", "qris"), ("never", "qris")],
)
async def test_however_it_says_yes_the_order_is_paid_once(shop: Shop, mood: str, method: str) -> None:
    """time_out: it does not answer the first time, and is asked again under the same id. never: it is asked how it stands."""
    order = await shop.order()
    intent = await shop.begin(order, method, reference=mood)
    approved = await shop.becomes(intent.id, "approved")
    paid = await shop.order_becomes(order.id, "completed", "paid")
    assert [intent.id] == [tender.intent_id for tender in paid.tenders]
    assert approved.reference.startswith("SIM-")


async def test_a_no_leaves_the_order_waiting(shop: Shop) -> None:
    order = await shop.order()
    intent = await shop.begin(order, "card", reference="decline")
    declined = await shop.becomes(intent.id, "declined")
    assert "The customer's bank said no." == declined.failure
    await shop.begin(order, "card")
    await shop.order_becomes(order.id, "completed", "paid")


async def test_the_code_comes_from_the_provider(shop: Shop) -> None:
    order = await shop.order()
    intent = await shop.begin(order, reference="ignore", tip=rupiah(500))

    async def shown() -> str | None:
        found = await shop.intent(intent.id)
        return found.qr.payload if found.qr else None

    payload: str = await eventually(shown)
    assert "540535500" in payload


async def test_yes_after_its_time_is_given_back(shop: Shop) -> None:
    order = await shop.order()
    intent = await shop.begin(order, "card", reference="ignore")
    await shop.reaches_provider(intent.id)
    await let_expire(shop, intent)
    assert [200, 200] == await shop.provider.pay(intent.id, times=2)
    returned = await shop.becomes(intent.id, "returned")
    assert (rupiah(35_000), rupiah(35_000)) == (returned.refunded, returned.refund_due)
    assert {f"{intent.id}-3500000": 3_500_000} == shop.provider.payments[intent.id].refunds
    await shop.order_becomes(order.id, "open", "unpaid")


async def test_yes_after_its_time_is_found_by_asking(shop: Shop) -> None:
    order = await shop.order()
    intent = await shop.begin(order, "card", reference="ignore")
    await shop.reaches_provider(intent.id)
    await shop.house.call(CANCEL_INTENT, CancelIntent(id=intent.id))
    await shop.provider.pay(intent.id, report=False)
    await shop.becomes(intent.id, "returned")
    assert 3_500_000 == shop.provider.payments[intent.id].refunded


async def test_two_payments_race_and_the_order_is_paid_once(shop: Shop) -> None:
    """Both begun while there was room; then the order got cheaper by cash. Both say yes: one is taken, the other goes back."""
    order = await shop.order(2)
    intents = [await shop.begin(order, "card", 35_000, reference="ignore") for _ in range(2)]
    for intent in intents:
        await shop.reaches_provider(intent.id)
    await shop.pay_some_cash(order, 35_000)
    await asyncio.gather(*(shop.provider.pay(intent.id) for intent in intents))
    paid = await shop.order_becomes(order.id, "completed", "paid")
    [taken] = [tender.intent_id for tender in paid.tenders if tender.intent_id]
    [other] = {intent.id for intent in intents} - {taken}
    await eventually(lambda: shop.provider.payments[other].refunded == 3_500_000 or None)
    assert 0 == shop.provider.payments[taken].refunded
    await shop.becomes(other, "returned")


async def test_a_worker_that_dies_in_between_does_nothing_twice(servers: Servers) -> None:
    """What was claimed and asked, but not booked, is claimed again when its lease ends: another worker begins the same payment."""
    async with open_shop(servers, payments_timeout_seconds=10) as shop:
        member = member_of(shop)
        await stop_working(member)
        order = await shop.order()
        intent = await shop.begin(order, "card", reference="ignore")
        [first] = await claim(member)
        await ask(member, first)
        assert [] == await claim(member)
        await shop.house.fetch("UPDATE payments.intents SET leased_until = now()")
        [again] = await claim(member)
        finding = await ask(member, again)
        await book(member, finding)
        await book(member, finding)
        assert (1, 2) == (len(shop.provider.payments), shop.provider.payments[intent.id].begun)
        await shop.provider.pay(intent.id)
        await shop.order_becomes(order.id, "completed", "paid")
        await returned_by_hand(shop, intent)
        [due] = await claim(member)
        await ask(member, due)
        await book(member, await ask(member, due))
        await shop.becomes(intent.id, "returned")
        assert [3_500_000] == list(shop.provider.payments[intent.id].refunds.values())


async def test_two_members_share_the_payments_and_begin_each_once(shop: Shop) -> None:
    async with open_house(shop.house.settings, ("payments",)):
        orders = await asyncio.gather(*(shop.order() for _ in range(20)))
        intents = await asyncio.gather(*(shop.begin(order, "card") for order in orders))
        for intent in intents:
            await shop.becomes(intent.id, "approved")
    assert [1] * 20 == [shop.provider.payments[intent.id].begun for intent in intents]


async def stop_working(member: Member) -> None:
    """The test takes the worker's place."""
    for task in member._works:
        task.cancel()
    await asyncio.gather(*member._works, return_exceptions=True)


async def returned_by_hand(shop: Shop, intent: Intent) -> None:
    """As if its order could not take it; once payments has heard that it did, or that would be put right."""

    async def heard() -> bool:
        rows = await shop.house.fetch("SELECT taken FROM payments.intents WHERE id = $1", intent.id)
        return rows[0]["taken"] is not None

    await eventually(heard)
    sql = "UPDATE payments.intents SET state = 'returning', refund_due = amount, due_at = now() WHERE id = $1"
    await shop.house.fetch(sql, intent.id)


# --- reports ----------------------------------------------------------------------------------------------------


async def test_a_report_counts_only_when_it_is_signed(shop: Shop) -> None:
    order = await shop.order()
    intent = await shop.begin(order, "card", reference="ignore")
    yes = Charge(intent.id, "approved", 3_500_000, reference="SIM-1")
    bad = contract.BAD_SIGNATURE.code
    assert bad == await refused(report(shop, yes, key=b"another secret of the same length!"))
    assert bad == await refused(report(shop, yes, at=time.time() - 301))
    assert bad == await refused(report(shop, yes, at=time.time() + 360))
    assert bad == await refused(report(shop, yes, **{"webhook-id": "evt_2"}))
    assert bad == await refused(report(shop, yes, **{"webhook-timestamp": "now"}))
    assert bad == await refused(shop.house.call(TAKE_CALLBACK, TakeCallback(provider="simulated", body="e30=")))
    assert contract.NO_PROVIDER.code == await refused(report(shop, yes, provider="stripe"))
    assert contract.INVALID.code == await refused(shop.house.call(TAKE_CALLBACK, TakeCallback(provider="simulated", body="?")))
    assert "pending" == (await shop.intent(intent.id)).state
    assert "taken" == (await report(shop, yes)).outcome
    assert "known" == (await report(shop, yes)).outcome
    assert "ignored" == (await report(shop, Charge(some_id(), "approved", 1))).outcome


async def test_another_amount_is_no_yes(shop: Shop) -> None:
    intent = await shop.begin(await shop.order(), "card", reference="ignore")
    await report(shop, Charge(intent.id, "approved", 100))
    pending = await shop.intent(intent.id)
    assert ("pending", "The provider counts IDR 1.00, and that is not the amount.") == (pending.state, pending.failure)


async def test_in_the_end_the_books_are_right(shop: Shop) -> None:
    await shop.books_are_right()


def test_a_provider_that_nobody_knows_is_told_at_the_start() -> None:
    from actors.payments.effects import make_providers
    from actors.runtime.settings import Settings, SettingsError

    session: Any = None
    with pytest.raises(SettingsError, match="stripe"):
        make_providers(Settings(payments_providers="stripe"), session)
    with pytest.raises(SettingsError, match="SIMULATED_SECRET"):
        make_providers(Settings(payments_providers="simulated"), session)
