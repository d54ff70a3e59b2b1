"""Rows as a page that loads nothing and runs nothing: for a phone, for a screen, and for a printer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from actors.receipts.layout import Gap, Item, Logo, Pair, Qr, Row, Rule, Text

STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;padding:2rem 1rem;background:#e9e7e2;color:#161616;font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:WIDTH;margin:0 auto;padding:2rem 1.5rem 1.75rem;background:#fff;border-radius:3px;
box-shadow:0 1px 2px rgba(0,0,0,.12),0 12px 32px rgba(0,0,0,.10)}
p,hr,dl,figure{margin:0}.c{text-align:center}.logo{display:block;max-width:60%;max-height:120px;margin:0 auto .75rem}
h1{margin:0 0 .25rem;font-size:1.6rem;line-height:1.2;text-align:center}.small{color:#666;font-size:.86em}
.bold,.due{font-weight:700}.mark{margin:.6rem auto .2rem;padding:.15rem 1rem;width:fit-content;background:#161616;color:#fff;font-weight:700}
hr{border:0;border-top:1px dashed #999;margin:.65rem 0}hr.heavy{border-top:2px solid #161616}
.row{display:flex;justify-content:space-between;gap:1rem}.row>:first-child{min-width:0}.row>:last-child{text-align:right;flex:none;max-width:62%}
.row,p,h1{overflow-wrap:anywhere}.n{font-variant-numeric:tabular-nums}.item{margin:.3rem 0}.due{font-size:1.5rem;line-height:1.5}
.gap{height:.9rem}svg{display:block;width:150px;height:150px;margin:1rem auto .4rem}
@media print{body{padding:0;background:none}main{box-shadow:none;max-width:none;padding:0}}
"""
_PAPER = {"58": "320px", "80": "400px"}


def as_html(rows: Sequence[Row], width: str, language: str, title: str) -> str:
    """A whole document."""
    body = "\n".join(map(_row, rows))
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f'<style>{STYLE.replace("WIDTH", _PAPER[width])}</style></head><body><main>\n{body}\n</main></body></html>\n'
    )


def _row(row: Row) -> str:
    if isinstance(row, Text):
        return _text(row)
    if isinstance(row, Pair):
        return f'<div class="row {row.look} {row.part}">{_bdi(row.left)}<span class="n">{_bdi(row.right)}</span></div>'
    if isinstance(row, Item):
        small = "".join(f'<div class="small n">{_bdi(note)}</div>' for note in (*row.notes, *filter(None, [row.detail])))
        return f'<div class="item"><div class="row">{_bdi(row.name)}<span class="n">{_bdi(row.amount)}</span></div>{small}</div>'
    if isinstance(row, Rule):
        return '<hr class="heavy">' if row.heavy else "<hr>"
    if isinstance(row, Gap):
        return '<div class="gap"></div>'
    if isinstance(row, Logo):
        return f'<img class="logo" alt="" src="data:image/png;base64,{escape(row.png)}">'
    return _qr(row)


def _text(row: Text) -> str:
    if row.look == "title":
        return f"<h1>{_bdi(row.text)}</h1>"
    side = "" if row.left else " c"
    return f'<p class="{row.look}{side}">{_bdi(row.text)}</p>'


def _bdi(text: str) -> str:
    """Each text is an island: one from right to left turns nothing around but itself."""
    return f"<bdi>{escape(text)}</bdi>"


def _qr(row: Qr) -> str:
    import segno

    drawn = segno.make(row.text, error="m", micro=False).svg_inline(scale=4, border=2, omitsize=True)
    return f'<figure>{drawn}<p class="small c">{_bdi(row.caption)}</p></figure>'
