"""From HTTP to values: the body's bytes, parameters, and the headers that carry meaning."""

from __future__ import annotations

import json
import re
from asyncio import timeout
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from actors.runtime.words import FieldError
from http_edge.problems import (
    BAD_HEADER,
    BAD_JSON,
    BAD_PARAMETER,
    BODY_TOO_LARGE,
    INVALID_FIELDS,
    KEY_MISSING,
    SLOW_CLIENT,
    VERSION_MISSING,
    WRONG_TYPE,
)
from http_edge.validation import find_errors

BODY_SECONDS_MAX = 30.0
PARAMETERS_MAX = 50

JSON_TYPE = re.compile(r"^application/json *(; *charset=\"?utf-8\"? *)?$", re.IGNORECASE | re.ASCII)
IDEMPOTENCY_KEY = re.compile(r"^[!-~]{1,255}$", re.ASCII)
ETAG = re.compile(r'^"([1-9][0-9]{0,15})"$', re.ASCII)
VERSION_MAX = 2**53


# --- body ---------------------------------------------------------------------------------------------------


async def read_body(request: web.BaseRequest, bytes_max: int) -> bytes:
    """The whole body. Refuses what is too large before reading it, and what dribbles in too slowly."""
    length = request.content_length
    if length is not None and length > bytes_max:
        raise _too_large(bytes_max)
    content = request.content
    if content.is_eof():
        return content.read_nowait()
    if request.headers.get("Expect", "").lower() == "100-continue":
        transport = request.transport
        if transport is not None:
            transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = bytearray()
    try:
        async with timeout(BODY_SECONDS_MAX):
            while chunk := await content.readany():
                body += chunk
                if len(body) > bytes_max:
                    raise _too_large(bytes_max)
    except TimeoutError:
        raise SLOW_CLIENT.declined(f"The body was not complete after {BODY_SECONDS_MAX:.0f} seconds.", headers=CLOSE) from None
    return bytes(body)


CLOSE = {"Connection": "close"}


def _too_large(bytes_max: int) -> Exception:
    return BODY_TOO_LARGE.declined(f"At most {bytes_max} bytes are taken here.", headers=CLOSE)


def check_content_type(value: str | None) -> None:
    if value != "application/json" and (value is None or not JSON_TYPE.match(value)):
        raise WRONG_TYPE.declined(f"The body is {value!r:.100}; send it as application/json." if value else "Content-Type is missing.")


def check_content_encoding(value: str | None) -> None:
    """A packed body could unpack to anything, or to nothing; ours are small. RFC 7694 names the answer."""
    if value is not None and value.strip().lower() not in ("", "identity"):
        detail = f"The body is packed ({value!r:.100}); send it without Content-Encoding."
        raise WRONG_TYPE.declined(detail, headers={"Accept-Encoding": "identity"})


def _refuse_doubled(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) > 1 and len(dict(pairs)) != len(pairs):
        raise ValueError("a name comes twice in one object")


_names = json.JSONDecoder(object_pairs_hook=_refuse_doubled, parse_float=len, parse_int=len)
"""Sees nothing but names: msgspec would silently take the last of two equal ones, and a wrong price could hide that way."""


def decode_body(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    """The struct that `body` holds. Bad JSON is a 400, bad fields are a 422 with all of them."""
    try:
        value = decoder.decode(body)
        _names.decode(body.decode())
        return value
    except msgspec.ValidationError as error:
        raise _invalid(decoder.type, body, str(error)) from None
    except (ValueError, RecursionError) as error:
        raise _bad_json(body, error) from None


def _invalid(wanted: Any, body: bytes, message: str) -> Exception:
    try:
        errors = find_errors(msgspec.json.decode(body), wanted)
    except msgspec.ValidationError:
        errors = []
    except (ValueError, RecursionError) as error:
        return _bad_json(body, error)
    errors = errors or [FieldError(pointer="", detail=message)]
    return INVALID_FIELDS.declined(f"{len(errors)} of the fields cannot be used; `errors` says which, and why.", errors)


def _bad_json(body: bytes, error: Exception) -> Exception:
    if not body:
        return BAD_JSON.declined("The body is empty.")
    if isinstance(error, RecursionError):
        return BAD_JSON.declined("The body is nested too deeply.")
    if isinstance(error, UnicodeDecodeError):
        return BAD_JSON.declined("The body is not UTF-8.")
    return BAD_JSON.declined(f"The body cannot be read as JSON: {error}."[:300])


# --- parameters ---------------------------------------------------------------------------------------------


def read_query(query: str, known: tuple[str, ...]) -> dict[str, str]:
    """Query parameters by name. Unknown and repeated ones are refused: a misspelt filter must not be ignored silently."""
    if not query:
        return {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=PARAMETERS_MAX)
    except ValueError:
        raise BAD_PARAMETER.declined("The query is not UTF-8, or has too many parameters.") from None
    given = dict(pairs)
    errors = [FieldError(pointer=f"?{name}", detail="is not a parameter here") for name in given if name not in known]
    if len(given) < len(pairs):
        names = [name for name, _ in pairs]
        errors += [FieldError(pointer=f"?{name}", detail="is given more than once") for name in given if names.count(name) > 1]
    if errors:
        there_are = f"There are: {', '.join(known)}." if known else "This call takes none."
        raise BAD_PARAMETER.declined(f"`errors` lists the parameters that cannot be used. {there_are}", errors)
    return given


# --- headers ------------------------------------------------------------------------------------------------


def read_idempotency_key(headers: Mapping[str, str]) -> str:
    key = headers.get("Idempotency-Key")
    if key is None:
        raise KEY_MISSING.declined(
            "Send an `Idempotency-Key` header: a fresh UUID for each new intention, the same one again for its retries."
        )
    if not IDEMPOTENCY_KEY.match(key):
        raise BAD_HEADER.declined("`Idempotency-Key` should be 1 to 255 visible ASCII characters; a UUID is a good one.")
    return key


def read_if_match(headers: Mapping[str, str]) -> int:
    """The version that a change was made for."""
    tag = headers.get("If-Match")
    if tag is None:
        raise VERSION_MISSING.declined('Send the `ETag` of what you changed as `If-Match`, for example `If-Match: "3"`.')
    match = ETAG.match(tag.strip())
    if match is None or int(match[1]) > VERSION_MAX:
        raise BAD_HEADER.declined('`If-Match` should be one strong ETag with a version, for example `"3"`.')
    return int(match[1])
