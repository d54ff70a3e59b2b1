"""What is told page by page, as one."""

from __future__ import annotations

from uuid import UUID

from actors.customers.contract import CHECK_CUSTOMERS, CheckCustomers, CustomersCheck
from actors.inventory.contract import CHECK_STOCK, CheckStock, StockCheck
from actors.payments.contract import CHECK_PAYMENTS, CheckPayments, PaymentsCheck
from actors.runtime.upkeep import Mend, Mended, mend
from tests.support import House


async def whole_check(house: House, store_id: UUID | None = None) -> StockCheck:
    """All pages of the check of the stock, as one."""
    pages = [await house.call(CHECK_STOCK, CheckStock(store_id=store_id))]
    while pages[-1].next_cursor is not None:
        pages.append(await house.call(CHECK_STOCK, CheckStock(store_id=store_id, cursor=pages[-1].next_cursor)))
    sums = {name: sum(getattr(page, name) for page in pages) for name in ("levels", "movements", "orders", "behind")}
    return StockCheck(findings=[finding for page in pages for finding in page.findings], **sums)


async def check_money(house: House) -> PaymentsCheck:
    """All pages of the check of payments, as one."""
    pages = [await house.call(CHECK_PAYMENTS, CheckPayments())]
    while pages[-1].next_cursor is not None:
        pages.append(await house.call(CHECK_PAYMENTS, CheckPayments(cursor=pages[-1].next_cursor)))
    sums = {name: sum(getattr(page, name) for page in pages) for name in ("accounts", "intents", "unsettled")}
    return PaymentsCheck(findings=[finding for page in pages for finding in page.findings], **sums)


async def check_customers(house: House) -> list[CustomersCheck]:
    """All pages of the check of customers."""
    pages = [await house.call(CHECK_CUSTOMERS, CheckCustomers())]
    while pages[-1].next_cursor is not None:
        pages.append(await house.call(CHECK_CUSTOMERS, CheckCustomers(cursor=pages[-1].next_cursor)))
    return pages


async def mended(house: House, actor: str) -> Mended:
    """What all pages have put right, and left."""
    pages = [await house.call(mend(actor), Mend())]
    while pages[-1].next_cursor is not None:
        pages.append(await house.call(mend(actor), Mend(cursor=pages[-1].next_cursor)))
    return Mended(
        looked_at=sum(page.looked_at for page in pages), mended=[words for page in pages for words in page.mended],
        left=[words for page in pages for words in page.left],
    )  # fmt: skip


def about(lines: list[str], *ids: UUID) -> list[str]:
    """Those that name one of these."""
    return [line for line in lines if any(str(id) in line for id in ids)]
