"""Puts the page together: navigation, how to begin, every operation, every event, every problem."""

from __future__ import annotations

import json
import re
import shlex
from html import escape
from pathlib import Path
from typing import Any

from http_edge.docs.fields import Tables, resolve, rich, type_of
from http_edge.openapi import openapi_document
from http_edge.outcomes import every_decline
from http_edge.routes import ROUTES

FOLDER = Path(__file__).parent
METHODS = ("get", "post", "patch", "delete")
TOKEN = re.compile(
    r'(?P<string>&quot;(?:[^&\\]|\\.|&(?!quot;))*?&quot;)(?P<colon>\s*:)?'
    r'|(?P<number>-?\b\d[\d.eE+-]*\b)|(?P<word>\b(?:true|false|null)\b)'
)


def docs_page() -> str:
    document = openapi_document()
    tables = Tables(document["components"]["schemas"])
    tags = [(tag, [one for one in _operations(document) if tag["name"] in one[2]["tags"]]) for tag in document["tags"]]
    sections = "".join(_resource(tag, operations, tables) for tag, operations in tags)
    page = (FOLDER / "page.html").read_text("utf-8")
    values = {
        "version": escape(document["info"]["version"]),
        "style": (FOLDER / "style.css").read_text("utf-8"),
        "navigation": "".join(_navigation(tag, operations) for tag, operations in tags),
        "resources": sections,
        "events": "".join(_event(name, item["post"], tables) for name, item in document["webhooks"].items()),
        "problems": "".join(_problem(no.status, no.code, no.title, no.advice) for no in every_decline(ROUTES)),
    }
    return re.sub(r"{{(\w+)}}", lambda match: values[match[1]], page)


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, item[method]) for path, item in document["paths"].items() for method in METHODS if method in item]


def _anchor(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


def _navigation(tag: dict[str, Any], operations: list[tuple[str, str, dict[str, Any]]]) -> str:
    links = "".join(
        f'<li><a href="#{one["operationId"]}"><b class="verb {method}">{method}</b><span>{rich(one["summary"].partition(";")[0])}</span></a></li>'
        for method, _, one in operations
    )
    return f'<p><a href="#{_anchor(tag["name"])}">{escape(tag["name"])}</a></p><ul>{links}</ul>'


def _resource(tag: dict[str, Any], operations: list[tuple[str, str, dict[str, Any]]], tables: Tables) -> str:
    body = "".join(_operation(method, path, one, tables) for method, path, one in operations)
    return f'<section id="{_anchor(tag["name"])}"><h2>{escape(tag["name"])}</h2><p class="about">{rich(tag["description"])}</p>{body}</section>'


def _operation(method: str, path: str, one: dict[str, Any], tables: Tables) -> str:
    status, success = next((int(code), told) for code, told in one["responses"].items() if code.startswith("2"))
    anchor = one["operationId"]
    kind, answer = next(iter(success["content"].items()))
    asked = one.get("requestBody", {}).get("content", {}).get("application/json")
    left = [f"<p>{rich(one['description'])}</p>", _parameters(one["parameters"])]
    if asked:
        about = resolve(asked["schema"], tables.named).get("description", "")
        left.append(f"<h4>Body</h4><p>{rich(about)}</p>{tables.of(asked['schema'], anchor)}")
    left.append(_answer(status, kind, answer, tables, anchor))
    left.append(_declines(one["responses"]))
    right = _code("Request", _colour(_curl(method, path, one, asked)), "shell")
    if "example" in answer:
        right += _code(f"Answer {status}", _json(answer["example"]), "json")
    return (
        f'<article id="{anchor}"><h3>{rich(one["summary"])}</h3>'
        f'<p class="path"><b class="verb {method}">{method}</b><code>{_path(path)}</code></p>'
        f'<div class="pair"><div>{"".join(left)}</div><div class="aside">{right}</div></div></article>'
    )


def _answer(status: int, kind: str, answer: dict[str, Any], tables: Tables, anchor: str) -> str:
    if "schema" not in answer:
        return f"<p>Answer: {status}, <code>{escape(kind)}</code></p>"
    schema = answer["schema"]
    return f"<details><summary>Answer: {status}, {escape(type_of(schema))}</summary>{tables.of(schema, anchor)}</details>"


def _path(path: str) -> str:
    return re.sub(r"({\w+})", r"<i>\1</i>", escape(path))


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = "".join(
        f'<tr><td class="name"><code>{escape(p["name"])}</code>{"<span class=must>required</span>" if p["required"] else ""}</td>'
        f'<td><span class="type">{p["in"]} · {escape(type_of(p["schema"]))}</span> <span>{rich(p["schema"].get("description", ""))}</span></td></tr>'
        for p in parameters
    )
    return f'<h4>Parameters</h4><table class="fields"><tbody>{rows}</tbody></table>' if rows else ""


def _declines(responses: dict[str, Any]) -> str:
    rows = "".join(
        f'<tr><td class="status">{status}</td><td>{_codes(told["description"])}</td></tr>'
        for status, told in responses.items() if int(status) >= 400
    )  # fmt: skip
    return f"<details><summary>When it says no</summary><table class=\"fields\"><tbody>{rows}</tbody></table></details>"


def _codes(description: str) -> str:
    return re.sub(r"`([\w.]+)`", lambda m: f'<a href="#problem-{m[1]}"><code>{m[1]}</code></a>', escape(description)).replace("; ", "<br>")


def _curl(method: str, path: str, one: dict[str, Any], asked: dict[str, Any] | None) -> str:
    names = {p["name"]: p for p in one["parameters"]}
    address = re.sub(r"{(\w+)}", lambda match: f"${match[1].upper()}", path)
    lines = [f"curl {'' if method == 'get' else f'-X {method.upper()} '}\"$KASIR{address}\""]
    if one.get("security") != []:
        lines.append('-H "Authorization: Bearer $KEY"')
    if "Idempotency-Key" in names:
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if "If-Match" in names:
        lines.append("-H 'If-Match: \"1\"'")
    if asked:
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json.dumps(asked.get('example'), indent=2, ensure_ascii=False))}"]
    return " \\\n  ".join(lines)


def _event(name: str, one: dict[str, Any], tables: Tables) -> str:
    content = one["requestBody"]["content"]["application/json"]
    data = content["schema"]["properties"]["data"]
    table = f"<details><summary>data: {escape(type_of(data))}</summary>{tables.of(data, 'event-' + name)}</details>"
    example = _code("Body", _json(content["example"]), "json")
    return (
        f'<article id="event-{escape(name)}"><h3><code>{escape(name)}</code></h3><div class="pair"><div><p>{rich(one["summary"])}.</p>{table}</div>'
        f'<div class="aside"><details><summary>Example</summary>{example}</details></div></div></article>'
    )


def _problem(status: int, code: str, title: str, advice: str) -> str:
    return (
        f'<tr id="problem-{escape(code)}"><td class="status">{status}</td><td class="name"><code>{escape(code)}</code></td>'
        f"<td>{rich(title)}{f'<span class=advice>{rich(advice)}</span>' if advice else ''}</td></tr>"
    )


def _code(title: str, html: str, kind: str) -> str:
    return f'<figure class="{kind}"><figcaption>{escape(title)}</figcaption><pre><code>{html}</code></pre></figure>'


def _json(value: Any) -> str:
    return _colour(json.dumps(value, indent=2, ensure_ascii=False))


def _colour(text: str) -> str:
    """Escaped, with strings, numbers and words in their colours."""
    return TOKEN.sub(_token, escape(text, quote=True))


def _token(match: re.Match[str]) -> str:
    if match["string"]:
        return f'<span class="{"key" if match["colon"] else "str"}">{match["string"]}</span>{match["colon"] or ""}'
    return f'<span class="num">{match[0]}</span>'
