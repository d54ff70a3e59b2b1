"""One function per command: a batch of questions in, an answer to each out. How payments begin is in `beginning.py`."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from actors.payments import qris, rules, store
from actors.payments.contract import (
    BAD_SIGNATURE,
    INVALID,
    NO_PROVIDER,
    NOT_FOUND,
    UNKNOWN_STORE,
    WRONG_QRIS,
    WRONG_STATE,
    CancelIntent,
    ConfirmIntent,
    GetIntent,
    GetMerchant,
    GetQr,
    Intent,
    IntentPage,
    ListIntents,
    Merchant,
    QrPicture,
    SetMerchant,
    TakeCallback,
    Taken,
)
from actors.payments.drawing import draw_code
from actors.payments.providers import Report
from actors.payments.rules import Kept
from actors.payments.signing import BadSignature
from actors.runtime.actor import Asked
from actors.runtime.cursors import write_cursor, wrong_cursor
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work
from actors.runtime.workshop import WORKSHOP
from actors.stores.contract import GET_STORE, GetStore, Store
from actors.stores.contract import NOT_FOUND as NO_STORE

# --- intents ------------------------------------------------------------------------------------------------


async def confirm_intents(asked: Sequence[Asked[ConfirmIntent]], work: Work) -> list[Intent | Refusal]:
    books = await store.take_books(work, [one.body.id for one in asked])
    outcomes: list[Intent | Refusal] = []
    for one in asked:
        kept = books.intents.get(one.body.id)
        outcomes.append(
            _no_intent(one.body.id) if kept is None
            else _no_confirmation(kept) or books.put(rules.approve(kept, work.now, one.body.reference), one.by).intent
        )  # fmt: skip
    store.save_books(work, books)
    return outcomes


def _no_confirmation(kept: Kept) -> Refusal | None:
    """Only what no provider reports is confirmed by a person."""
    if kept.intent.qr is None or kept.intent.provider is not None:
        return WRONG_STATE.refuse("Only a QRIS payment from the merchant's static code is confirmed by hand.")
    if kept.intent.state in ("pending", "approved"):
        return None
    detail = f"It is {kept.intent.state}. If the money has come all the same, begin a manual payment with its reference, or hand it back."
    return WRONG_STATE.refuse(detail)


async def cancel_intents(asked: Sequence[Asked[CancelIntent]], work: Work) -> list[Intent | Refusal]:
    books = await store.take_books(work, [one.body.id for one in asked])
    outcomes: list[Intent | Refusal] = []
    for one in asked:
        kept = books.intents.get(one.body.id)
        if kept is None:
            outcomes.append(_no_intent(one.body.id))
        elif kept.intent.state in rules.FAILED or kept.intent.state == "pending":
            outcomes.append(books.put(rules.fail(kept, "cancelled", work.now, one.body.reason), one.by).intent)
        else:
            detail = f"It is {kept.intent.state}: its order has it, or is about to. Cancel or refund the order; the money goes back by itself."
            outcomes.append(WRONG_STATE.refuse(detail))
    store.save_books(work, books)
    return outcomes


async def get_intents(asked: Sequence[Asked[GetIntent]], work: Work) -> list[Intent | Refusal]:
    found = await store.find_intents(work, [one.body.id for one in asked])
    return [found.get(one.body.id) or _no_intent(one.body.id) for one in asked]


async def list_intents(asked: Sequence[Asked[ListIntents]], work: Work) -> list[IntentPage | Refusal]:
    return [await _page(one.body, work) for one in asked]


async def _page(asked: ListIntents, work: Work) -> IntentPage | Refusal:
    try:
        found = await store.list_intents(work, asked)
    except ValueError:
        return wrong_cursor(INVALID)
    items = found[: asked.limit]
    more = len(found) > asked.limit
    return IntentPage(items=items, next_cursor=write_cursor(items[-1].created_at.isoformat(), str(items[-1].id)) if more else None)


def _no_intent(id: object) -> Refusal:
    return NOT_FOUND.refuse(f"There is no payment {id}.")


# --- QR codes -----------------------------------------------------------------------------------------------


async def draw_codes(asked: Sequence[Asked[GetQr]], work: Work) -> list[QrPicture | Refusal]:
    found = await store.find_intents(work, [one.body.id for one in asked])
    outcomes: list[QrPicture | Refusal] = []
    for one in asked:
        intent = found.get(one.body.id)
        if intent is None:
            outcomes.append(_no_intent(one.body.id))
        elif intent.qr is None:
            outcomes.append(NOT_FOUND.refuse("This payment has no code, or none yet: a provider makes it within moments. Ask again."))
        else:
            outcomes.append(await _draw(intent.qr.payload, one.body.format))
    return outcomes


async def _draw(payload: str, kind: Literal["png", "svg"]) -> QrPicture:
    """Ten to fifteen milliseconds of computing: in a thread it makes whoever sells in this process wait for nearly as long."""
    content_type = "image/png" if kind == "png" else "image/svg+xml"
    return QrPicture(content_type=content_type, content=await WORKSHOP.make(draw_code, payload, kind))


# --- merchants ----------------------------------------------------------------------------------------------


async def set_merchants(asked: Sequence[Asked[SetMerchant]], work: Work) -> list[Merchant | Refusal]:
    stores = {id: await _ask_store(work, id) for id in sorted({one.body.store_id for one in asked})}
    outcomes: list[Merchant | Refusal] = []
    for one in asked:
        shop = stores[one.body.store_id]
        outcomes.append(_no_store(shop) if isinstance(shop, Refusal) else await _set_merchant(one.body, work))
    return outcomes


async def _ask_store(work: Work, id: UUID) -> Store | Refusal:
    return await work.ask(GET_STORE, GetStore(id=id))


async def _set_merchant(asked: SetMerchant, work: Work) -> Merchant | Refusal:
    try:
        name, city = qris.merchant_of(qris.parse_static(asked.qris))
    except qris.NotQris as error:
        return WRONG_QRIS.refuse(f"It cannot be used: {error}.", FieldError(pointer="/qris", detail=str(error)))
    return store.to_merchant(await work.fetchrow(store.SQL["save_merchant"], asked.store_id, asked.qris, name, city, work.now))


def _no_store(refusal: Refusal) -> Refusal:
    return UNKNOWN_STORE.refuse_at("/store_id", refusal.detail) if refusal.code == NO_STORE.code else refusal


async def get_merchants(asked: Sequence[Asked[GetMerchant]], work: Work) -> list[Merchant | Refusal]:
    found = await store.find_merchants(work, [one.body.store_id for one in asked])
    return [found.get(one.body.store_id) or NOT_FOUND.refuse("The store has no QRIS code. Give it one.") for one in asked]


# --- what providers report ------------------------------------------------------------------------------------


async def take_callbacks(asked: Sequence[Asked[TakeCallback]], work: Work) -> list[Taken | Refusal]:
    """Taken by what they say, not by their number: whatever comes twice, or after we had asked, is known already."""
    reports = [_verify(one.body, work) for one in asked]
    books = await store.take_books(work, [report.intent_id for report in reports if isinstance(report, Report)])
    outcomes: list[Taken | Refusal] = []
    for one, report in zip(asked, reports, strict=True):
        if isinstance(report, Refusal):
            outcomes.append(report)
            continue
        kept = books.intents.get(report.intent_id) if report else None
        if report is None or kept is None or kept.intent.provider != one.body.provider:
            outcomes.append(Taken(outcome="ignored"))
            continue
        after = books.put(rules.hear_provider(kept, report.said, work.now))
        outcomes.append(Taken(outcome="taken" if after.intent != kept.intent else "known"))
    store.save_books(work, books)
    work.after_commit(work.resource.look)
    return outcomes


def _verify(asked: TakeCallback, work: Work) -> Report | Refusal | None:
    provider = work.resource.providers.get(asked.provider)
    if provider is None:
        return NO_PROVIDER.refuse(f"No provider {asked.provider} is in use here. Correct the address that the provider calls.")
    try:
        body = b64decode(asked.body, validate=True)
    except NotBase64:
        return INVALID.refuse("The body is base64 of what came.", FieldError(pointer="/body", detail="Not base64."))
    try:
        report: Report | None = provider.verify(asked.headers, body, work.now)
        return report
    except BadSignature as error:
        return BAD_SIGNATURE.refuse(f"The report is not taken: {error}.")
