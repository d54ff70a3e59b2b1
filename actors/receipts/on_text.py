"""Rows as lines of text, none of them wider than the paper. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from actors.receipts.layout import Gap, Item, Logo, Look, Pair, Qr, Row, Rule, Text
from actors.receipts.texts import columns, runs_backwards, wrap

COLUMNS = {"58": 32, "80": 48}
"""Of thermal printers' usual font: 384 and 576 dots, 12 to a character."""
_INDENT = "  "


def as_text(rows: Sequence[Row], width: str) -> str:
    """The whole receipt. Pictures are left out; the QR code's text stands in its place."""
    return "\n".join(line for row in rows for line in lines_of(row, COLUMNS[width])) + "\n"


def lines_of(row: Row, width: int) -> Iterator[str]:
    """Without spaces at their end."""
    if isinstance(row, Text):
        yield from _text(row, width)
    elif isinstance(row, Pair):
        yield from pair(row.left, row.right, width)
    elif isinstance(row, Item):
        yield from item(row, width)
    elif isinstance(row, Rule):
        yield ("=" if row.heavy else "-") * width
    elif isinstance(row, Gap):
        yield ""
    elif isinstance(row, Qr):
        yield ""
        yield from (centred(line, width) for text in (row.caption, row.text) for line in wrap(text, width))
    else:
        assert isinstance(row, Logo)


def _text(row: Text, width: int) -> Iterator[str]:
    text = dressed(row.text, row.look)
    yield from (line if row.left else centred(line, width) for line in wrap(text, width))


def dressed(text: str, look: Look) -> str:
    """What ink cannot say, signs do."""
    return f"*** {text} ***" if look == "mark" else text


def centred(line: str, width: int) -> str:
    return " " * ((width - columns(line)) // 2) + line


def item(row: Item, width: int) -> Iterator[str]:
    """The name on lines of its own: it is somebody's text, and amounts are ours."""
    yield from wrap(row.name, width)
    for note in row.notes:
        yield from (_INDENT + line for line in wrap(note, width - len(_INDENT)))
    yield from pair(_INDENT + row.detail, row.amount, width)


def pair(left: str, right: str, width: int) -> Iterator[str]:
    """Both on one line where they fit; a long left side is wrapped, and `right` ends its last line."""
    room = width - columns(right) - 1
    if room < width // 3 or runs_backwards(left) or runs_backwards(right):
        yield from wrap(left, width)
        yield from (" " * (width - columns(line)) + line for line in wrap(right, width))
        return
    indent = left[: len(left) - len(left.lstrip())]
    *full, last = wrap(left.lstrip(), room - len(indent))
    yield from (indent + line for line in full)
    yield (indent + last + " " * (width - columns(last) - len(indent) - columns(right)) + right).rstrip()
