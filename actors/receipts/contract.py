"""What `receipts` answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from actors.orders.contract import VoidedReceipts
from actors.runtime.words import Command, Cursor, Input, Reason, Value

# --- vocabulary ------------------------------------------------------------------------------------------

Language = Annotated[Literal["id", "en"], Meta(description="Indonesian or English.")]
Width = Annotated[Literal["58", "80"], Meta(description="Of the paper, in mm: 32 or 48 characters a line.")]
ReceiptFormat = Annotated[
    Literal["text", "escpos", "html", "pdf", "png"], Meta(description="escpos: bytes for a thermal printer; they go to it as they are.")
]
PrintedLine = Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1F\x7F]*$(?!\n)")]
PrintedLines = Annotated[list[PrintedLine], Meta(max_length=12)]
Logo = Annotated[
    str,
    Meta(
        max_length=200_000, pattern=r"^iVBORw0KGgo[A-Za-z0-9+/]*={0,2}$(?!\n)",
        description="A PNG in base64, at most 2,000 x 2,000 pixels. It is printed in black and white, up to the width of the paper.",
    ),
]
LOGO_SIDE_MAX = 2_000

# --- what is asked for --------------------------------------------------------------------------------------


class SetTemplate(Input):
    """How a store's receipts look, as a whole: what is left out goes back to its default.

    `header`      below the store's name and address: tax number, telephone
    `footer`      at the end
    `show_taxes`  the taxes that the prices include, each with its amount; taxes on top of prices are always shown
    `show_qr`     the QR code of the public page that shows the receipt
    `show_cashier`  the name of who sold it, as it was then; not on the public page
    """

    store_id: UUID
    language: Language = "id"
    width: Width = "80"
    header: PrintedLines = []
    footer: PrintedLines = []
    logo: Logo | None = None
    show_address: bool = True
    show_taxes: bool = True
    show_qr: bool = True
    show_cashier: bool = True


class GetTemplate(Input):
    store_id: UUID


class GetReceipt(Input):
    """To look at. `width` and `language`: the template's when missing. `gift` leaves all amounts out.

    Once it has been printed all else is marked as a copy; `copy` marks it before that, too.
    """

    id: UUID
    format: ReceiptFormat = "text"
    width: Width | None = None
    language: Language | None = None
    copy: bool = False
    gift: bool = False


class PrintReceipt(Input):
    """Counts a print, and with a `format` answers it: the first is the original, each one after it is marked as a copy.

    The others as for looking at it. Without a `format` the answer only says which print it is: for what is drawn on the device.
    """

    id: UUID
    format: ReceiptFormat | None = None
    width: Width | None = None
    language: Language | None = None
    gift: bool = False


class DrawPrint(Input):
    """A print that has been counted. `copy`: whether it was not the first."""

    id: UUID
    format: ReceiptFormat
    copy: bool
    width: Width | None = None
    language: Language | None = None
    gift: bool = False


class GetLink(Input):
    id: UUID


class ShowReceipt(Input):
    token: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]


class GetLabels(Input):
    """`kind` "shelf": for the edge of a shelf, the price in front; "product": to stick on the goods.

    `store_id`: the price is what it costs in this store; without, what it costs where nothing else is said.
    `copies`: of each label.
    """

    variant_ids: Annotated[list[UUID], Meta(min_length=1, max_length=100)]
    store_id: UUID | None = None
    kind: Literal["shelf", "product"] = "shelf"
    format: Literal["pdf", "png", "escpos"] = "pdf"
    language: Language = "id"
    copies: Annotated[int, Meta(ge=1, le=20)] = 1


class CheckChain(Input):
    """Page by page, in the order of the receipts' numbers.

    `length` and `head`: of an earlier check, both or none. It is looked whether the chain still goes on from there.
    """

    register_id: UUID
    cursor: Cursor | None = None
    length: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    head: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")] | None = None


# --- what is told -----------------------------------------------------------------------------------------


class Template(Value):
    """`version` 0: the store has none of its own yet, and this is how its receipts look without."""

    store_id: UUID
    version: int
    language: Language
    width: Width
    header: list[str]
    footer: list[str]
    logo: str | None
    show_address: bool
    show_taxes: bool
    show_qr: bool
    show_cashier: bool = True
    updated_at: datetime | None = None


class Document(Value):
    """`content` is base64. `filename`: what a browser saves it as."""

    content_type: str
    content: str
    filename: str = ""


class Printed(Value, omit_defaults=True):
    """One print: `copy` 0 is the original, n the nth copy. `file`: what goes to the printer; its bytes are the answer then."""

    order_id: UUID
    copy: int
    at: datetime
    by: str
    file: Document | None = None


class ReceiptLink(Value):
    """Where anybody who has the link sees the receipt; `gift_url`, without the amounts. Both stay the same for ever."""

    url: str
    gift_url: str


Flaw = Literal["removed", "changed", "missing", "unlinked", "broken"]


class ChainFinding(Value, omit_defaults=True):
    """One receipt, or one link, that is not as it was.

    `what` "removed"   the chain has it, and `orders` does not know it any more
           "changed"   the order does not say what it said when its link was made
           "missing"   the register's numbers have a gap here: neither an order nor a link has it
           "unlinked"  the order is there, and its link is not
           "broken"    the link does not fit to the one before it: one of the two was changed, or one between them was removed
    `refund`: the number of the order's refund, when it is the link of a refund; -1 when it is about numbers that were made void.
    """

    what: Flaw
    detail: str
    number: int | None = None
    order_id: UUID | None = None
    refund: int = 0


class ChainCheck(Value):
    """A page. No `findings` on any page: no receipt was removed or changed. `next_cursor`: null on the last one.

    `receipts`, `links`: how many of each this page has looked at. `behind`: receipts that are not linked yet, because the chain
    has not come there; they are not judged. `last`: the register's newest number. `length` and `head`: of the whole chain; written
    down, they show later that it goes on from there. `voided`: numbers of this page that somebody has said belong to no sale.
    """

    findings: list[ChainFinding]
    receipts: int
    links: int
    behind: int
    last: int
    length: int
    head: str
    next_cursor: str | None = None
    voided: list[VoidedReceipts] = []


# --- refusals ---------------------------------------------------------------------------------------------

NO_ORDER = Reason("receipts.not_found", "not_found", "No such receipt", "Check the id of the order, or the link: it may be incomplete.")
NO_STORE = Reason("receipts.no_such_store", "not_found", "No such store", "Use the id of a store; `GET /v1/stores` lists them.")
NO_REGISTER = Reason("receipts.no_such_register", "not_found", "No such register", "Use the id of a register; `GET /v1/registers` lists them.")
NO_VARIANT = Reason(
    "receipts.no_such_variant", "invalid", "No such variant", "`detail` names the ids that are not in the catalog. Leave them out."
)
WRONG_LOGO = Reason("receipts.wrong_logo", "invalid", "Not a logo that can be printed", "Give a PNG of at most 2,000 x 2,000 pixels, in base64.")
NOT_SOLD = Reason("receipts.not_sold", "conflict", "No receipt yet", "Print it when the order is completed; until then `GET` shows the bill.")
INVALID = Reason("receipts.invalid", "invalid", "Not a possible request", "Correct the fields that `errors` names.")

# --- commands ---------------------------------------------------------------------------------------------

SET_TEMPLATE = Command(
    "receipts.set_template", SetTemplate, Template, "Say how a store's receipts look", keyed=True, reasons=(NO_STORE, WRONG_LOGO)
)
GET_TEMPLATE = Command("receipts.get_template", GetTemplate, Template, "Get a store's receipt template", reasons=(NO_STORE,))
GET_RECEIPT = Command("receipts.get", GetReceipt, Document, "A receipt, to look at", reasons=(NO_ORDER,))
PRINT_RECEIPT = Command(
    "receipts.print", PrintReceipt, Printed, "Print a receipt: the first is the original, each later one is marked as a copy", keyed=True,
    reasons=(NO_ORDER, NOT_SOLD),
)
DRAW_PRINT = Command("receipts.draw", DrawPrint, Document, "A print that has been counted, as it goes to the printer", reasons=(NO_ORDER,))
GET_LINK = Command("receipts.link", GetLink, ReceiptLink, "Get the public link of a receipt", reasons=(NO_ORDER,))
SHOW_RECEIPT = Command("receipts.show", ShowReceipt, Document, "The public page of a receipt", reasons=(NO_ORDER,))
GET_LABELS = Command("receipts.labels", GetLabels, Document, "Labels with price and barcode", reasons=(NO_VARIANT, NO_STORE, INVALID))
CHECK_CHAIN = Command(
    "receipts.check_chain", CheckChain, ChainCheck, "Prove that none of a register's receipts was removed or changed",
    reasons=(NO_REGISTER, INVALID),
)
