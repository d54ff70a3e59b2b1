"""Nobody makes our servers call what only they can reach: not by any spelling, not by any name, not by a change of mind."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from actors.runtime.client import Refused
from actors.webhooks.addresses import may_connect, why_refused
from actors.webhooks.bag import Target
from actors.webhooks.contract import (
    CREATE_ENDPOINT,
    GET_DELIVERY,
    LIST_ENDPOINTS,
    SEND_TEST,
    UPDATE_ENDPOINT,
    Attempt,
    CreateEndpoint,
    EndpointChanges,
    GetDelivery,
    ListEndpoints,
    SendTest,
    UpdateEndpoint,
)
from actors.webhooks.lanes import Parcel
from actors.webhooks.posting import open_session, post
from tests.actors.webhooks.hostile_urls import CONTRACT, HOSTILE, NOT_PUBLIC, RESOLVING_TO
from tests.actors.webhooks.listener import listen, register, statuses
from tests.support import House, Servers, eventually, open_house, some_id

PUBLIC = "8.8.8.8"
OPERATORS = (Path(__file__).parents[3] / "docs" / "operators.md").read_text("utf-8")
AT_CONNECT = "is not an address that webhooks may call"


@pytest_asyncio.fixture(scope="module")
async def strict(servers: Servers) -> AsyncIterator[House]:
    """An operator who allows no private network at all."""
    async with open_house(await servers.settings(webhooks_allow=""), ("webhooks", "stores")) as house:
        yield house


class Dns:
    """What the world's name servers say: the one thing here that is made up. Everybody asks through `socket.getaddrinfo`, or their loop's."""

    def __init__(self) -> None:
        self.says: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.answering = threading.Event()
        """Set when names that hang are answered at last."""
        self._real = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *args: Any, **more: Any) -> Any:
        if str(host).startswith("hanging"):
            self.asked.append(host)
            self.answering.wait()
        addresses = self.says.get(host)
        if addresses is None:
            return self._real(host, port, *args, **more)
        self.asked.append(host)
        # The last answer stays: a name that was public once may be private the second time.
        address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        return self._real(address, port, 0, socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)

    async def of_loop(self, *args: Any, **more: Any) -> Any:
        return await asyncio.to_thread(self, *args, **more)


@pytest_asyncio.fixture
async def dns(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Dns]:
    dns = Dns()
    monkeypatch.setattr(socket, "getaddrinfo", dns)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", dns.of_loop)
    yield dns
    dns.answering.set()


async def refusal_of(house: House, url: str) -> str:
    with pytest.raises(Refused) as no:
        await house.call(CREATE_ENDPOINT, CreateEndpoint(url=url))
    refusal = no.value.refusal
    if refusal.code == "runtime.unreadable":
        return f"{CONTRACT}: {refusal.detail}"
    assert refusal.code == "webhooks.refused_url"
    assert [error.pointer for error in refusal.errors] == ["/url"]
    return refusal.errors[0].detail


async def first_attempt(house: House, url: str) -> Attempt:
    """What came of a test event to a new endpoint."""
    made = await register(house, url)
    sent = await house.call(SEND_TEST, SendTest(endpoint_id=made.id))

    async def attempts() -> list[Attempt]:
        return (await house.call(GET_DELIVERY, GetDelivery(endpoint_id=made.id, id=sent.id))).attempts

    tried: list[Attempt] = await eventually(attempts)
    return tried[0]


# --- registration -------------------------------------------------------------------------------------------


def test_the_table_is_as_long_as_operators_are_told() -> None:
    urls = [url for url, _ in HOSTILE]
    assert len(urls) == len(set(urls))
    assert f"has {len(HOSTILE)} URLs and {len(RESOLVING_TO)} names" in OPERATORS.replace("\n", " ")


@pytest.mark.parametrize("url", re.findall(r"`([a-z]+://[^` ]+)`", OPERATORS.partition("## What webhooks may call")[2].partition("\n## ")[0]))
async def test_what_operators_are_told_to_be_refused_is(strict: House, url: str) -> None:
    await refusal_of(strict, url)


@pytest.mark.parametrize(("url", "reason"), HOSTILE)
async def test_hostile_urls_are_refused_at_registration(strict: House, url: str, reason: str) -> None:
    assert reason in await refusal_of(strict, url)


async def test_and_when_an_endpoint_is_changed(strict: House) -> None:
    made = await register(strict, f"https://{PUBLIC}/")
    for url, reason in HOSTILE[:3]:
        with pytest.raises(Refused, match=reason):
            await strict.call(UPDATE_ENDPOINT, UpdateEndpoint(id=made.id, if_version=1, changes=EndpointChanges(url=url)))


@pytest.mark.parametrize(("name", "address"), RESOLVING_TO)
async def test_names_of_private_addresses_are_refused(strict: House, dns: Dns, name: str, address: str) -> None:
    dns.says[name] = [address]
    assert NOT_PUBLIC in await refusal_of(strict, f"https://{name}/hook")


async def test_what_this_machine_calls_itself_is_refused(strict: House) -> None:
    assert NOT_PUBLIC in await refusal_of(strict, "http://localhost:9/")


async def test_nothing_that_was_refused_is_there(strict: House) -> None:
    page = await strict.call(LIST_ENDPOINTS, ListEndpoints(limit=500))
    assert {one.url for one in page.items}.isdisjoint(url for url, _ in HOSTILE)


# --- the connection -----------------------------------------------------------------------------------------


@asynccontextmanager
async def posting() -> AsyncIterator[Any]:
    """Posts to a URL as the postman would if registration had let it pass."""
    async with open_session(()) as session:

        async def to(url: str) -> str | None:
            target = Target(number=1, endpoint_id=some_id(), version=1, url=URL(url), keys=(), timeout_seconds=5)
            return (await post(session, target, Parcel(seq=1, lane=1, id="1", body=b"{}"), 0.0)).error

        yield to


@pytest.mark.parametrize("url", [url for url, reason in HOSTILE if reason == NOT_PUBLIC])
async def test_private_addresses_are_refused_at_the_connection_too(url: str) -> None:
    async with posting() as to:
        assert AT_CONNECT in str(await to(url))


@pytest.mark.parametrize(("name", "address"), RESOLVING_TO)
async def test_names_are_looked_at_again_at_the_connection(dns: Dns, name: str, address: str) -> None:
    dns.says[name] = [address]
    async with posting() as to:
        assert AT_CONNECT in str(await to(f"http://{name}/hook"))


async def test_a_name_that_was_public_when_it_was_registered(strict: House, dns: Dns) -> None:
    """DNS rebinding: the second time the name leads to this machine, where somebody listens."""
    async with listen() as listener:
        dns.says["rebinding.example"] = [PUBLIC, "127.0.0.1"]
        attempt = await first_attempt(strict, listener.url.replace("127.0.0.1", "rebinding.example"))
        assert (attempt.status, AT_CONNECT in str(attempt.error)) == (None, True)
        assert len(dns.asked) >= 2
        assert listener.arrived == []


async def test_a_name_that_could_not_be_resolved_when_it_was_registered(strict: House, dns: Dns) -> None:
    async with listen() as listener:
        made = await register(strict, listener.url.replace("127.0.0.1", "later.invalid"))
        dns.says["later.invalid"] = ["127.0.0.1"]
        sent = await strict.call(SEND_TEST, SendTest(endpoint_id=made.id))

        async def attempted() -> bool:
            delivery = await strict.call(GET_DELIVERY, GetDelivery(endpoint_id=made.id, id=sent.id))
            return any(AT_CONNECT in str(one.error) for one in delivery.attempts)

        await eventually(attempted)
        assert listener.arrived == []


async def test_names_that_hang_keep_nobody_else_waiting(dns: Dns) -> None:
    """More of them than the event loop has threads for everything else."""
    dns.says["quick.example"] = ["127.0.0.1"]
    async with posting() as to:
        hanging = [asyncio.create_task(to(f"http://hanging-{number}.example/")) for number in range(60)]
        await eventually(lambda: len(dns.asked) == 60)
        assert AT_CONNECT in str(await to("http://quick.example/hook"))
        dns.answering.set()
        await asyncio.gather(*hanging)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(house: House, status: int) -> None:
    async with listen() as inside, listen(statuses(status, Location=inside.url)) as outside:
        attempt = await first_attempt(house, outside.url)
        assert (attempt.status, inside.arrived) == (status, [])


async def test_what_the_operator_allows_is_reached_and_nothing_beside_it(fresh_house: Any) -> None:
    house = await fresh_house(("webhooks", "stores"), webhooks_allow="127.0.0.1/32")
    async with listen() as listener:
        assert (await first_attempt(house, listener.url)).status == 200
        for url in ("http://127.0.0.2/", "http://[::1]/", "http://10.0.0.1/", "http://2130706433/"):
            await refusal_of(house, url)


async def test_an_endpoint_whose_network_is_allowed_no_more(servers: Servers) -> None:
    """The operator changes their mind: what is registered already is refused at the next start."""
    settings: Any = await servers.settings(webhooks_allow="127.0.0.0/8")
    async with listen() as listener:
        async with open_house(settings, ("webhooks", "stores")) as house:
            made = await register(house, listener.url)
        async with open_house(with_none_allowed(settings), ("webhooks", "stores")) as house:
            sent = await house.call(SEND_TEST, SendTest(endpoint_id=made.id))

            async def errors() -> list[str]:
                delivery = await house.call(GET_DELIVERY, GetDelivery(endpoint_id=made.id, id=sent.id))
                return [str(one.error) for one in delivery.attempts]

            assert NOT_PUBLIC in (await eventually(errors))[0]
        assert listener.arrived == []


def with_none_allowed(settings: Any) -> Any:
    return msgspec.structs.replace(settings, webhooks_allow="")


async def test_a_proxy_in_the_environment_is_nobodys_detour(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listen() as proxy, listen() as listener:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert (await first_attempt(house, listener.url)).status == 200
        assert proxy.arrived == []


# --- every spelling -----------------------------------------------------------------------------------------

PRIVATE = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
]  # fmt: skip


@st.composite
def private_addresses(draw: st.DrawFn) -> IPv4Address:
    return draw(st.ip_addresses(v=4, network=draw(st.sampled_from(PRIVATE))))


@st.composite
def numbers(draw: st.DrawFn, value: int) -> str:
    """One number, in any base that some resolver reads."""
    zeros = "0" * draw(st.integers(0, 3))
    return draw(st.sampled_from([str(value), f"0x{zeros}{value:x}", f"0X{zeros}{value:X}", f"0{zeros}{value:o}", f"{zeros}{value}"]))


@st.composite
def spellings(draw: st.DrawFn) -> str:
    """A private IPv4 address as a host: in one to four parts, or inside an IPv6 address."""
    address = draw(private_addresses())
    value, packed = int(address), address.packed
    high, low = f"{value >> 16:x}", f"{value & 0xFFFF:x}"
    inside = [
        f"[::ffff:{address}]", f"[::ffff:{high}:{low}]", f"[0:0:0:0:0:FFFF:{high.upper()}:{low.upper()}]", f"[::{address}]", f"[::ffff:0:{address}]",
        f"[64:ff9b::{address}]", f"[64:ff9b::{high}:{low}]", f"[2002:{high}:{low}::]", f"[2002:{high}:{low}::1]",
    ]  # fmt: skip
    parts = draw(st.integers(1, 4))
    last = value & (0xFFFF_FFFF >> 8 * (parts - 1))
    dotted = ".".join([draw(numbers(one)) for one in packed[: parts - 1]] + [draw(numbers(last))])
    return draw(st.sampled_from([str(address), f"{address}.", dotted, f"{dotted}.", *inside]))


@given(
    host=spellings(),
    scheme=st.sampled_from(["http", "https"]),
    port=st.sampled_from(["", ":80", ":8443"]),
    rest=st.sampled_from(["", "/", "/hook?a=b", "?a"]),
)
def test_no_private_address_passes_in_any_spelling(host: str, scheme: str, port: str, rest: str) -> None:
    assert why_refused(f"{scheme}://{host}{port}{rest}") is not None


@given(address=st.ip_addresses(v=6, network="2002::/16") | st.ip_addresses(v=6, network="fc00::/7") | st.ip_addresses(v=6, network="fe80::/10"))
def test_no_private_ipv6_address_passes(address: Any) -> None:
    assert not may_connect(address)
    assert why_refused(f"http://[{address}]/") is not None
    assert why_refused(f"http://[{address.exploded.upper()}]/") is not None


@given(text=st.text(max_size=40), before=st.sampled_from(["http://", "https://", ""]))
def test_no_text_breaks_it(text: str, before: str) -> None:
    told = why_refused(before + text)
    assert told is None or told
