"""How many files and connections a process may have open."""

from __future__ import annotations

import resource
from contextlib import suppress

ENOUGH = 65_536


def raise_limit() -> None:
    """To what whoever runs it allows. Most systems begin with 1,024: registers, webhooks and PostgreSQL use that up on a busy day."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # some systems allow less than they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
