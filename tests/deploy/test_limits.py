"""How many files and connections a process may have open."""

from __future__ import annotations

import subprocess
import sys

import pytest

RAISED = """
import resource
from deploy.limits import raise_limit
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
raise_limit()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(("soft", "hard", "raised"), [(64, 512, 512), (512, 512, 512), (64, 64, 64)])
def test_what_is_allowed_is_used(soft: int, hard: int, raised: int) -> None:
    told = subprocess.run([sys.executable, "-c", RAISED.format(soft=soft, hard=hard)], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [str(raised), str(hard)]
