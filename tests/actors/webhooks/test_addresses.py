"""Which URLs a stranger may make us call."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.webhooks.addresses import may_connect, read_networks, why_refused

HOSTILE = [
    # loopback, in every spelling
    "http://127.0.0.1/", "http://127.0.0.1:8080/hook", "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/",
    "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://017700000001/", "http://127.0.0.1./", "http://0x7F.1/", "http://127.0.0.001/",
    "http://[::1]/", "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/",
    "http://0/", "http://0.0.0.0/", "http://[::]/", "https://127.255.255.254/", "http://127.0.0.1%2f@example.com/",
    # metadata and link-local
    "http://169.254.169.254/latest/meta-data/", "http://0xa9fea9fe/", "http://2852039166/", "http://0251.0376.0251.0376/",
    "http://[::ffff:169.254.169.254]/", "http://[fd00:ec2::254]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://169.254.169.254./",
    # private and shared
    "http://10.0.0.1/", "http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.1.1/", "http://100.64.0.1/",
    "http://100.100.100.200/", "http://[fc00::1]/", "http://[fd12:3456::1]/", "http://[fec0::1]/", "http://3232235777/",
    # IPv4 inside IPv6
    "http://[2002:7f00:1::]/", "http://[2002:a9fe:a9fe::]/", "http://[64:ff9b::7f00:1]/", "http://[64:ff9b::10.0.0.1]/",
    "http://[64:ff9b:1::1]/", "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    # reserved, multicast, broadcast, documentation
    "http://224.0.0.1/", "http://[ff02::1]/", "http://240.0.0.1/", "http://255.255.255.255/", "http://192.0.0.1/", "http://198.18.0.1/",
    "http://192.0.2.1/", "http://198.51.100.1/", "http://203.0.113.1/", "http://[2001:db8::1]/", "http://192.88.99.1/",
    # who is meant is not what it looks like
    "http://good.example@127.0.0.1/", "http://user:password@good.example/", "http://@good.example/", "http://good.example\\@127.0.0.1/",
    "http://good.example#@127.0.0.1/", "http://127.0.0.1#.good.example/", "http://good.example./", "http://%31%32%37.0.0.1/",
    "http://127%2e0%2e0%2e1/", "http://good.example:0/", "http://good.example:99999/", "http://good.example:80:80/",
    "http://\u2460\u2461\u2466.0.0.1/", "http://127\u30020\u30020\u30021/", "http://good.example /", "http://good.example\t/", "http://-bad.example/",
    "http://bad..example/", "http://1.2.3.4.5/", "http://256.256.256.256/", "http://0x/", "http://[::1/", "http://[127.0.0.1]/", "http://*/",
    # not HTTP, or nothing
    "ftp://good.example/", "file:///etc/passwd", "gopher://good.example/", "//good.example/", "http:///", "http://", "https://?", "javascript:1",
    "http:good.example", "unix:///var/run/docker.sock",
]  # fmt: skip


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_urls_are_refused(url: str) -> None:
    assert why_refused(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://books.example/kasir", "http://books.example:8080/", "https://sub.domain.books.example/a/b?c=d&e=%2F", "https://xn--bcher-kva.example/",
        "https://8.8.8.8/hook", "https://[2606:4700:4700::1111]/hook", "https://[64:ff9b::8.8.8.8]/", "https://a_b.example/", "https://3com.example/",
        "https://BOOKS.example/", "http://postgres:5432/",
    ],
)  # fmt: skip
def test_ordinary_urls_are_not(url: str) -> None:
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
