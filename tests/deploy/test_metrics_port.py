"""What a process counts, on a port of its own."""

from __future__ import annotations

import socket
import threading
import urllib.request

import pytest

from actors.runtime.settings import Settings
from deploy.metrics_port import serve_metrics
from deploy.trouble import Trouble


def test_0_is_none() -> None:
    before = threading.active_count()
    serve_metrics(Settings(metrics_port=0))
    assert threading.active_count() == before


def test_a_process_without_an_edge_tells_what_it_counts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Trouble, match=f"port {port}"):
            serve_metrics(Settings(metrics_port=port))
    serve_metrics(Settings(metrics_port=port))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        assert b"# HELP kasir_" in answer.read()
