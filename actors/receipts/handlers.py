"""One function per command: load, decide, draw."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from actors.orders.contract import GET_ORDER, GetOrder, Order
from actors.receipts import contract, store
from actors.receipts.buyers import with_buyer
from actors.receipts.cashiers import cashier_of
from actors.receipts.contract import (
    Document,
    DrawPrint,
    GetLink,
    GetReceipt,
    GetTemplate,
    Printed,
    PrintReceipt,
    ReceiptLink,
    SetTemplate,
    ShowReceipt,
    Template,
)
from actors.receipts.layout import Wish
from actors.receipts.links import read_token, token_of
from actors.receipts.logos import NotALogo, kept_logo
from actors.receipts.rendering import TOOLS, draw_receipt, drawn
from actors.runtime.actor import Asked
from actors.runtime.settings import Settings
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work
from actors.runtime.workshop import WORKSHOP
from actors.stores.contract import GET_STORE, GetStore, Store

# --- templates --------------------------------------------------------------------------------------------


async def set_templates(asked: Sequence[Asked[SetTemplate]], work: Work) -> list[Template | Refusal]:
    """First all questions and all drawing, then the transaction."""
    shops = [await _store(work, one.body.store_id) for one in asked]
    logos = [await _logo(one.body.logo) for one in asked]
    outcomes: list[Template | Refusal] = []
    for one, shop, logo in zip(asked, shops, logos, strict=True):
        if isinstance(shop, Refusal):
            outcomes.append(shop)
        elif isinstance(logo, Refusal):
            outcomes.append(logo)
        else:
            outcomes.append(await store.save_template(work, one.body, logo))
    return outcomes


async def _logo(sent: str | None) -> str | Refusal | None:
    if sent is None:
        return None
    try:
        return await WORKSHOP.lacks(TOOLS["png"]) or await WORKSHOP.make(kept_logo, sent)
    except NotALogo as error:
        return contract.WRONG_LOGO.refuse(f"It cannot be printed: {error}.", FieldError(pointer="/logo", detail=str(error)))


async def get_templates(asked: Sequence[Asked[GetTemplate]], work: Work) -> list[Template | Refusal]:
    shops = [await _store(work, one.body.store_id) for one in asked]
    return [shop if isinstance(shop, Refusal) else await store.find_template(work, shop.id) for shop in shops]


async def _store(work: Work, id: UUID) -> Store | Refusal:
    found = await work.ask(GET_STORE, GetStore(id=id))
    return contract.NO_STORE.refuse(found.detail) if isinstance(found, Refusal) and found.kind == "not_found" else found


# --- receipts ---------------------------------------------------------------------------------------------


async def get_receipts(asked: Sequence[Asked[GetReceipt]], work: Work) -> list[Document | Refusal]:
    """Nothing that looks like an original, once there is one."""
    printed = await store.printed(work, [one.body.id for one in asked])
    return [await _receipt(one.body, one.body.copy or one.body.id in printed, work) for one in asked]


async def draw_prints(asked: Sequence[Asked[DrawPrint]], work: Work) -> list[Document | Refusal]:
    return [await _receipt(one.body, one.body.copy, work) for one in asked]


async def _receipt(wish: GetReceipt | DrawPrint, copy: bool, work: Work) -> Document | Refusal:
    link = public_url(work.settings, wish.id, wish.gift) if base_url(work.settings) else ""
    return await _draw(work, wish.id, wish.format, Wish(copy=copy, gift=wish.gift, link=link), wish)


async def _draw(work: Work, order_id: UUID, kind: str, wish: Wish, asked: GetReceipt | DrawPrint | None) -> Document | Refusal:
    order = await _order(work, order_id)
    if isinstance(order, Refusal):
        return order
    shop = await _store(work, order.store_id)
    if isinstance(shop, Refusal):
        return shop
    template = await store.find_template(work, shop.id)
    if asked is not None:
        template = replace(template, width=asked.width or template.width, language=asked.language or template.language)
    if wish.personal:
        order = await with_buyer(order, work)
    if template.show_cashier and wish.personal:
        wish = replace(wish, cashier=await cashier_of(order, work))
    return await drawn(kind, draw_receipt, order, shop, template, kind, wish)


async def _order(work: Work, id: UUID) -> Order | Refusal:
    found = await work.ask(GET_ORDER, GetOrder(id=id))
    return contract.NO_ORDER.refuse(found.detail) if isinstance(found, Refusal) and found.kind == "not_found" else found


async def show_receipts(asked: Sequence[Asked[ShowReceipt]], work: Work) -> list[Document | Refusal]:
    """Whoever has the link may see it: without the customer's name, and without a code that leads to itself."""
    outcomes: list[Document | Refusal] = []
    for one in asked:
        named = read_token(work.settings.secret_key, one.body.token)
        if named is None:
            outcomes.append(contract.NO_ORDER.refuse("There is no receipt at this link. It may have been copied in part."))
            continue
        outcomes.append(await _draw(work, named[0], "html", Wish(gift=named[1], personal=False), None))
    return outcomes


async def get_links(asked: Sequence[Asked[GetLink]], work: Work) -> list[ReceiptLink | Refusal]:
    orders = [await _order(work, one.body.id) for one in asked]
    return [
        order if isinstance(order, Refusal)
        else ReceiptLink(url=public_url(work.settings, order.id, False), gift_url=public_url(work.settings, order.id, True))
        for order in orders
    ]  # fmt: skip


def public_url(settings: Settings, order_id: UUID, gift: bool) -> str:
    return f"{base_url(settings)}/r/{token_of(settings.secret_key, order_id, gift)}"


def base_url(settings: Settings) -> str:
    """"" when nobody has said it, and it cannot be known: the edge takes any free port."""
    if settings.public_url or not settings.http_port:
        return settings.public_url.rstrip("/")
    host = f"[{settings.http_host}]" if ":" in settings.http_host else settings.http_host
    return f"http://{host}:{settings.http_port}"


# --- prints -----------------------------------------------------------------------------------------------


async def print_receipts(asked: Sequence[Asked[PrintReceipt]], work: Work) -> list[Printed | Refusal]:
    orders = {id: await _order(work, id) for id in dict.fromkeys(one.body.id for one in asked)}
    may: list[Order | Refusal] = [_printable(orders[one.body.id]) for one in asked]
    wanted: dict[UUID, int] = {}
    for order in may:
        if isinstance(order, Order):
            wanted[order.id] = wanted.get(order.id, 0) + 1
    printed = await store.count_prints(work, wanted)
    before = {id: printed[id] - count for id, count in wanted.items()}
    outcomes: list[Printed | Refusal] = []
    for one, order in zip(asked, may, strict=True):
        if isinstance(order, Refusal):
            outcomes.append(order)
            continue
        outcomes.append(Printed(order_id=order.id, copy=before[order.id], at=work.now, by=one.by))
        before[order.id] += 1
    return outcomes


def _printable(order: Order | Refusal) -> Order | Refusal:
    if isinstance(order, Order) and order.receipt_number is None:
        return contract.NOT_SOLD.refuse("The order is not completed: it has no receipt number yet. Complete it first.")
    return order
