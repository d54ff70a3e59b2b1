"""What a person may not do alone: refused, until somebody who may has approved it; flagged, when it was done offline."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.catalog.contract import CREATE_PROMOTION, CreatePromotion, PromotionTerms
from actors.orders.approving import off_by_hand, unapproved_sale
from actors.orders.contract import (
    CANCEL_ORDER,
    CHANGE_ORDER,
    EXCHANGE_ORDER,
    MERGE_ORDERS,
    PLACE_ORDER,
    PLACE_ORDERS,
    PREVIEW_ORDER,
    REFUND_ORDER,
    REVIEW_ORDER,
    SPLIT_ORDER,
    CancelOrder,
    ChangeOrder,
    Customer,
    DiscountInput,
    ExchangeOrder,
    LineInput,
    MergeOrders,
    OfflineOrder,
    Order,
    OrderChanges,
    OverrideInput,
    PartInput,
    PlaceOrder,
    PlaceOrders,
    PreviewOrder,
    RefundOrder,
    ReturnInput,
    ReviewOrder,
    SplitOrder,
    TenderInput,
)
from actors.runtime.client import Refused
from actors.runtime.ids import now
from actors.runtime.words import Command, Money, Refusal, Rights
from tests.actors.orders.pricing_support import Shop as PricedShop
from tests.actors.orders.pricing_support import sell
from tests.actors.orders.shop import Shop, card, cash, open_shop
from tests.actors.orders.test_pricing import orders, shops, some
from tests.support import House, eventually, rupiah, some_id

CASHIER = Rights(discount_max="10", refund_max=500_000)
CHIEF = Rights(discount_max=None, refund_max=None, void=True, override=True, no_sale=True)


async def refused(house: House, command: Command[Any, Any], ask: Any, rights: Rights | None = CASHIER) -> tuple[str, str, list[str]]:
    with pytest.raises(Refused) as caught:
        await house.call(command, ask, rights=rights, by="cashier")
    refusal = caught.value.refusal
    assert refusal.kind == "forbidden"
    return refusal.code, refusal.detail, [error.pointer for error in refusal.errors]


def needs(approval: str, *pointers: str) -> tuple[str, str, list[str]]:
    return "orders.needs_approval", f"Needs approval: {approval}.", list(pointers)


def ask(shop: Shop, *lines: LineInput, tenders: Any = (), **more: Any) -> PlaceOrder:
    return PlaceOrder(register_id=shop.register.id, lines=list(lines) or [LineInput(sku=shop.sku)], tenders=list(tenders), **more)


# --- discounts and prices


async def test_a_discount_above_the_bound_needs_approval_in_percent_and_in_money(house: House) -> None:
    shop = await open_shop(house)
    percent = ask(shop, LineInput(sku=shop.sku, quantity=2, discounts=[DiscountInput(percent="11")]))
    money = ask(shop, LineInput(sku=shop.sku, quantity=2), discounts=[DiscountInput(amount=rupiah(800))])
    little = ask(shop, LineInput(sku=shop.sku, quantity=2), tenders=[cash(10_000)], discounts=[DiscountInput(amount=rupiah(700))])

    assert await refused(house, PLACE_ORDER, percent) == needs("discount", "/lines/0/discounts")
    assert await refused(house, PLACE_ORDER, money) == needs("discount", "/discounts")
    assert (await house.call(PLACE_ORDER, little, rights=CASHIER)).totals.discount == rupiah(700)
    assert (await house.call(PLACE_ORDER, money, rights=CHIEF, approved_by="chief")).totals.discount == rupiah(800)
    assert (await house.call(PLACE_ORDER, percent)).totals.discount == rupiah(770)


async def test_ten_percent_twice_is_more_than_ten(house: House) -> None:
    shop = await open_shop(house)
    tenth = [DiscountInput(percent="10")]

    stacked = ask(shop, LineInput(sku=shop.sku, discounts=tenth), discounts=tenth)

    assert await refused(house, PLACE_ORDER, stacked) == needs("discount", "/lines/0/discounts")
    assert (await house.call(PLACE_ORDER, stacked, rights=Rights(discount_max="19"))).totals.discount == rupiah(665)


async def test_another_price_is_told_with_the_lists_and_the_reason(house: House) -> None:
    shop = await open_shop(house)
    dented = OverrideInput(unit_price=rupiah(2_000), reason="Dented")
    sale = ask(shop, LineInput(sku=shop.sku, quantity=2, unit_price=rupiah(3_500), override=dented), tenders=[cash(4_000)])

    assert await refused(house, PLACE_ORDER, sale) == needs("override", "/lines/0/override")
    order = await house.call(PLACE_ORDER, sale, rights=CHIEF)

    line = order.lines[0]
    assert (line.unit_price, line.total, order.status) == (rupiah(2_000), rupiah(4_000), "completed")
    assert line.override is not None
    assert (line.override.list_price, line.override.reason) == (rupiah(3_500), "Dented")
    assert (line.trace[0].rule, line.trace[0].amount) == ("price:override", 200_000)


async def test_what_needs_two_approvals_names_both(house: House) -> None:
    shop = await open_shop(house)
    line = LineInput(sku=shop.sku, discounts=[DiscountInput(percent="50")], override=OverrideInput(unit_price=rupiah(1_000)))

    code, detail, pointers = await refused(house, PLACE_ORDER, ask(shop, line))

    assert (code, detail) == ("orders.needs_approval", "Needs approval: override, discount.")
    assert pointers == ["/lines/0/override", "/lines/0/discounts"]


async def test_what_was_approved_once_stays_when_the_order_changes(house: House) -> None:
    shop = await open_shop(house)
    line = LineInput(sku=shop.sku, quantity=2, discounts=[DiscountInput(percent="50")], override=OverrideInput(unit_price=rupiah(3_000)))
    order = await house.call(PLACE_ORDER, ask(shop, line), rights=CHIEF)

    async def change(order: Order, *lines: LineInput) -> Order:
        wish = ChangeOrder(id=order.id, if_version=order.version, changes=OrderChanges(lines=list(lines)))
        return await house.call(CHANGE_ORDER, wish, rights=CASHIER)

    kept = LineInput(number=1, quantity=2, discounts=line.discounts)
    order = await change(order, kept, LineInput(sku=shop.sku))
    assert [one.unit_price for one in order.lines] == [rupiah(3_000), rupiah(3_500)]
    assert [one.override is None for one in order.lines] == [False, True]
    more = ChangeOrder(
        id=order.id, if_version=order.version,
        changes=OrderChanges(lines=[LineInput(number=1, quantity=2, discounts=[DiscountInput(percent="60")]), LineInput(number=2)]),
    )  # fmt: skip
    assert await refused(house, CHANGE_ORDER, more) == needs("discount", "/lines/0/discounts")
    lower = ChangeOrder(
        id=order.id, if_version=order.version,
        changes=OrderChanges(lines=[LineInput(number=1, quantity=2, override=OverrideInput(unit_price=rupiah(1_000)))]),
    )  # fmt: skip
    assert await refused(house, CHANGE_ORDER, lower) == needs("override", "/lines/0/override")


async def test_what_was_approved_for_one_line_is_not_for_another_nor_for_more(house: House) -> None:
    shop = await open_shop(house)
    half = [DiscountInput(percent="50")]
    order = await house.call(PLACE_ORDER, ask(shop, LineInput(sku=shop.sku, discounts=half)), rights=CHIEF)
    cheap = await house.call(PLACE_ORDER, ask(shop, LineInput(sku=shop.sku, override=OverrideInput(unit_price=rupiah(1)))), rights=CHIEF)

    def change(order: Order, line: LineInput) -> ChangeOrder:
        return ChangeOrder(id=order.id, if_version=order.version, changes=OrderChanges(lines=[line]))

    other = LineInput(sku=shop.sku, discounts=[DiscountInput(percent="45")])
    more = LineInput(number=1, quantity=100, discounts=[DiscountInput(percent="45")])
    assert await refused(house, CHANGE_ORDER, change(order, other)) == needs("discount", "/lines/0/discounts")
    assert await refused(house, CHANGE_ORDER, change(order, more)) == needs("discount", "/lines/0/discounts")
    assert await refused(house, CHANGE_ORDER, change(cheap, LineInput(number=1, quantity=100))) == needs("override", "/lines/0/override")
    assert (await house.call(CHANGE_ORDER, change(order, LineInput(number=1, discounts=half)), rights=CASHIER)).totals.discount == rupiah(1_750)


async def test_small_discounts_do_not_become_a_large_one_by_merging(house: House) -> None:
    shop = await open_shop(house)

    async def tab(percent: str) -> Order:
        return await house.call(PLACE_ORDER, ask(shop, discounts=[DiscountInput(percent=percent)]), rights=CASHIER)

    one, other, same = await tab("10"), await tab("9"), await tab("10")

    def merge(other: Order) -> MergeOrders:
        return MergeOrders(id=one.id, if_version=one.version, other_id=other.id, other_version=other.version)

    assert await refused(house, MERGE_ORDERS, merge(other)) == needs("discount", "/discounts")
    assert (await house.call(MERGE_ORDERS, merge(same), rights=CASHIER)).totals.discount == rupiah(700)


async def test_a_small_discount_does_not_become_a_large_one_by_splitting(house: House) -> None:
    """Rp 1.050 of Rp 10.500; once each half gets the offer for itself, the same is 15 % of what the halves come to."""
    shop = await open_shop(house)
    terms = PromotionTerms(kind="amount", on="order", amount=rupiah(3_500), store_ids=[shop.store.id])
    await house.call(CREATE_PROMOTION, CreatePromotion(name="Opening", terms=terms))
    two = LineInput(sku=shop.sku, quantity=2)
    preview = PreviewOrder(register_id=shop.register.id, lines=[two])
    await eventually(lambda: _comes_to(house, preview, rupiah(3_500)))
    order = await house.call(PLACE_ORDER, ask(shop, two, two, discounts=[DiscountInput(amount=rupiah(1_050))]), rights=CASHIER)
    split = SplitOrder(id=order.id, if_version=order.version, lines=[PartInput(line=1, quantity=2)])

    assert await refused(house, SPLIT_ORDER, split) == needs("discount", "/discounts")
    done = await house.call(SPLIT_ORDER, split, rights=CHIEF)
    assert done.new is not None
    assert (done.order.totals.due, done.new.totals.due) == (rupiah(2_975), rupiah(2_975))


async def _comes_to(house: House, ask: PreviewOrder, due: Money) -> bool:
    return (await house.call(PREVIEW_ORDER, ask)).totals.due == due


async def test_what_was_approved_stays_when_the_bill_is_split(house: House) -> None:
    """Of 104 off ten pieces nine have 93.6, and get 94."""
    shop = await open_shop(house)
    odd = await house.add_product(price=101)
    off = [DiscountInput(amount=Money(amount=104, currency="IDR"))]
    ten = LineInput(sku=odd.variants[0].sku, quantity=10, discounts=off)
    order = await house.call(PLACE_ORDER, ask(shop, ten), rights=CHIEF)

    done = await house.call(SPLIT_ORDER, SplitOrder(id=order.id, if_version=1, lines=[PartInput(line=1, quantity=1)]), rights=CASHIER)

    assert done.order.totals.discount.amount == 94


async def test_what_has_been_paid_does_not_come_back_by_making_the_order_cheaper(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(cash(20_000), quantity=10)
    one = ChangeOrder(id=order.id, if_version=order.version, changes=OrderChanges(lines=[LineInput(number=1, quantity=1)]))

    assert await refused(house, CHANGE_ORDER, one) == needs("refund", "")
    assert (await house.call(CHANGE_ORDER, one, rights=CHIEF)).totals.change == rupiah(16_500)


async def test_who_sells_offline_does_not_take_the_flags_off(house: House) -> None:
    shop = await open_shop(house)
    free = [DiscountInput(percent="100")]
    sale = OfflineOrder(id=some_id(), register_id=shop.register.id, lines=[LineInput(sku=shop.sku, discounts=free)], tenders=[cash(0)], sold_at=now())
    await house.call(PLACE_ORDERS, PlaceOrders(orders=[sale]), rights=CASHIER)

    assert await refused(house, REVIEW_ORDER, ReviewOrder(id=sale.id)) == needs("override", "")
    assert (await house.call(REVIEW_ORDER, ReviewOrder(id=sale.id), rights=CHIEF)).flags == []


async def test_what_was_given_offline_is_flagged_and_never_refused(house: House) -> None:
    shop = await open_shop(house)

    def sale(**line: Any) -> OfflineOrder:
        return OfflineOrder(
            id=some_id(), register_id=shop.register.id, lines=[LineInput(sku=shop.sku, **line)], tenders=[cash(3_500)], sold_at=now()
        )

    batch = PlaceOrders(orders=[sale(), sale(discounts=[DiscountInput(percent="40")]), sale(override=OverrideInput(unit_price=rupiah(1)))])
    told = await house.call(PLACE_ORDERS, batch, rights=CASHIER)

    assert [one.order.flags if one.order else one.problem for one in told.items] == [[], ["unapproved"], ["unapproved"]]


async def test_a_total_below_what_the_lines_come_to_is_taken_off_by_hand(house: House) -> None:
    """Alone, and together with what the line says; a unit or two may come from rounding. Offline or not, who has no bounds has none."""
    shop = await open_shop(house)

    def sale(total: Money, percent: str = "0") -> OfflineOrder:
        line = LineInput(sku=shop.sku, discounts=[DiscountInput(percent=percent)] if percent != "0" else [])
        paid = [TenderInput(type="card", amount=total)] if total.amount else []
        return OfflineOrder(id=some_id(), register_id=shop.register.id, lines=[line], total=total, tenders=paid, sold_at=now())

    async def flags(*sales: OfflineOrder, rights: Rights | None = CASHIER) -> list[Any]:
        told = await house.call(PLACE_ORDERS, PlaceOrders(orders=list(sales)), rights=rights)
        return [one.order.flags if one.order else one.problem for one in told.items]

    free, half, a_tenth, two_units, more = rupiah(0), rupiah(1_750), rupiah(3_150), Money(amount=349_998, currency="IDR"), rupiah(5_000)
    assert CASHIER.discount_max == "10"
    assert await flags(sale(free), sale(half)) == [["total_differs", "unapproved"]] * 2
    assert await flags(sale(a_tenth), sale(two_units), sale(more)) == [["total_differs"]] * 3
    assert await flags(sale(rupiah(2_975), "6")) == [["total_differs", "unapproved"]]  # 6 % of the line, and a tenth of the rest
    assert await flags(sale(rupiah(3_290), "6")) == [[]]
    assert await flags(sale(free), rights=CHIEF) == [["total_differs"]]
    assert await flags(sale(free), rights=None) == [["total_differs"]]


async def test_a_price_below_the_one_that_was_found_is_taken_off_by_hand(house: House) -> None:
    """As by a register whose list is old; but for that nobody may sell for nothing. Who may give other prices may."""
    shop = await open_shop(house)

    def sale(price: int, quantity: int = 1, **more: Any) -> OfflineOrder:
        lines = [LineInput(sku=shop.sku, quantity=quantity, unit_price=rupiah(price), **more)]
        return OfflineOrder(id=some_id(), register_id=shop.register.id, lines=lines, tenders=[card(quantity * price)][: price], sold_at=now())

    async def flags(*sales: OfflineOrder, rights: Rights | None = CASHIER) -> list[Any]:
        told = await house.call(PLACE_ORDERS, PlaceOrders(orders=list(sales)), rights=rights)
        return [one.order.flags if one.order else one.problem for one in told.items]

    assert await flags(sale(0), sale(3_000, 7)) == [["price_differs", "unapproved"]] * 2
    assert await flags(sale(3_150, 7), sale(5_000)) == [["price_differs"]] * 2
    assert await flags(sale(3_500)) == [[]]
    assert await flags(sale(0), rights=CHIEF) == [["price_differs"]]
    assert await flags(sale(0), rights=Rights(discount_max="10", override=True)) == [["price_differs"]]
    assert await flags(sale(0), rights=None) == [["price_differs"]]


async def test_the_price_of_a_scales_label_can_be_overridden_by_the_kilo(house: House) -> None:
    """The label says what it costs at the list's price: so much it weighs, and so much it costs at the other one."""
    shop = await open_shop(house)
    goods = await house.add_product("Apples", price=2_000_000, unit="kg")
    sale = ask(shop, LineInput(sku=goods.variants[0].sku, quantity="0.500", override=OverrideInput(unit_price=rupiah(10_000))))

    assert (await house.call(PLACE_ORDER, sale)).totals.total == rupiah(5_000)


async def test_a_price_in_another_currency_is_none(house: House) -> None:
    shop = await open_shop(house)
    euros = OverrideInput(unit_price=Money(amount=100, currency="EUR"))

    with pytest.raises(Refused) as caught:
        await house.call(PLACE_ORDER, ask(shop, LineInput(sku=shop.sku, override=euros)))

    assert (caught.value.refusal.code, caught.value.refusal.errors[0].pointer) == (
        "orders.wrong_currency", "/lines/0/override/unit_price/currency",
    )  # fmt: skip


async def test_nobody_makes_a_sale_cheaper_by_what_they_say_of_the_customer(house: House) -> None:
    shop = await open_shop(house)
    exempt, told = Customer(name="Me", tax_exempt=True), Customer(name="Me")
    order = await house.call(PLACE_ORDER, ask(shop, customer=told), rights=CASHIER)
    change = ChangeOrder(id=order.id, if_version=order.version, changes=OrderChanges(customer=exempt))

    assert await refused(house, PLACE_ORDER, ask(shop, customer=exempt)) == needs("override", "/customer")
    assert await refused(house, PLACE_ORDER, ask(shop, customer=Customer(group="staff"))) == needs("override", "/customer")
    assert await refused(house, CHANGE_ORDER, change) == needs("override", "/customer")
    assert (await house.call(PLACE_ORDER, ask(shop, customer=exempt), rights=CHIEF)).customer == exempt


# --- voids and refunds


async def test_what_is_paid_is_called_off_with_approval_and_what_is_not_without(house: House) -> None:
    shop = await open_shop(house)
    paid, part, unpaid = await shop.place(cash(7_000)), await shop.place(cash(1_000)), await shop.place()

    for order in (paid, part):
        assert await refused(house, CANCEL_ORDER, CancelOrder(id=order.id, reason="Wrong")) == needs("void", "")
    assert (await house.call(CANCEL_ORDER, CancelOrder(id=unpaid.id, reason="Left"), rights=CASHIER)).status == "cancelled"
    assert (await house.call(CANCEL_ORDER, CancelOrder(id=paid.id, reason="Wrong"), rights=CHIEF)).payment == "refunded"
    # Asked again, the answer is the order as it is: nothing is done that anybody must approve.
    assert (await house.call(CANCEL_ORDER, CancelOrder(id=paid.id, reason="Wrong"), rights=CASHIER)).status == "cancelled"


async def test_a_large_refund_needs_approval_and_does_not_become_small_in_parts(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(card(10_500), quantity=3)
    half = RefundOrder(id=order.id, amount=rupiah(5_000))

    assert await refused(house, REFUND_ORDER, RefundOrder(id=order.id, amount=rupiah(5_001))) == needs("refund", "")
    await house.call(REFUND_ORDER, half, rights=CASHIER)
    assert await refused(house, REFUND_ORDER, half) == needs("refund", "")
    assert (await house.call(REFUND_ORDER, half, rights=CHIEF)).totals.refunded == rupiah(10_000)


async def test_a_refund_is_as_large_as_what_is_given_back_however_little_of_it_is_paid_in_cash(house: House) -> None:
    """A thing for Rp 49.99, where cash is rounded to Rp 100: nothing is paid for one of them."""
    shop = await open_shop(house, price=4_999)
    order = await shop.place(cash(1_000), quantity=10)
    one = RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)])

    assert await refused(house, REFUND_ORDER, one, Rights(refund_max=0)) == needs("refund", "")
    assert await refused(house, REFUND_ORDER, one, Rights(refund_max=4_998)) == needs("refund", "")
    after = await house.call(REFUND_ORDER, one, rights=Rights(refund_max=4_999))
    assert (after.refunds[0].tenders, after.totals.refunded.amount) == ([], 0)
    assert await refused(house, REFUND_ORDER, one, Rights(refund_max=9_997)) == needs("refund", "")
    both = await house.call(REFUND_ORDER, one, rights=Rights(refund_max=9_998))
    assert (both.refunds[1].tenders[0].amount, both.totals.refunded) == (rupiah(100), rupiah(100))


async def test_an_exchange_is_a_refund_only_by_what_goes_back(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(card(14_000), quantity=4)

    def exchange(quantity: int) -> ExchangeOrder:
        return ExchangeOrder(id=order.id, returns=[ReturnInput(line=1, quantity=quantity)], order=ask(shop))

    assert await refused(house, EXCHANGE_ORDER, exchange(3)) == needs("refund", "")
    assert (await house.call(EXCHANGE_ORDER, exchange(2), rights=CASHIER)).order.status == "completed"


# --- the rule


@some
@given(shops(), orders(), st.decimals("0.01", 100, places=2))
def test_who_may_take_off_so_much_of_everything_may_take_off_less(shop: PricedShop, body: dict[str, Any], percent: Any) -> None:
    """Whatever else is on the lines: one discount of so much percent, on the order, is never more than that by more than a rounding."""
    lines = [{**line, "discounts": []} for line in body["lines"]]
    sold = sell(shop, msgspec.convert({**body, "lines": lines, "discounts": [{"percent": str(percent)}]}, PlaceOrder))
    if isinstance(sold, Refusal):
        return
    told = sold.priced.lines
    assert unapproved_sale(Rights(discount_max=str(percent)), told) is None
    assert unapproved_sale(None, told) is None
    assert all(0 <= off_by_hand(line) <= 1 for line in told)
