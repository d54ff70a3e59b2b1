"""The water is paid for with a phone, and with a gift card."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from actors.payments import contract as payments
from http_edge.examples.story import ACCOUNT, AT, BY, CUSTOMER, INTENT, LATER, MOVEMENT, ORDER, STORE, rp, signed

_STATIC = (
    "00020101021126690017ID.CO.EXAMPLE.WWW011893600915000000000102150000000000100010303UMI51440014ID.CO.QRIS.WWW021"
    "5ID10200000000010303UMI5204541153033605802ID5909TOKO MAJU6007JAKARTA61051011063040630"
)
_DYNAMIC = (
    "00020101021226690017ID.CO.EXAMPLE.WWW011893600915000000000102150000000000100010303UMI51440014ID.CO.QRIS.WWW021"
    "5ID10200000000010303UMI52045411530336054077000.005802ID5909TOKO MAJU6007JAKARTA6105101106304D7E6"
)
_PIXEL = b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010100000000376ef9240000000a49444154789c6360000000020001e527d4a20000000049454e44ae426082"
    )
).decode()

_intent = payments.Intent(
    id=INTENT, version=1, order_id=ORDER, method="qris", state="pending", amount=rp(700000), reference="", refunded=rp(0), refund_due=rp(0),
    tender_type="qris", expires_at=LATER, created_at=AT, updated_at=AT, qr=payments.Qr(payload=_DYNAMIC),
)
_card = payments.Account(
    id=ACCOUNT, version=1, kind="gift_card", balance=rp(10000000), held=rp(0), available=rp(10000000), active=True, hint="7Q2M", note="",
    created_at=AT, updated_at=AT, expires_at=datetime(2027, 1, 31, tzinfo=UTC),
)
_new_card = payments.NewGiftCard(
    id=ACCOUNT, version=1, kind="gift_card", balance=rp(10000000), held=rp(0), available=rp(10000000), active=True, hint="7Q2M", note="",
    created_at=AT, updated_at=AT, expires_at=datetime(2027, 1, 31, tzinfo=UTC), code="KX4F-92TB-H3WA-7Q2M",
)
_entry = payments.Entry(
    id=MOVEMENT, account_id=ACCOUNT, kind="issue", amount=signed(10000000), held=signed(0), balance=rp(10000000), at=AT, by=BY, note=""
)

TOLD: dict[str, Any] = {
    "payment.approved": replace(_intent, version=2, state="approved", reference="QR-7781", updated_at=LATER),
    "payment.failed": replace(_intent, version=2, state="expired", failure="Nobody paid in time", updated_at=LATER),
    "payment.refunded": replace(_intent, version=3, state="approved", refunded=rp(350000), refund_due=rp(350000), updated_at=LATER),
    "account.updated": replace(_card, version=2, balance=rp(9300000), available=rp(9300000), updated_at=LATER),
}
"""What an event carries, where the name of the event makes a difference."""

VALUES: tuple[Any, ...] = (
    payments.CreateIntent(order_id=ORDER, method="qris", amount=rp(700000)),
    payments.ConfirmIntent(id=INTENT, reference="QR-7781"), payments.CancelIntent(id=INTENT, reason="Pays cash instead"),
    _intent, payments.IntentPage(items=[_intent]), payments.QrPicture(content_type="image/png", content=_PIXEL),
    payments.Taken(outcome="taken"),
    payments.SetMerchant(store_id=STORE, qris=_STATIC),
    payments.Merchant(store_id=STORE, qris=_STATIC, merchant_name="TOKO MAJU", merchant_city="JAKARTA", version=1, updated_at=AT),
    payments.IssueGiftCard(amount=rp(10000000), expires_at=datetime(2027, 1, 31, tzinfo=UTC)), _new_card,
    payments.FindGiftCard(code="KX4F-92TB-H3WA-7Q2M"),
    payments.OpenStoreCredit(amount=rp(350000), customer_id=CUSTOMER, note="For a broken bottle"),
    payments.TopUp(id=ACCOUNT, amount=rp(5000000)), payments.AccountChanges(active=False, note="Reported as lost"),
    _card, payments.AccountPage(items=[_card]), payments.EntryPage(items=[_entry]),
    payments.PaymentsCheck(findings=[], accounts=1, intents=1, unsettled=0),
)
