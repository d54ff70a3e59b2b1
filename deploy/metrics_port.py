"""/metrics on a port of its own, for a process as a whole: those without an edge have no other."""

from __future__ import annotations

from prometheus_client import start_http_server

from actors.runtime.settings import Settings
from deploy.trouble import Trouble


def serve_metrics(settings: Settings) -> None:
    if settings.metrics_port:
        try:
            start_http_server(settings.metrics_port, settings.http_host)
        except OSError as error:
            raise Trouble(f"metrics cannot be served on port {settings.metrics_port} ({error.strerror}). Use another KASIR_METRICS_PORT.") from None
