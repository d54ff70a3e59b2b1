"""Follows the logs of orders and of customers: what each event means for the drawers is added to their figures, in the order of its log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal
from uuid import UUID

from actors.customers.contract import CreditTold
from actors.orders.contract import ORDER_CREATED, OrderTold
from actors.runtime.actor import Happened
from actors.runtime.words import SignedMoney
from actors.runtime.work import Work
from actors.shifts import store
from actors.shifts.contract import SHIFT_CORRECTED, Correction, ShiftCorrected
from actors.shifts.debts import read_debts
from actors.shifts.facts import News, read_news
from actors.shifts.rules import MOMENT, next_version
from actors.shifts.sorting import Bucket, Late, Page, Period, Sorted, read_page, sort_page
from actors.shifts.store import SQL
from actors.shifts.tally import Tally, cash_of, figures_of, merged

Log = Literal["orders", "customers"]
CLOSED_AT: Mapping[Log, str] = {"orders": "closed_position", "customers": "closed_customers_position"}


async def book_orders(happened: Sequence[Happened[OrderTold]], work: Work) -> None:
    """One page of the log. The drawers are locked first, so that no shift begins or ends meanwhile."""
    later = {one.position: read_news(one.body) for one in happened if one.name != ORDER_CREATED.name}
    part_paid = asked_before(later.values())
    rows = await work.fetch(SQL["known_part_paid"], part_paid) if part_paid else []
    # New orders are read one by one, and forgotten: they are most by far.
    news = ((one.position, later.get(one.position) or read_news(one.body)) for one in happened)
    page = read_page(news, {row["order_id"]: row["tenders"] for row in rows})
    if page.counted:
        work.write(SQL["save_part_paid"], list(page.counted), list(page.counted.values()))
    await _book(page, "orders", work)


async def book_debts(happened: Sequence[Happened[CreditTold]], work: Work) -> None:
    """One page of the log of customers."""
    await _book(read_debts((one.position, one.body) for one in happened), "customers", work)


async def _book(page: Page, log: Log, work: Work) -> None:
    if not page.found:
        return
    await store.lock_drawers(work, {id: span.last + MOMENT for id, span in page.spans.items()})
    out = sort_page(page, await periods_of(work, page, log))
    kept = await _kept(work, out.tallies)
    tallies = {bucket: merged(kept.get(bucket, {}), more) for bucket, more in out.tallies.items()}
    _save(work, tallies, out)
    if out.late:
        await _correct(work, out.late, log, tallies)


def asked_before(news: Iterable[News]) -> list[UUID]:
    """The orders of which some tenders may have been counted."""
    return [one.order_id for one in news if one.paid and one.told.before is not None]


async def periods_of(work: Work, page: Page, log: Log) -> dict[UUID, list[Period]]:
    spans = page.spans
    rows = await work.fetch(SQL["shifts_during"], list(spans), [span.first for span in spans.values()], [span.last for span in spans.values()])
    periods: dict[UUID, list[Period]] = {}
    for row in rows:
        period = Period(row["id"], row["opened_at"], row["closed_at"], row[CLOSED_AT[log]])
        periods.setdefault(row["register_id"], []).append(period)
    return periods


# --- what is kept


async def _kept(work: Work, buckets: Iterable[Bucket]) -> dict[Bucket, Tally]:
    shifts = {bucket.id for bucket in buckets if not bucket.day}
    days = [bucket for bucket in buckets if bucket.day]
    kept: dict[Bucket, Tally] = {}
    if shifts:
        kept |= {Bucket(id, late): tally for (id, late), tally in (await store.load_figures(work, shifts)).items()}
    if days:
        kept |= await store.load_unshifted(work, days)
    return kept


def _save(work: Work, tallies: Mapping[Bucket, Tally], out: Sorted) -> None:
    store.save_figures(work, {bucket: tally for bucket, tally in tallies.items() if not bucket.day})
    store.save_unshifted(work, {bucket: tally for bucket, tally in tallies.items() if bucket.day}, out.owners)


# --- what came after the Z report


async def _correct(work: Work, late: Sequence[Late], log: Log, tallies: Mapping[Bucket, Tally]) -> None:
    store.insert_corrections(work, log, [(one.shift_id, one.found.position, _correction(one, work)) for one in late])
    added = Counter(one.shift_id for one in late)
    shifts = await store.load_shifts(work, added)
    corrected = [next_version(shift, work.now, corrections=shift.corrections + added[shift.id]) for shift in shifts.values()]
    store.save_shifts(work, corrected)
    for shift in corrected:
        figures = figures_of(tallies[Bucket(shift.id, late=True)], shift.float.currency)
        work.record(SHIFT_CORRECTED, shift.id, ShiftCorrected(shift=shift, added=added[shift.id], corrected=figures))


def _correction(one: Late, work: Work) -> Correction:
    _, source, fact = one.found
    currency = source.currency
    return Correction(
        shift_id=one.shift_id, order_id=source.order_id, receipt=source.receipt, kind=fact.kind, at=fact.at, arrived_at=work.now,
        amount=SignedMoney(amount=fact.amount, currency=currency), cash=SignedMoney(amount=cash_of(fact.rows), currency=currency),
        customer_id=source.customer_id,
    )  # fmt: skip
