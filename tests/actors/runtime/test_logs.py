"""Logs as they are configured, also for whoever asked for a logger before."""

from __future__ import annotations

import subprocess
import sys

EARLY = """
from actors.runtime.logs import configure_logs, get_logger
from actors.runtime.settings import Settings
log = get_logger(part="early")
configure_logs(Settings(log_format="FORMAT"))
def fails(pin):
    raise ValueError("no")
try:
    fails("482913")
except ValueError as error:
    log.error("it failed", exc_info=error)
"""


def test_a_logger_from_before_the_configuration_tells_no_variables() -> None:
    """A traceback that shows what variables hold would show PINs."""
    for form in ("console", "json"):
        done = subprocess.run([sys.executable, "-c", EARLY.replace("FORMAT", form)], capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout == ""
        assert "it failed" in done.stderr
        assert "ValueError: no" in done.stderr
        assert "early" in done.stderr
        assert "pin = " not in done.stderr
        assert "'482913'" not in done.stderr


PDF = """
import logging
from datetime import UTC, datetime
from actors.receipts.on_pdf import as_pdf
from actors.receipts.typeset import Sheet, Words
from actors.runtime.logs import configure_logs
from actors.runtime.settings import Settings
configure_logs(Settings(log_level="info"))
as_pdf([Sheet(80, 20, [Words(1, 9, "Toko Melati", "regular", 3)])], "one", datetime.now(UTC))
logging.getLogger("of.somebody").info("and the log goes on")
"""


def test_drawing_a_pdf_is_not_in_the_log() -> None:
    """A library tells some seventy lines about the fonts of each: an operator would find nothing else any more."""
    done = subprocess.run([sys.executable, "-c", PDF], capture_output=True, text=True, timeout=60, check=True)
    assert "and the log goes on" in done.stderr
    assert len(done.stderr.splitlines()) == 1
