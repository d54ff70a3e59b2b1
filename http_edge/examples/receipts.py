"""The receipt of the water: on paper, on a phone, and in the register's chain."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import UUID

from actors.orders import contract as orders
from actors.receipts import contract as receipts
from http_edge.examples.story import AT, BY, LATER, ORDER, REGISTER, STORE

_LINK = "https://toko-maju.example/r/"
_VOIDED = orders.VoidedReceipts(
    id=UUID("0198c0de-0000-7000-8000-0000000000f1"), register_id=REGISTER, first=38, last=39, reason="The roll was torn", by=BY, at=LATER
)
_TEXT = """\
           Toko Maju
     Jl. Melati 5, Jakarta
================================
No.                    K1-000042
Tanggal        31 Jan 2026 09:30
================================
Aqua 600 ml
  2 x 3.500                7.000
================================
TOTAL                   Rp 7.000
"""

TOLD: dict[str, Any] = {}
"""What an event carries, where the name of the event makes a difference."""

VALUES: tuple[Any, ...] = (
    receipts.SetTemplate(store_id=STORE, header=["NPWP 01.234.567.8-901.000"], footer=["Terima kasih!"], width="58"),
    receipts.Template(
        store_id=STORE, version=1, language="id", width="58", header=["NPWP 01.234.567.8-901.000"], footer=["Terima kasih!"], logo=None,
        show_address=True, show_taxes=True, show_qr=True, updated_at=AT,
    ),
    receipts.Document(content_type="text/plain; charset=utf-8", content=b64encode(_TEXT.encode()).decode(), filename="receipt-K1-000042.txt"),
    receipts.PrintReceipt(id=ORDER, language="id"), receipts.Printed(order_id=ORDER, copy=0, at=LATER, by=BY),
    receipts.ReceiptLink(
        url=_LINK + "cgGYwN4AAHAAgAAAAAAAAAUAZqtHVcWN5PdJ1Qk9", gift_url=_LINK + "ZwGYwN4AAHAAgAAAAAAAAAW1mQ4yv2X8kJ0c7Zt1"
    ),
    orders.VoidReceipts(register_id=REGISTER, first=38, last=39, reason="The roll was torn"), _VOIDED,
    receipts.CheckChain(register_id=REGISTER),
    receipts.ChainCheck(
        findings=[], receipts=40, links=42, behind=0, last=42, length=42, head="8f1c5e0b7a64d2930c1f5b7e9ad34086b2c7f4e1d05938a6cb12e4f7089d3a5c",
        voided=[_VOIDED],
    ),
)  # fmt: skip
