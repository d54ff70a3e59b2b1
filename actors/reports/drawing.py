"""Reports as pictures, for a shop owner who looks at them on a phone or prints them. Runs in a thread: it takes a fraction of a second."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from actors.runtime.money import exponent_of

INK, GREY, LINE = "#1f2937", "#6b7280", "#e5e7eb"
COLOURS = ("#2563eb", "#f97316", "#16a34a", "#9333ea", "#0891b2", "#dc2626", "#ca8a04", "#64748b")
BARS_MAX = 15
BARS_UPRIGHT_MAX = 45
PANELS_MAX = 3
_NAME_MAX = 30


class Series(NamedTuple):
    name: str
    values: Sequence[float]


class Panel(NamedTuple):
    """One currency's part of a picture, or all there is. `shape`: bars upright (over time), lying bars (over names), or lines."""

    unit: str
    labels: Sequence[str]
    series: Sequence[Series]
    shape: Literal["bars", "lying", "lines"]


class Picture(NamedTuple):
    title: str
    below: str
    panels: Sequence[Panel]


def draw(picture: Picture, kind: Literal["png", "svg"]) -> bytes:
    """Matplotlib is loaded when the first picture is wanted: it is large."""
    import matplotlib

    matplotlib.use("Agg")
    # Names come from people: no dollar sign in them is mathematics. The same picture has the same bytes.
    matplotlib.rcParams.update({"text.parse_math": False, "svg.hashsalt": "kasir", "font.size": 11, "axes.edgecolor": LINE})
    from matplotlib.figure import Figure

    panels = picture.panels[:PANELS_MAX]
    heights = [_height(panel) for panel in panels] or [2.0]
    figure = Figure(figsize=(11, sum(heights) + 1.1), layout="constrained", facecolor="white")
    figure.suptitle(picture.title, x=0.012, ha="left", fontsize=17, fontweight="bold", color=INK)
    figure.supxlabel(picture.below, x=0.012, ha="left", fontsize=10, color=GREY)
    if panels:
        axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)
        for panel, [axis] in zip(panels, axes, strict=True):
            _draw_panel(axis, panel)
    else:
        figure.text(0.5, 0.5, "Nothing in these days", ha="center", va="center", fontsize=14, color=GREY)
    out = io.BytesIO()
    figure.savefig(out, format=kind, dpi=110, metadata={"Date": None} if kind == "svg" else None)
    return out.getvalue()


def _height(panel: Panel) -> float:
    return 1.0 + 0.36 * max(len(panel.labels), 3) if panel.shape == "lying" else 4.4


def _draw_panel(axis: Any, panel: Panel) -> None:
    {"bars": _bars, "lying": _lying, "lines": _lines}[panel.shape](axis, panel)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
    axis.tick_params(length=0, colors=INK)
    axis.set_axisbelow(True)
    if len(panel.series) > 1:
        axis.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(panel.series), frameon=False, borderaxespad=0)


def _bars(axis: Any, panel: Panel) -> None:
    places = range(len(panel.labels))
    width = 0.8 / len(panel.series)
    for nr, one in enumerate(panel.series):
        middle = (nr - (len(panel.series) - 1) / 2) * width
        bars = axis.bar([place + middle for place in places], one.values, width, color=COLOURS[nr], label=one.name)
        if len(panel.labels) * len(panel.series) <= 16:
            axis.bar_label(bars, [short(value) for value in one.values], padding=2, fontsize=9, color=GREY)
    _under(axis, panel)


def _lines(axis: Any, panel: Panel) -> None:
    places = list(range(len(panel.labels)))
    for nr, one in enumerate(panel.series):
        mark = "o" if len(places) <= 2 else ""
        axis.plot(places, one.values, color=COLOURS[nr % len(COLOURS)], linewidth=2, label=one.name, marker=mark)
        if len(panel.series) == 1:
            axis.fill_between(places, one.values, color=COLOURS[0], alpha=0.12)
    if all(value >= 0 for one in panel.series for value in one.values):
        axis.set_ylim(bottom=0)
    _under(axis, panel)


def _under(axis: Any, panel: Panel) -> None:
    """Labels below, as many as can be read; amounts at the left."""
    step = max(1, -(-len(panel.labels) // 16))
    places = list(range(0, len(panel.labels), step))
    crowded = max((len(panel.labels[place]) for place in places), default=0) * len(places) > 110
    axis.set_xticks(places, [panel.labels[place] for place in places], rotation=35 if crowded else 0, ha="right" if crowded else "center")
    axis.grid(axis="y", color=LINE)
    axis.yaxis.set_major_formatter(lambda value, _: short(value))
    axis.set_title(panel.unit, loc="left", fontsize=10, color=GREY)


def _lying(axis: Any, panel: Panel) -> None:
    """The largest on top, each with its amount."""
    places = range(len(panel.labels))
    height = 0.78 / len(panel.series)
    for nr, one in enumerate(panel.series):
        middle = (nr - (len(panel.series) - 1) / 2) * height
        bars = axis.barh([place + middle for place in places], one.values, height, color=COLOURS[nr], label=one.name)
        axis.bar_label(bars, [short(value) for value in one.values], padding=4, fontsize=9, color=GREY)
    axis.set_yticks(list(places), [_cut(label) for label in panel.labels])
    axis.invert_yaxis()
    axis.margins(x=0.1)
    axis.grid(axis="x", color=LINE)
    axis.xaxis.set_major_formatter(lambda value, _: short(value))
    axis.set_title(panel.unit, loc="left", fontsize=10, color=GREY)


def short(value: float) -> str:
    """ "950", "12.5K", "3.2M", "1.04B": three digits are enough to compare."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(value) >= size * 0.9995:
            return f"{value / size:.3g}{letter}" if abs(value) < size * 999.5 else f"{value / size:,.0f}{letter}"
    return f"{value:.3g}" if value else "0"


def in_major(amount: int, currency: str) -> float:
    return amount / float(10 ** (exponent_of(currency) or 0))


def day_label(day: date, *, year: bool) -> str:
    return f"{day.day} {day:%b %Y}" if year else f"{day.day} {day:%b}"


def _cut(text: str) -> str:
    return text if len(text) <= _NAME_MAX else f"{text[: _NAME_MAX - 1]}\N{HORIZONTAL ELLIPSIS}"
