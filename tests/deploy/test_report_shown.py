"""Charts of reports as they stand in a terminal."""

from __future__ import annotations

from deploy.commands.report_shown import _upright


def test_a_bar_is_drawn_full_and_not_as_two_strokes() -> None:
    lines = _upright(["01", "02", "03"], [1.0, 2.0, 3.0], "Total, IDR", 78).splitlines()
    assert any("██████" in line for line in lines)
    assert not any("█ " * 2 in line for line in lines)
