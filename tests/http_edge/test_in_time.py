"""However many have to be asked for one request, whoever sent it waits no longer than for one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from msgspec.json import encode

from actors.orders.contract import Order
from actors.runtime.client import Reply
from actors.runtime.settings import Settings
from actors.runtime.words import Rights
from http_edge.examples import EXAMPLES
from http_edge.operation import LEFT_SECONDS_MIN
from tests.http_edge.scripted import OWNER, change

SECONDS = 1.0
CASHIER = "kasir_cashier" + "E" * 31
STORE = UUID(int=77)
ORDER = "/v1/orders/01930000-0000-7000-8000-000000000001"
REASON = {"reason": "changed their mind"}
NOTHING_DONE = (503, "edge.busy", "1")


@pytest.fixture
def settings() -> Settings:
    return Settings(http_port=0, rate_limit_per_second=0, drain_seconds=0.2, request_timeout_seconds=SECONDS)


def told(answer: Any) -> tuple[int, str, str]:
    assert "Nothing was done; try again." in answer.json["detail"]
    return answer.status, answer.json["code"], answer.headers["Retry-After"]


async def test_each_request_has_so_much_time_in_all(counter: Any) -> None:
    counter.actors.script["orders.get"] = Reply(encode(EXAMPLES[Order]), replayed=False)
    counter.actors.keys.append(change(CASHIER, ["*"], number=9, store_ids=[EXAMPLES[Order].store_id]))
    for key in (CASHIER, OWNER):
        assert (await counter.call("POST", f"{ORDER}/cancel", key=key, json=REASON)).status == 200
    *_, bound, free = [asked.context["timeout_seconds"] for asked in counter.actors.asked if asked.subject == "orders.cancel"]
    assert LEFT_SECONDS_MIN <= bound < SECONDS
    assert LEFT_SECONDS_MIN <= free <= SECONDS


async def test_where_something_is_cannot_be_found_out(counter: Any) -> None:
    counter.actors.keys.append(change(CASHIER, ["*"], number=9, store_ids=[STORE]))
    counter.actors.silent.add("orders.get")
    assert told(await counter.call("POST", f"{ORDER}/cancel", key=CASHIER, json=REASON)) == NOTHING_DONE
    assert {asked.subject for asked in counter.actors.asked} == {"orders.get"}


async def test_an_approval_cannot_be_looked_up(counter: Any) -> None:
    counter.actors.keys.append(change(CASHIER, ["*"], number=9, rights=Rights()))
    counter.actors.silent.add("staff.use_approval")
    answer = await counter.call("POST", f"{ORDER}/cancel", key=CASHIER, json=REASON, headers={"Approval": "token"})
    assert told(answer) == NOTHING_DONE
    assert "orders.cancel" not in {asked.subject for asked in counter.actors.asked}


async def test_a_key_that_cannot_be_looked_up_is_not_called_unknown(counter: Any) -> None:
    counter.actors.silent.add("staff")
    assert told(await counter.call("GET", "/v1/products", key="kasir_new" + "F" * 32)) == NOTHING_DONE
    assert (await counter.call("GET", "/v1/products", key=OWNER)).status == 200
    counter.actors.silent.clear()
    assert (await counter.call("GET", "/v1/products", key="kasir_new" + "F" * 32)).status == 401
