"""Any sequence of commands, from two clients at once: orders, stock and money agree after every step.

Hypothesis makes up the sequences. Each step is one command, or two at the same moment; what comes of it is up to the actors, as long as the
answer is a "yes" or an expected "no", and every book is right afterwards. The suite runs the same few each time; `just faults` many others.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from actors.catalog.contract import CREATE_PROMOTION, CreatePromotion, Product, Promotion, PromotionTerms
from actors.inventory.contract import LIST_LEVELS, RECEIVE_GOODS, ListLevels, ReceiptLine, ReceiveGoods
from actors.orders.contract import (
    CANCEL_ORDER,
    CHANGE_ORDER,
    EXCHANGE_ORDER,
    GET_ORDER,
    MERGE_ORDERS,
    MOVE_ORDER,
    PAY_ORDER,
    PLACE_ORDER,
    PLACE_ORDERS,
    REFUND_ORDER,
    SPLIT_ORDER,
    CancelOrder,
    ChangeOrder,
    DiscountInput,
    ExchangeOrder,
    GetOrder,
    LineInput,
    MergeOrders,
    MoveOrder,
    OfflineOrder,
    Order,
    OrderChanges,
    OrderOutcomes,
    PartInput,
    PayOrder,
    PlaceOrder,
    PlaceOrders,
    RefundOrder,
    ReturnInput,
    SplitOrder,
    TenderInput,
)
from actors.payments.contract import (
    CREATE_INTENT,
    ISSUE_GIFT_CARD,
    CreateIntent,
    IssueGiftCard,
)
from actors.runtime.ids import new_id, now
from actors.runtime.words import Command, Money
from actors.shifts.contract import CLOSE_SHIFT, LIST_SHIFTS, OPEN_SHIFT, CloseShift, Counted, ListShifts, OpenShift
from actors.stores.contract import CashRounding, ServiceCharge, Tax
from tests.books import wrong_with
from tests.drawers import all_booked, in_drawers, in_orders
from tests.pages import check_money, whole_check
from tests.support import House, eventually, unique

SHORT, LONG = 12, 200
"""Sequences of a run of the suite, and of one at length."""
DENIED_IN_STOCK, DELIVERED = 40, 5
COUPON_USES_MAX = 20
UNEXPECTED = ("runtime.failed", "runtime.timeout", "runtime.unreadable")


@dataclass
class Shop:
    """What the machine acts on: one store, three products - plain, kept back, by weight with two taxes - a gift card and a coupon."""

    house: House
    register_id: UUID
    store_id: UUID
    products: list[Product]
    gift_code: str
    coupon: Promotion
    loop: asyncio.AbstractEventLoop
    denied_received: int = 0
    orders: dict[UUID, Order] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)

    async def ask(self, command: Command[Any, Any], request: Any) -> Any:
        """The result, or None for a "no"; a "no" that nobody expects is written down."""
        reply = await self.house.client.ask(command, request, key=str(new_id()) if command.keyed else None)
        if reply.refusal is not None:
            if reply.refusal.code in UNEXPECTED:
                self.heard.append(f"{command.subject}: {reply.refusal.detail}")
            return None
        return msgspec.json.decode(reply.body, type=command.result)

    def run(self, *acts: Coroutine[Any, Any, Any]) -> list[Any]:
        async def together() -> list[Any]:
            return list(await asyncio.wait_for(asyncio.gather(*acts), 60))

        return asyncio.run_coroutine_threadsafe(together(), self.loop).result()


async def open_shop(house: House) -> Shop:
    store, register = await house.open_store(
        taxes=[
            Tax(code="ppn", name="PPN", rate="12", base="11/12", included=True),
            Tax(code="pb1", name="PB1", rate="10", included=False),
        ],
        cash_rounding=CashRounding(increment=10000),
        service_charge=ServiceCharge(rate="5"),
    )
    products = [
        await house.add_product(price=333300),
        await house.add_product(price=1250000, stock="deny"),
        await house.add_product(price=1899900, unit="kg", taxes=["ppn", "pb1"]),
    ]
    terms = PromotionTerms(kind="buy_x_get_y", buy=2, get=1, percent="100", product_ids=[products[0].id], store_ids=[store.id])
    await house.call(CREATE_PROMOTION, CreatePromotion(name="3 for 2", terms=terms))
    card = await house.call(ISSUE_GIFT_CARD, IssueGiftCard(amount=Money(amount=5000000, currency="IDR")))
    off = PromotionTerms(kind="percent", percent="15", store_ids=[store.id], uses_max=COUPON_USES_MAX)
    coupon = await house.call(CREATE_PROMOTION, CreatePromotion(name="15 off", code=f"off{unique()}", terms=off))
    shop = Shop(house, register.id, store.id, products, card.code, coupon, asyncio.get_running_loop())
    await deliver(shop, DENIED_IN_STOCK)
    return shop


async def deliver(shop: Shop, pieces: int) -> None:
    """More of what must not be oversold."""
    line = ReceiptLine(variant_id=shop.products[1].variants[0].id, quantity=str(pieces), unit_cost=Money(amount=900000, currency="IDR"))
    await shop.house.call(RECEIVE_GOODS, ReceiveGoods(store_id=shop.store_id, lines=[line]))
    shop.denied_received += pieces


which = st.integers(0, 7)
small = st.integers(1, 4)
money = st.integers(1, 4_000_000).map(lambda amount: Money(amount=amount, currency="IDR"))
lines = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([0, 1]), small),
        st.tuples(st.just(2), st.sampled_from(["0.755", "1.250", "0.001"])),
    ),
    min_size=1,
    max_size=4,
)
tenders = st.lists(st.tuples(st.sampled_from(["cash", "card"]), money), max_size=2)
discounts = st.lists(
    st.one_of(
        st.sampled_from(["10", "33.3333"]).map(lambda percent: DiscountInput(percent=percent)),
        money.map(lambda amount: DiscountInput(amount=amount)),
    ),
    max_size=2,
)


def machine_for(shop: Shop, *, at_length: bool) -> type[RuleBasedStateMachine]:
    class Counter(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            self.ids: list[UUID] = []

        # --- what to act on

        def some(self, number: int) -> Order | None:
            return shop.orders[self.ids[number % len(self.ids)]] if self.ids else None

        def placing(self, picked: list[Any], given: list[Any], off: list[DiscountInput], hold: bool, coupon: bool = False) -> PlaceOrder:
            return PlaceOrder(
                register_id=shop.register_id,
                lines=[LineInput(variant_id=shop.products[index].variants[0].id, quantity=quantity) for index, quantity in picked],
                tenders=[] if hold else [TenderInput(type=type_, amount=amount) for type_, amount in given],
                discounts=off,
                hold=hold,
                coupons=[shop.coupon.code or ""] if coupon else [],
                id=new_id(),
            )

        def keep(self, told: Any) -> None:
            """An order, or the orders of an exchange, a split or a batch."""
            if isinstance(told, OrderOutcomes):
                for outcome in told.items:
                    self.keep(outcome.order)
            orders = [told] if isinstance(told, Order) else [getattr(told, name, None) for name in ("order", "new", "returned")]
            self.ids += [order.id for order in orders if order is not None and order.id not in self.ids]

        def do(self, *acts: Coroutine[Any, Any, Any]) -> None:
            for told in shop.run(*acts):
                self.keep(told)

        # --- what clients do

        @rule(picked=lines, given=tenders, off=discounts, hold=st.booleans(), coupon=st.booleans())
        def place(self, picked: Any, given: Any, off: Any, hold: bool, coupon: bool) -> None:
            self.do(shop.ask(PLACE_ORDER, self.placing(picked, given, off, hold, coupon)))

        @rule(picked=lines, enough=st.just([("cash", Money(amount=90_000_000, currency="IDR"))]), off=discounts, coupon=st.booleans())
        def sell(self, picked: Any, enough: Any, off: Any, coupon: bool) -> None:
            self.do(*(shop.ask(PLACE_ORDER, self.placing(picked, enough, off, False, coupon)) for _ in range(2)))

        @rule(picked=lines, given=tenders, total=st.none() | money)
        def hand_in(self, picked: Any, given: Any, total: Money | None) -> None:
            """Sold offline, handed in twice at once. What is kept back is not among it: nobody can refuse what was sold already."""
            said = self.placing([one for one in picked if one[0] != 1] or [(0, 1)], given or [("cash", Money(amount=100, currency="IDR"))], [], False)
            ask = OfflineOrder(id=new_id(), register_id=shop.register_id, lines=said.lines, tenders=said.tenders, sold_at=now(), total=total)
            self.do(shop.ask(PLACE_ORDERS, PlaceOrders(orders=[ask])), shop.ask(PLACE_ORDERS, PlaceOrders(orders=[ask])))

        @precondition(lambda self: at_length)  # each is waited for, a second or so
        @rule(picked=lines, given=money, late=st.booleans())
        def not_paid_in_time(self, picked: Any, given: Money, late: bool) -> None:
            """It is called off soon: while others go on with it, or pay in the last second."""
            [order] = shop.run(shop.ask(PLACE_ORDER, self.placing(picked, [("cash", given)], [], False)))
            self.keep(order)
            if order is not None and order.status == "open":
                expire = "UPDATE orders.orders SET expires_at = now() WHERE id = $1 AND status = 'open' RETURNING id"
                pay = PayOrder(id=order.id, tenders=[TenderInput(type="card", amount=order.totals.missing)])
                self.do(shop.house.fetch(expire, order.id), *(shop.ask(PAY_ORDER, pay) for _ in range(late)))

        @rule()
        def receive_more(self) -> None:
            shop.run(deliver(shop, DELIVERED))

        @rule(one=which, picked=lines, off=discounts)
        def change(self, one: int, picked: Any, off: Any) -> None:
            if order := self.some(one):
                placed = self.placing(picked, [], off, True)
                changes = OrderChanges(lines=placed.lines, discounts=off)
                ask = ChangeOrder(id=order.id, if_version=order.version, changes=changes)
                self.do(shop.ask(CHANGE_ORDER, ask), shop.ask(CHANGE_ORDER, ask))

        @rule(one=which, given=st.tuples(st.sampled_from(["cash", "card"]), money), tip=st.none() | money)
        def pay(self, one: int, given: Any, tip: Money | None) -> None:
            if order := self.some(one):
                ask = PayOrder(id=order.id, tenders=[TenderInput(type=given[0], amount=given[1], tip=tip)])
                self.do(shop.ask(PAY_ORDER, ask), shop.ask(PAY_ORDER, ask))

        @rule(one=which)
        def pay_all(self, one: int) -> None:
            if (order := self.some(one)) and order.totals.missing.amount:
                ask = PayOrder(id=order.id, tenders=[TenderInput(type="card", amount=order.totals.missing)])
                self.do(shop.ask(PAY_ORDER, ask), shop.ask(PAY_ORDER, ask))

        @rule(one=which, amount=money)
        def pay_by_card(self, one: int, amount: Money) -> None:
            if order := self.some(one):
                ask = CreateIntent(order_id=order.id, method="gift_card", code=shop.gift_code, amount=amount)
                self.do(shop.ask(CREATE_INTENT, ask), shop.ask(CREATE_INTENT, ask))

        @rule(one=which, status=st.sampled_from(["draft", "open", None]), step=st.sampled_from(["preparing", "ready", "delivered", None]))
        def move(self, one: int, status: Any, step: Any) -> None:
            if order := self.some(one):
                self.do(shop.ask(MOVE_ORDER, MoveOrder(id=order.id, status=status, fulfillment=step, reason="why not")))

        @rule(one=which)
        def cancel(self, one: int) -> None:
            if order := self.some(one):
                self.do(*(shop.ask(CANCEL_ORDER, CancelOrder(id=order.id, reason="changed their mind")) for _ in range(2)))

        @rule(one=which, line=small, quantity=small, restock=st.booleans(), to=st.sampled_from(["tenders", "store_credit"]))
        def give_back(self, one: int, line: int, quantity: int, restock: bool, to: Any) -> None:
            if order := self.some(one):
                ask = RefundOrder(id=order.id, lines=[ReturnInput(line=line, quantity=quantity, restock=restock)], to=to)
                self.do(shop.ask(REFUND_ORDER, ask), shop.ask(REFUND_ORDER, ask))

        @rule(one=which, amount=money)
        def give_money_back(self, one: int, amount: Money) -> None:
            if order := self.some(one):
                ask = RefundOrder(id=order.id, amount=amount)
                self.do(shop.ask(REFUND_ORDER, ask), shop.ask(CANCEL_ORDER, CancelOrder(id=order.id, reason="both at once")))

        @rule(one=which, line=small, picked=lines, given=tenders)
        def exchange(self, one: int, line: int, picked: Any, given: Any) -> None:
            if order := self.some(one):
                ask = ExchangeOrder(id=order.id, returns=[ReturnInput(line=line, quantity=1)], order=self.placing(picked, given, [], False))
                self.do(shop.ask(EXCHANGE_ORDER, ask))

        @rule(one=which, line=small)
        def split(self, one: int, line: int) -> None:
            if order := self.some(one):
                self.do(shop.ask(SPLIT_ORDER, SplitOrder(id=order.id, if_version=order.version, lines=[PartInput(line=line, quantity=1)])))

        @rule(one=which, other=which)
        def merge(self, one: int, other: int) -> None:
            first, second = self.some(one), self.some(other)
            if first and second and first.id != second.id:
                ask = MergeOrders(id=first.id, if_version=first.version, other_id=second.id, other_version=second.version)
                self.do(shop.ask(MERGE_ORDERS, ask))

        @rule()
        def open_or_close_the_drawer(self) -> None:
            shop.run(open_or_close(shop))

        # --- what must be true

        @invariant()
        def every_order_is_right(self) -> None:
            if self.ids:
                shop.run(look_at(shop, self.ids))
            assert shop.heard == []

        def teardown(self) -> None:
            shop.run(books_agree(shop, self.ids))

    return Counter


async def open_or_close(shop: Shop) -> None:
    nothing = Money(amount=0, currency="IDR")
    if await shop.ask(OPEN_SHIFT, OpenShift(register_id=shop.register_id, float=nothing)) is None:
        [shift] = (await shop.house.call(LIST_SHIFTS, ListShifts(register_id=shop.register_id, status="open"))).items
        await shop.ask(CLOSE_SHIFT, CloseShift(id=shift.id, counted=Counted(total=0)))


async def look_at(shop: Shop, ids: Iterable[UUID]) -> None:
    """As they are now, and right."""
    for order in await asyncio.gather(*(shop.house.call(GET_ORDER, GetOrder(id=id)) for id in ids)):
        assert wrong_with(order) == []
        before = shop.orders.get(order.id)
        assert before is None or before.version <= order.version
        shop.orders[order.id] = order


async def books_agree(shop: Shop, ids: Iterable[UUID]) -> None:
    """Once everybody has heard of everything: ledger = levels = orders, accounts = intents = tenders = drawers, and nothing oversold."""

    async def settled() -> bool:
        stock = await whole_check(shop.house, shop.store_id)
        money = await check_money(shop.house)
        assert stock.findings == []
        assert money.findings == []
        expiring = "SELECT FROM orders.orders WHERE store_id = $1 AND status = 'open' AND expires_at <= now()"
        waiting = await shop.house.fetch(expiring, shop.store_id)
        return stock.behind == 0 and money.unsettled == 0 and not waiting and await all_booked(shop.house)

    await eventually(settled)
    await look_at(shop, ids)
    assert await in_drawers(shop.house, shop.store_id) == await in_orders(shop.house, shop.store_id)
    denied = shop.products[1].variants[0].id
    level = (await shop.house.call(LIST_LEVELS, ListLevels(store_id=shop.store_id, variant_id=denied))).items[0]
    gone = sum(Decimal(use.sold) - Decimal(use.returned) for order in shop.orders.values() for use in order.stock if use.variant_id == denied)
    promised = sum(Decimal(line.quantity) for order in shop.orders.values() for line in order.reserved if line.variant_id == denied)
    assert Decimal(level.on_hand) == shop.denied_received - gone
    assert Decimal(level.on_hand) >= promised
    # What somebody has asked for in vain is let go of a minute later.
    assert Decimal(level.reserved) >= promised
    assert await uses_of_coupon(shop) <= COUPON_USES_MAX


async def uses_of_coupon(shop: Shop) -> int:
    """As they are counted, which is as often as orders have it."""
    counted = "SELECT key, uses FROM orders.coupon_uses WHERE key LIKE $1 || '%'"
    rows = await shop.house.fetch(counted, str(shop.coupon.id))
    for row in rows:
        [orders] = await shop.house.fetch("SELECT count(*) FROM orders.orders WHERE store_id = $1 AND $2 = ANY (uses)", shop.store_id, row["key"])
        assert row["uses"] == orders["count"]
    return sum(row["uses"] for row in rows)


async def test_whatever_two_clients_do_the_books_agree(
    house: House, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = await open_shop(house)
    at_length = bool(request.config.getoption("--long"))
    machine = machine_for(shop, at_length=at_length)
    if at_length:
        given = request.config.getoption("--seed") or random.randrange(1_000_000)
        machine = seed(given)(machine)
        with capsys.disabled():
            print(f"\nthe sequences are those of --seed {given}")
    limits = settings(
        max_examples=LONG if at_length else SHORT, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck),
        derandomize=not at_length, database=None,
    )  # fmt: skip
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=limits)
