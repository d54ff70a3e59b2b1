"""Headers that an endpoint's owner adds to every post: which they may be. Pure.

What says how a message is read, who sends it, or where it comes from is ours to say; cookies belong to browsers. `authorization`
is for the owner to choose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from yarl import URL

from actors.runtime.words import FieldError

NOT_ALLOWED = frozenset(
    {
        "accept-encoding", "connection", "cookie", "date", "expect", "forwarded", "host", "http2-settings", "keep-alive", "te", "traceparent",
        "tracestate", "trailer", "transfer-encoding", "upgrade", "user-agent", "via", "x-real-ip",
    }
)  # fmt: skip
NOT_ALLOWED_PREFIXES = ("webhook-", "content-", "proxy-", "x-forwarded-")


def why_not(headers: Mapping[str, str]) -> Iterator[FieldError]:
    """One for each header that cannot be sent."""
    seen: set[str] = set()
    for name in headers:
        lower = name.lower()
        if lower in NOT_ALLOWED or lower.startswith(NOT_ALLOWED_PREFIXES):
            yield FieldError(pointer=f"/headers/{name}", detail=f"{name} is not yours to set. Use a name of your own, or Authorization.")
        elif lower in seen:
            yield FieldError(pointer=f"/headers/{name}", detail="It is there twice: capitals make no difference.")
        seen.add(lower)


def would_stray(before: str | None, after: str | None) -> bool:
    """Whether another URL takes them to another scheme, host or port. From none as well: else one would go there by way of null."""
    return after is not None and (before is None or _origin(before) != _origin(after))


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parsed = URL(url)
    return parsed.scheme, parsed.host, parsed.port
