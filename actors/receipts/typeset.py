"""Rows set in type: where each word, line and picture goes, in millimetres from the top left corner of the paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from msgspec import Struct, field

from actors.receipts.fonts import Face, drawable, length
from actors.receipts.layout import Gap, Item, Logo, Look, Pair, Qr, Row, Rule, Text
from actors.receipts.texts import runs_backwards

Shade = Literal["black", "grey", "white"]
Side = Literal["left", "middle", "right"]


class Words(Struct, frozen=True):
    """`x`, `y`: where the base line begins, or what `side` says of it is. `size`: of the font."""

    x: float
    y: float
    text: str
    face: Face
    size: float
    shade: Shade = "black"
    side: Side = "left"


class Box(Struct, frozen=True):
    """Filled."""

    x: float
    y: float
    width: float
    height: float
    shade: Shade = "black"


class Picture(Struct, frozen=True):
    """`png`: base64."""

    x: float
    y: float
    width: float
    height: float
    png: str


class Sheet(Struct):
    width: float
    height: float = 0.0
    marks: list[Words | Box | Picture] = field(default_factory=list)


class Sizes(Struct, frozen=True):
    """All in mm."""

    paper: float
    margin: float
    text: float
    small: float
    title: float


SIZES = {"58": Sizes(58, 4.5, 2.7, 2.2, 4.3), "80": Sizes(80, 6.5, 3.1, 2.6, 5.2)}
_LEADING = 1.42
_GAP = 2.2
_DASH = 0.9
_LOGO_MAX = 0.6, 24.0
"""Of the paper's width, and in mm."""
_QR_MM = 24.0
_FACES: dict[Look, Face] = {"plain": "regular", "bold": "bold", "title": "bold", "small": "regular", "mark": "bold"}


def typeset(rows: Sequence[Row], width: str, measure_png: Callable[[str], tuple[int, int]]) -> Sheet:
    """`measure_png`: the width and height of a picture, in pixels."""
    setter = _Setter(SIZES[width], measure_png)
    for row in rows:
        setter.set(row)
    setter.sheet.height = setter.y + setter.sizes.margin
    return setter.sheet


class _Setter:
    def __init__(self, sizes: Sizes, measure_png: Callable[[str], tuple[int, int]]) -> None:
        self.sizes = sizes
        self.sheet = Sheet(sizes.paper)
        self.y = sizes.margin
        self.left = sizes.margin
        self.room = sizes.paper - 2 * sizes.margin
        self._measure_png = measure_png

    def set(self, row: Row) -> None:
        if isinstance(row, Text):
            self._text(row)
        elif isinstance(row, Pair):
            self._pair(row)
        elif isinstance(row, Item):
            self._item(row)
        elif isinstance(row, Rule):
            self._rule(row.heavy)
        elif isinstance(row, Logo):
            self._logo(row.png)
        elif isinstance(row, Qr):
            self._qr(row)
        else:
            assert isinstance(row, Gap)
            self.y += _GAP

    # --- rows

    def _text(self, row: Text) -> None:
        size, face = self._size(row.look), _FACES[row.look]
        if row.look == "mark":
            self._mark(row.text, size)
            return
        shade: Shade = "grey" if row.look == "small" else "black"
        self.y += _GAP / 3 if row.look == "bold" else 0
        for line in broken(drawable(row.text, face), face, size, self.room):
            self._line(line, face, size, shade, "left" if row.left else "middle")

    def _mark(self, text: str, size: float) -> None:
        """White on black: nobody overlooks that it is a copy."""
        height = size * 1.7
        wide = min(length(text, "bold", size) + 2 * size, self.room)
        self.y += _GAP / 2
        self.sheet.marks.append(Box(self.left + (self.room - wide) / 2, self.y, wide, height))
        middle = self.left + self.room / 2
        self.sheet.marks.append(Words(middle, self.y + height / 2 + size * 0.37, text, "bold", size, "white", "middle"))
        self.y += height + _GAP / 2

    def _pair(self, row: Pair) -> None:
        face: Face = _FACES[row.look]
        shade: Shade = "grey" if row.look == "small" else "black"
        if row.part in ("due", "missing"):
            self.y += _GAP / 3
        self._sides(row.left, row.right, face, self._size(row.look), shade)

    def _item(self, row: Item) -> None:
        self.y += _GAP / 3
        self._sides(row.name, row.amount, "regular", self.sizes.text, "black")
        for note in (*row.notes, row.detail) if row.detail else row.notes:
            for line in broken(drawable(note, "regular"), "regular", self.sizes.small, self.room - 4):
                self._line(line, "regular", self.sizes.small, "grey")

    def _sides(self, left: str, right: str, face: Face, size: float, shade: Shade) -> None:
        """`right` stands at the end of the first line; below, where there is no room beside it."""
        left, right = drawable(left, face), drawable(right, face)
        taken = length(right, face, size) + 3
        alone = self.room - taken < self.room / 3 or runs_backwards(right)
        lines = broken(left, face, size, self.room if alone else self.room - taken)
        if not alone:
            self._place(right, face, size, shade, "right")
        for line in lines:
            self._line(line, face, size, shade)
        if alone:
            for line in broken(right, face, size, self.room):
                self._line(line, face, size, shade, "right")

    def _rule(self, heavy: bool) -> None:
        self.y += _GAP / 2
        if heavy:
            self.sheet.marks.append(Box(self.left, self.y, self.room, 0.3))
        else:
            self.sheet.marks += [Box(self.left + x, self.y, _DASH, 0.18, "grey") for x in _dashes(self.room)]
        self.y += _GAP / 2

    def _logo(self, png: str) -> None:
        wide, high = self._measure_png(png)
        scale = min(self.room * _LOGO_MAX[0] / wide, _LOGO_MAX[1] / high)
        self.sheet.marks.append(Picture(self.left + (self.room - wide * scale) / 2, self.y, wide * scale, high * scale, png))
        self.y += high * scale + _GAP

    def _qr(self, row: Qr) -> None:
        import segno

        self.y += _GAP
        modules = [bytes(line) for line in segno.make(row.text, error="m", micro=False).matrix]
        # Whole tenths of a millimetre: whole pixels of a picture.
        side = round(_QR_MM / len(modules), 1)
        x = round(self.left + (self.room - side * len(modules)) / 2, 1)
        self.y = round(self.y, 1)
        for number, line in enumerate(modules):
            self.sheet.marks += [Box(x + a * side, self.y + number * side, (b - a) * side, side) for a, b in runs(line)]
        self.y += side * len(modules) + _GAP / 2
        self._text(Text(row.caption, "small"))

    # --- pieces

    def _size(self, look: Look) -> float:
        return {"small": self.sizes.small, "title": self.sizes.title}.get(look, self.sizes.text)

    def _place(self, text: str, face: Face, size: float, shade: Shade, side: Side) -> None:
        x = self.left + {"left": 0.0, "middle": self.room / 2, "right": self.room}[side]
        self.sheet.marks.append(Words(x, self.y + size * 1.05, text, face, size, shade, side))

    def _line(self, text: str, face: Face, size: float, shade: Shade, side: Side = "left") -> None:
        self._place(text, face, size, shade, side)
        self.y += size * _LEADING


def runs(line: bytes) -> Iterator[tuple[int, int]]:
    """Where the ones are: from, until."""
    start = None
    for at, bit in enumerate((*line, 0)):
        if bit and start is None:
            start = at
        elif not bit and start is not None:
            yield start, at
            start = None


def _dashes(room: float) -> list[float]:
    """Where each begins: the first at one edge, the last one ends at the other."""
    gaps = int((room - _DASH) / (2 * _DASH))
    return [number * (room - _DASH) / gaps for number in range(gaps + 1)]


def broken(text: str, face: Face, size: float, room: float) -> list[str]:
    """Lines that fit into `room`, broken between words where possible. At least one."""
    lines: list[str] = []
    line, used, space = "", 0.0, length(" ", face, size)
    for word in text.split(" "):
        wide = length(word, face, size)
        if line and used + space + wide <= room:
            line, used = f"{line} {word}", used + space + wide
            continue
        if line:
            lines.append(line)
        *full, line = [word] if wide <= room else _pieces(word, face, size, room)
        lines += full
        used = wide if not full else length(line, face, size)
    return [*lines, line]


def _pieces(word: str, face: Face, size: float, room: float) -> list[str]:
    """Sign by sign: each is measured once, and letters that join or lean towards each other only take less."""
    pieces, piece, used = [], "", 0.0
    for sign in word:
        wide = length(sign, face, size)
        if piece and used + wide > room:
            pieces.append(piece)
            piece, used = "", 0.0
        piece, used = piece + sign, used + wide
    return [*pieces, piece]
