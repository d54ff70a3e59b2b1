"""Sari Wijaya is a member, buys on account, and has earned points."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from msgspec.structs import replace

from actors.customers import contract as customers
from http_edge.examples.story import AT, BY, CUSTOMER, EVENT, INTENT, LATER, MOVEMENT, ORDER, STORE, an_id, rp, signed

_OTHER = an_id(40)
_profile = customers.Profile(
    id=CUSTOMER, version=1, code="C4F92TB7Q", name="Sari Wijaya", phone="6281234567890", email="sari@example.com", group="member",
    tax_exempt=False, birthday=date(1990, 4, 21), note="", consent={"newsletter": True}, custom={}, created_at=AT, updated_at=AT,
)
_group = customers.CustomerGroup(code="member", version=1, name="Members", tax_exempt=False, points_factor="1.5", created_at=AT, updated_at=AT)
_credit = customers.CreditAccount(
    customer_id=CUSTOMER, version=2, limit=rp(50000000), balance=signed(700000), available=rp(49300000), opened_at=AT, updated_at=LATER
)
_charge = customers.CreditEntry(
    id=MOVEMENT, customer_id=CUSTOMER, kind="charge", amount=signed(700000), balance=signed(700000), at=LATER, by="", order_id=ORDER,
    intent_id=INTENT,
)
_program = customers.PointsProgram(
    currency="IDR", version=1, earn_points=1, earn_per=rp(1000000), point_value=rp(10000), minimum=rp(0), excluded_categories=["tobacco"],
    count_points=False, expire_months=12, active=True, begins_at=AT, updated_at=AT,
)
_expires = datetime(2027, 1, 31, 2, 30, tzinfo=UTC)
_points = customers.PointsAccount(
    customer_id=CUSTOMER, balance=120, worth=[customers.PointsWorth(points=120, amount=rp(1200000))],
    expiring=[customers.PointsExpiring(at=_expires, points=120)],
)
_entry = customers.PointsEntry(id=EVENT, customer_id=CUSTOMER, kind="earned", points=3, balance=120, at=LATER, by="", order_id=ORDER)
_told = customers.CustomerTold(id=CUSTOMER, version=1, group="member", tax_exempt=False, changed=[], by=BY)
_order = customers.OrderSummary(id=ORDER, store_id=STORE, receipt="K1-000042", sold_at=AT, status="completed", total=rp(700000))

TOLD: dict[str, Any] = {
    "customer.updated": replace(_told, version=2, changed=["phone"]),
    "customer.merged": replace(_told, id=_OTHER, version=2, changed=["merged_into"], merged_into=CUSTOMER),
    "customer.erased": replace(_told, version=3, group=None),
}
"""What an event carries, where the name of the event makes a difference."""

VALUES: tuple[Any, ...] = (
    customers.CreateCustomer(name="Sari Wijaya", phone="0812-3456-7890", email="sari@example.com", group="member", consent={"newsletter": True}),
    customers.CustomerChanges(phone="0812-1111-2222"), customers.MergeCustomers(id=CUSTOMER, other_id=_OTHER, note="Same phone"),
    customers.EraseCustomer(id=CUSTOMER, reason="Asked for it in writing"),
    _profile, customers.ProfilePage(items=[_profile]),
    customers.CustomerExport(
        records=[_profile], credit=_credit, points=120, credit_entries=[_charge], points_entries=[_entry], orders=[_order]
    ),
    customers.SetCredit(id=CUSTOMER, limit=rp(50000000)), customers.PayCredit(id=CUSTOMER, amount=rp(700000), reference="Transfer 31 January"),
    _credit, customers.CreditStatement(customer_id=CUSTOMER, opening=signed(0), closing=signed(700000), items=[_charge]),
    customers.AdjustPoints(id=CUSTOMER, points=100, reason="Welcome", expires_at=_expires), _points, customers.PointsEntryPage(items=[_entry]),
    customers.CreateGroup(code="member", name="Members", points_factor="1.5"), customers.GroupChanges(points_factor="2"), _group,
    customers.CustomerGroupPage(items=[_group]),
    customers.SetProgram(
        currency="IDR", earn_points=1, earn_per=rp(1000000), point_value=rp(10000), excluded_categories=["tobacco"], expire_months=12
    ),
    _program, customers.PointsProgramList(items=[_program]),
    customers.CustomersCheck(
        findings=[], customers=2, orders=1, charges=1,
        totals=[customers.CreditTotal(
            currency="IDR", charged=700000, returned=0, paid=0, owed=700000, points_paid=0, points_returned=0
        )],
    ),
    _told,
    customers.CreditTold(customer_id=CUSTOMER, version=2, limit=rp(50000000), balance=signed(700000), entry=_charge),
    customers.PointsTold(customer_id=CUSTOMER, balance=120, change=3, entries=[_entry]),
)
