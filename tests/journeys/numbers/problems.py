"""docs/problems.md: statuses are made from the code; here is what the advice says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from actors.orders import amounts
from actors.receipts import contract as receipts
from actors.staff import approving, enrolling, trying
from http_edge.route import MEBIBYTE
from http_edge.routes import ROUTES
from tests.journeys.numbers.proofs import Page, in_words


def bodies() -> tuple[int, int, int]:
    """MiB of ordinary bodies and of batches, KiB of callbacks."""
    small, middle, large = sorted({route.body_bytes_max for route in ROUTES})
    return middle // MEBIBYTE, large // MEBIBYTE, small // 1024


def locks() -> list[int]:
    """Minutes, after each wrong one from the first that locks."""
    now, tries, minutes = datetime.now(UTC), trying.Tries(trying.FREE_TRIES - 1), []
    for _ in range(8):
        tries = trying.after_wrong(tries, now)
        assert tries.locked_until is not None
        minutes.append((tries.locked_until - now) // timedelta(minutes=1))
    return minutes


def locked() -> tuple[str, str, str]:
    a_minute, *more = locks()
    assert a_minute == 1
    return in_words(trying.FREE_TRIES), in_words(more[0]), in_words(more[1])


PAGE = Page("docs/problems.md", (
    ("Send less at once: {} MiB, {} MiB for batches, {} KiB for callbacks.", bodies),
    ("no amount may go beyond {:,} minor units", lambda: amounts.AMOUNT_MAX),
    ("a PNG of at most {0:,} x {0:,} pixels", lambda: receipts.LOGO_SIDE_MAX),
    ("in one store, for {} minutes.", lambda: in_words(approving.TOKEN_MINUTES)),
    ("After {} wrong ones in a row the name is locked for a minute, then {}, then {}.", locked),
    ("each works once, for {} minutes.", lambda: in_words(enrolling.CODE_MINUTES)),
), r"\| [45]\d\d \||HTTP/1\.1")  # fmt: skip
