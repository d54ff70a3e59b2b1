"""docs/settings.md: the values are made from the code; here is what the descriptions say."""

from __future__ import annotations

from actors.webhooks import signing
from tests.journeys.numbers.proofs import Page

PAGE = Page("docs/settings.md", (
    ("| 32 bytes, urlsafe base64:", "tests/actors/runtime/test_sealing.py::test_a_key_that_is_none_is_refused_at_the_start"),
    ("Port of the REST API; 0 takes a free one.", "tests/deploy/test_up.py::test_the_first_day"),
    ("waits for its actor before 503", "tests/actors/runtime/test_commands.py::test_no_answer_in_time_is_a_timeout_that_tells_what_to_do"),
    ("edge process; 0 = no limit", "tests/http_edge/test_limits.py::test_0_is_no_limit"),
    ("in one edge process; the next gets 503", "tests/http_edge/test_limits.py::test_the_next_one_is_told_to_come_back"),
    ("for those of --scale; 0 = none", "tests/deploy/test_metrics_port.py::test_0_is_none"),
    ("comma-separated: 127.0.0.0/8,::1/128. `kasir up` on one machine allows loopback", "tests/deploy/test_up.py::test_the_first_day"),
    ("signs its reports with: whsec_ and {} to {} bytes in base64", lambda: (signing.SECRET_BYTES_MIN, signing.SECRET_BYTES_MAX)),
), r"nats://user:password@host:4222")  # fmt: skip
