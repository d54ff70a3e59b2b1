"""Charts of reports as they stand in a terminal."""

from __future__ import annotations

from datetime import date

import pytest

from actors.reports.columns import refunds_columns
from actors.reports.contract import RefundsReport, RefundsRow
from deploy.commands.report_shown import _upright, show


def test_a_bar_is_drawn_full_and_not_as_two_strokes() -> None:
    lines = _upright(["01", "02", "03"], [1.0, 2.0, 3.0], "Total, IDR", 78).splitlines()
    assert any("██████" in line for line in lines)
    assert not any("█ " * 2 in line for line in lines)


def test_in_a_pipe_every_row_is_one_line_with_everything_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    name = "Nasi goreng kampung dengan telur mata sapi dan kerupuk udang, tidak pedas"
    row = RefundsRow(key="x", name=name, currency="IDR", refunds=3, returned="3", net=900_000, tax=99_000, total=999_000)
    day = date(2026, 2, 1)

    show("refunds", RefundsReport(by="product", date_from=day, date_to=day, rows=[row], totals=[row], voids=[]), refunds_columns("product"))

    [line] = [line for line in capsys.readouterr().out.splitlines() if "Nasi" in line]
    assert name in line
    assert "9,990" in line
