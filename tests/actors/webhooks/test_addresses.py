"""Which URLs a stranger may make us call. Those that they may not: test_hostile_urls.py."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.webhooks.addresses import may_connect, read_networks, why_refused


@pytest.mark.parametrize(
    "url",
    [
        "https://books.example/kasir", "http://books.example:8080/", "https://sub.domain.books.example/a/b?c=d&e=%2F", "https://xn--bcher-kva.example/",
        "https://8.8.8.8/hook", "https://[2606:4700:4700::1111]/hook", "https://[64:ff9b::8.8.8.8]/", "https://a_b.example/", "https://3com.example/",
        "https://BOOKS.example/", "http://postgres:5432/",
    ],
)  # fmt: skip
def test_ordinary_urls_are_not_refused(url: str) -> None:
    assert why_refused(url) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/", "http://[::1]:9000/", "http://[::ffff:127.0.0.1]/", "http://10.1.2.3/"])
def test_the_operator_may_allow_networks(url: str) -> None:
    allowed = read_networks("127.0.0.0/8, ::1/128,10.1.0.0/16")
    assert why_refused(url, allowed) is None


def test_what_is_allowed_stays_narrow() -> None:
    allowed = read_networks("127.0.0.0/8")
    assert why_refused("http://10.0.0.1/", allowed) is not None
    assert why_refused("http://127.1/", allowed) is not None


@given(st.ip_addresses(v=4))
def test_only_global_ipv4_is_public(address: IPv4Address) -> None:
    if may_connect(address):
        assert address.is_global


@given(st.ip_addresses(v=6))
def test_only_global_ipv6_is_public(address: IPv6Address) -> None:
    if may_connect(address) and address not in read_networks("64:ff9b::/96")[0]:
        assert address.is_global


@given(st.ip_addresses(v=4))
def test_a_disguise_changes_nothing(address: IPv4Address) -> None:
    public = may_connect(address)
    assert may_connect(ip_address(f"::ffff:{address}")) == public
    assert may_connect(ip_address(f"64:ff9b::{address}")) == public


@pytest.mark.parametrize("text", ["127.0.0.1/33", "localhost", "10.0.0.1/8"])
def test_not_a_network(text: str) -> None:
    with pytest.raises(ValueError, match=r"network|address|host bits"):
        read_networks(text)
