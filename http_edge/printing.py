"""A print of a receipt: counted first, under its Idempotency-Key, and drawn then. Sent again, it is the same print: the original stays it.

What is kept under the key is which print it is, not the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from actors.receipts.contract import DRAW_PRINT, PRINT_RECEIPT, Document, DrawPrint, Printed, PrintReceipt
from actors.runtime.client import Client, Reply
from actors.runtime.envelopes import decoder

if TYPE_CHECKING:
    from http_edge.auth import Key


async def print_receipt(client: Client, request: PrintReceipt, asker: Key | None, *, key: str | None = None, **context: Any) -> Reply:
    counted = await client.ask(PRINT_RECEIPT, request, key=key, **context)
    if counted.refusal is not None or request.format is None:
        return counted
    printed = decoder(Printed).decode(counted.body)
    wish = DrawPrint(
        id=request.id, format=request.format, copy=printed.copy > 0, width=request.width, language=request.language, gift=request.gift,
    )  # fmt: skip
    drawn = await client.ask(DRAW_PRINT, wish, **context)
    if drawn.refusal is not None:
        return drawn
    file = decoder(Document).decode(drawn.body)
    return Reply(msgspec.json.encode(msgspec.structs.replace(printed, file=file)), replayed=counted.replayed)
