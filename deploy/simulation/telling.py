"""What came of it, as tables for a person."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.simulation.days import Sold
from deploy.simulation.judging import Verdict
from deploy.simulation.morning import Morning
from deploy.simulation.requests import RUPIAH
from deploy.simulation.sending import Told

SHOWN_MAX = 10
CALLED = {"days": "days of single stores"}


def show_stores(console: Console, stores: Sequence[tuple[str, Sold, Told]]) -> None:
    table = Table(box=SIMPLE_HEAD, title="What was sold, in rupiah", title_justify="left")
    table.add_column("store", no_wrap=True)
    for head in ("orders", "total", "refunds", "back", "voids", "flags", "cash"):
        table.add_column(head, justify="right", no_wrap=True)
    for name, sold, told in stores:
        cells = (f"{told.orders:,}", rupiah(told.total), f"{told.refunds:,}", rupiah(told.refunded), f"{sold.cancels:,}", f"{told.flagged:,}")
        table.add_row(name, *cells, rupiah(sold.cash_difference))
    console.print(table)
    if before := sum(told.existing for _, _, told in stores):
        console.print(f"{before:,} of the orders had been there before.")


def show_morning(console: Console, morning: Morning) -> None:
    paid = ", ".join(f"{count} {method.replace('_', ' ')}" for method, count in morning.paid.items())
    console.print(f"the morning after: {paid}; {morning.declined} declined, and {rupiah(morning.cash)} in cash")


def show_verdict(console: Console, verdict: Verdict) -> None:
    looked = ", ".join(f"{count:,} {CALLED.get(name, name)}" for name, count in verdict.looked_at.items())
    if not verdict.findings:
        console.print(f"[green]✓[/] {verdict.name:<12} {looked} ({verdict.seconds:.1f} s)")
        return
    console.print(f"[red]✗[/] {verdict.name:<12} {len(verdict.findings)} findings in {looked}")
    for finding in verdict.findings[:SHOWN_MAX]:
        console.print(f"    {finding}", markup=False)


def differences(stores: Sequence[tuple[str, Sold, Told]]) -> list[str]:
    """The registers' own sums against what Kasir has made of them; each difference in words."""
    found = []
    for name, sold, told in stores:
        for what, ours, theirs in (
            ("orders", sold.orders, told.orders), ("total", sold.total, told.total), ("refunds", sold.refunds, told.refunds),
            ("given back", sold.refunded, told.refunded), ("cash at closing", sold.cash_at_closing, told.cash_difference),
        ):
            if ours != theirs:
                found.append(f"{name}: {what}: the registers say {ours}, Kasir says {theirs}")
    return found


def rupiah(amount: int) -> str:
    """Minor units: 350000 is "3.500"."""
    return f"{amount / RUPIAH:,.0f}".replace(",", ".")
