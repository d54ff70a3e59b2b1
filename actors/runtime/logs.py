"""Logs by structlog: coloured lines for a person, JSON for a machine. Never secrets, never bodies.

structlog brings rich, and takes a fifth of a second to import: a command that has nothing to log does without it.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

from actors.runtime.settings import Settings


def configure_logs(settings: Settings) -> None:
    """Once per process. The standard library's loggers (nats, aiohttp, asyncio) come out the same way."""
    import structlog

    from actors.runtime.logs_sparing import Sparing

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if settings.log_format == "json" else "%H:%M:%S", utc=settings.log_format == "json"),
    ]
    renderer: list[Any]
    if settings.log_format == "json":
        renderer = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        renderer = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=30, exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(
        processors=[Sparing(), *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    # asyncpg tells each try to reconnect with a traceback; the members say it in one line.
    logging.getLogger("asyncpg").setLevel(logging.ERROR)
    # Each PDF tells every table of its fonts, line by line.
    for chatty in ("databases", "nats", "asyncio", "aiohttp.access", "fontTools", "fpdf", "matplotlib", "PIL"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def get_logger(**context: Any) -> Any:
    """Bound when it is used, not now: modules ask for theirs before logs are configured, and would keep a logger that prints whole
    tracebacks with the values of all variables in them.
    """
    return _Logger(context)


class _Logger:
    def __init__(self, context: dict[str, Any]) -> None:
        self._context = context

    def __getattr__(self, level: str) -> Any:
        import structlog

        return getattr(structlog.get_logger("kasir", **self._context), level)
