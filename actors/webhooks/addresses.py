"""Which addresses Kasir may call for a stranger: public ones, and what the operator allows. Pure.

A webhook URL is a request that our servers make for somebody else; without these rules it reads the operator's
network (SSRF). URLs are checked at registration, and every address again at the moment of connecting.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from yarl import URL

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and the clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_PUBLIC_V6 = IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # IETF protocols: Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4: any IPv4 address in disguise
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")

_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_AUTHORITY = re.compile("[/?]")
_NUMERIC_LABEL = re.compile(r"([0-9]+|0x[0-9a-f]*)", re.IGNORECASE)


def read_networks(text: str) -> tuple[Network, ...]:
    """Networks from `127.0.0.0/8,::1/128`. ValueError when one is none."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def may_connect(address: Address, allowed: Sequence[Network] = ()) -> bool:
    """Whether a webhook may go to this address."""
    address = _unwrapped(address)
    if any(address in network for network in allowed if network.version == address.version):
        return True
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


def _unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped or NAT64 one: the packet ends up there."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def why_refused(url: str, allowed: Sequence[Network] = ()) -> str | None:
    """Why this URL can never be called, or None. What its name resolves to is checked elsewhere, again and again.

    Parsed with the same library that will call it, so that both see the same host.
    """
    if "\\" in url or "#" in url or not url.isascii() or any(character <= " " for character in url):
        return "it holds a backslash, a fragment, a space or another character that has no place in it"
    try:
        parsed = URL(url)
        host, port = parsed.raw_host, parsed.port
    except ValueError:
        return "it cannot be parsed"
    if parsed.scheme not in ("http", "https") or not host or not port:
        return "it is not http://host/... or https://host/..."
    if "@" in _AUTHORITY.split(url)[2]:
        return "it carries a user name; use the signature to know who is calling"
    return _why_host_refused(host, bracketed="[" in parsed.raw_authority, allowed=allowed)


def _why_host_refused(host: str, bracketed: bool, allowed: Sequence[Network]) -> str | None:
    if "%" in host:
        return "its host is escaped or has a zone"
    if bracketed or _NUMERIC_LABEL.fullmatch(host.rstrip(".").rpartition(".")[2]):
        address = literal(host)
        if address is None:
            return "its host is a number in disguise; write the address as 203.0.113.7 or [2001:db8::7]"
        return None if may_connect(address, allowed) else f"{address} is not a public address"
    if not _NAME.fullmatch(host):
        return "its host is not a domain name without a dot at the end"
    return None


def literal(host: str) -> Address | None:
    """The address that a host is, when it is one in its usual spelling, and not a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None
