"""Rows <-> templates, prints and links."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from actors.receipts.chain import End, Link
from actors.receipts.contract import SetTemplate, Template
from actors.runtime.queries import arrays, load_queries

if TYPE_CHECKING:
    from actors.runtime.work import Work

SQL = load_queries(__file__)


# --- templates and prints ---------------------------------------------------------------------------------


async def find_template(work: Work, store_id: UUID) -> Template:
    """The store's own, or what a store without has."""
    rows = await work.read(SQL["find_template"], store_id)
    return _template(rows[0]) if rows else usual_template(store_id)


def usual_template(store_id: UUID) -> Template:
    usual = SetTemplate(store_id=store_id)
    return Template(
        store_id=store_id, version=0, language=usual.language, width=usual.width, header=usual.header, footer=usual.footer, logo=None,
        show_address=usual.show_address, show_taxes=usual.show_taxes, show_qr=usual.show_qr, show_cashier=usual.show_cashier,
    )  # fmt: skip


async def save_template(work: Work, wish: SetTemplate, logo: str | None) -> Template:
    row = await work.fetchrow(
        SQL["save_template"], wish.store_id, wish.language, wish.width, wish.header, wish.footer, logo, wish.show_address, wish.show_taxes,
        wish.show_qr, wish.show_cashier, work.now,
    )  # fmt: skip
    return _template(row)


def _template(row: Any) -> Template:
    return Template(**{name: row[name] for name in Template.__struct_fields__})


async def printed(work: Work, order_ids: Collection[UUID]) -> set[UUID]:
    """Those that have been printed."""
    return {row["order_id"] for row in await work.read(SQL["find_prints"], list(order_ids))}


async def count_prints(work: Work, prints: dict[UUID, int]) -> dict[UUID, int]:
    """Adds so many to each; how many there are now."""
    if not prints:
        return {}
    rows = await work.fetch(SQL["count_prints"], list(prints), list(prints.values()))
    return {row["order_id"]: row["prints"] for row in rows}


# --- names ------------------------------------------------------------------------------------------------


def save_names(work: Work, names: Sequence[tuple[UUID, datetime, str]]) -> None:
    if names:
        work.write(SQL["save_names"], *arrays(names))


async def name_at(work: Work, person_id: UUID, at: datetime) -> str | None:
    """The name then; of somebody who came later, the first. None for nobody who is known."""
    rows = await work.read(SQL["name_at"], person_id, at)
    return rows[0]["name"] if rows else None


# --- the chain --------------------------------------------------------------------------------------------


async def linked_refunds(work: Work, receipts: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], int]:
    """The last refund of each that is linked already."""
    if not receipts:
        return {}
    rows = await work.fetch(SQL["linked_refunds"], *arrays(receipts))
    return {(row["register_id"], row["number"]): row["refund"] for row in rows}


async def take_chains(work: Work, register_ids: Collection[UUID]) -> dict[UUID, End]:
    if not register_ids:
        return {}
    rows = await work.fetch(SQL["take_chains"], list(register_ids))
    return {row["register_id"]: End(row["position"], row["began"], row["number"], row["hash"]) for row in rows}


def save_links(work: Work, links: Sequence[Link], ends: dict[UUID, End]) -> None:
    if not links:
        return
    names = Link.__struct_fields__
    work.write(SQL["add_links"], *([getattr(link, name) for link in links] for name in names))
    moved = {link.register_id: ends[link.register_id] for link in links}
    columns = ([getattr(end, name) for end in moved.values()] for name in ("position", "began", "number", "hash"))
    work.write(SQL["move_chains"], list(moved), *columns)
