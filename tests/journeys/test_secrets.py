"""Passwords, PINs, keys, codes and tokens are planted, used, mistyped and sent where they do not belong; then everything is searched for them."""

from __future__ import annotations

import base64
import signal
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
import pytest_asyncio

from actors.runtime.database import connect_alone
from deploy.embedded.data_dir import read_servers
from tests.deploy.support import KASIR, ROOT, environ
from tests.journeys.planted import Caller, Plants, heard, in_answers, in_files, in_streams, in_tables
from tests.support import eventually

SECRET_KEY = base64.b64encode(b"planted-secret-key-of-32-bytes!!").decode()
PIN, WRONG_PIN, NEW_PIN, LEAD_PIN = "58274913", "71930582", "46028175", "93175046"
PASSWORD, WRONG_PASSWORD, NEW_PASSWORD = "Rahasia-Sekali-9931", "Rahasia-Sekalj-9931", "Lebih-Rahasia-7702"
LOGIN = "siti@example.com"
WRONG_GIFT_CODE, WRONG_ENROLMENT = "WRNG-GIFT-CODE-7315", "WRNG-7K3M"


@dataclass
class Stage:
    caller: Caller
    plants: Plants
    folder: Path
    database_url: str
    nats_url: str
    owner: str

    async def say(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """As the owner unless another `key` is given."""
        more.setdefault("key", self.owner)
        if method == "POST":
            more.setdefault("Idempotency_Key", str(uuid.uuid4()))
        return await self.caller.say(method, path, body, **more)

    async def sure(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        told = await self.say(method, path, body, **more)
        assert told["http"] < 300, told
        return told


@contextmanager
def _process(folder: Path, name: str, *args: str) -> Iterator[Path]:
    """`kasir ...` that logs all that it can; its output goes to the file."""
    path = folder / f"{name}.log"
    env = environ(KASIR_LOG_LEVEL="debug", KASIR_SECRET_KEY=SECRET_KEY, KASIR_WEBHOOKS_ALLOW="127.0.0.0/8")
    with path.open("wb") as output:
        process = subprocess.Popen(
            [*KASIR, *args, "--data-dir", str(folder)], stdout=output, stderr=subprocess.STDOUT, cwd=ROOT, env=env, start_new_session=True
        )
    try:
        yield path
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """`kasir up` with logs for a person, and members beside it with logs for a machine."""
    plants = Plants()
    plants.add("secret key", SECRET_KEY)
    with _process(tmp_path, "up", "up", "--port", "0") as log:
        await eventually(lambda: "Ctrl-C stops it" in log.read_text(), within_seconds=60)
        said = log.read_text()
        url = said.split("API", 1)[1].split()[0]
        owner = plants.add("owner's key", said.split("Owner's key", 1)[1].split()[0])
        servers = read_servers(tmp_path)
        assert servers is not None
        plants.add("password of NATS", urlsplit(servers.nats_url).password or "")
        with _process(tmp_path, "members", "run", "staff", "payments", "webhooks", "orders", "--log-format", "json") as members:
            await eventually(lambda: "members are ready" in members.read_text(), within_seconds=60)
            async with aiohttp.ClientSession() as http:
                yield Stage(Caller(url, http), plants, tmp_path, servers.database_url, servers.nats_url, owner)


async def test_nobody_tells_a_secret(stage: Stage) -> None:
    async with heard(stage.nats_url) as messages:
        shop = await _shop(stage)
        people = await _people(stage, shop)
        sessions = await _registers(stage, shop, people)
        await _approvals(stage, shop, sessions)
        await _keys_and_webhooks(stage)
        await _gift_cards(stage, shop)
        await _sent_where_they_do_not_belong(stage, sessions)
        await _while_tables_are_away(stage, shop, people, sessions)
        await _everything_read(stage)
    plants = stage.plants
    # The owner's key is shown at the first start, once; that is what the console is for.
    logs = [path for path in stage.folder.rglob("*.log") if path.name != "up.log"]
    shown = (stage.folder / "up.log").read_text(errors="replace").replace(stage.owner, "", 1)
    found = in_answers(plants, stage.caller.answers) + plants.found_in("up.log", shown) + in_files(plants, logs)
    found += await in_tables(plants, stage.database_url) + await in_streams(plants, stage.nats_url, messages)
    assert found == []
    await _the_search_itself(stage, logs, messages)


async def _the_search_itself(stage: Stage, logs: list[Path], messages: list[tuple[str, str]]) -> None:
    """What is no secret is found, wherever it is."""
    known = Plants({"login": LOGIN})
    assert len(logs) >= 3, "of the members, of PostgreSQL and of NATS"
    assert in_answers(known, stage.caller.answers)
    assert await in_streams(known, stage.nats_url, messages)
    assert any("staff.people" in line for line in await in_tables(known, stage.database_url))
    assert in_files(Plants({"error": "does not exist"}), logs), "statements have failed, and were logged"


# --- what is planted, and used


async def _shop(stage: Stage) -> dict[str, Any]:
    store = await stage.sure("POST", "/v1/stores", {"name": "Toko Melati", "currency": "IDR", "time_zone": "Asia/Jakarta"})
    register = await stage.sure("POST", "/v1/registers", {"store_id": store["id"], "code": "K1"})
    await stage.sure("POST", "/v1/products", {"name": "Teh", "variants": [{"sku": "TEH", "price": {"amount": 500000, "currency": "IDR"}}]})
    return {"store": store["id"], "register": register["id"]}


async def _people(stage: Stage, shop: dict[str, Any]) -> dict[str, Any]:
    plants = stage.plants
    plants.add("PIN", PIN), plants.add("PIN of the supervisor", LEAD_PIN), plants.add("new PIN", NEW_PIN), plants.add("wrong PIN", WRONG_PIN)
    plants.add("password", PASSWORD), plants.add("wrong password", WRONG_PASSWORD), plants.add("new password", NEW_PASSWORD)
    cashier = await stage.sure("POST", "/v1/people", {"code": "17", "name": "Siti", "roles": ["cashier"], "login": LOGIN})
    lead = await stage.sure("POST", "/v1/people", {"code": "18", "name": "Budi", "roles": ["supervisor"]})
    await stage.sure("POST", f"/v1/people/{cashier['id']}/pin", {"pin": PIN})
    await stage.sure("POST", f"/v1/people/{cashier['id']}/password", {"password": PASSWORD})
    await stage.sure("POST", f"/v1/people/{lead['id']}/pin", {"pin": LEAD_PIN})
    return {"cashier": cashier["id"], "lead": lead["id"]}


async def _registers(stage: Stage, shop: dict[str, Any], people: dict[str, Any]) -> dict[str, str]:
    plants = stage.plants
    plants.add("wrong enrolment code", WRONG_ENROLMENT)
    offer = await stage.sure("POST", f"/v1/registers/{shop['register']}/enrolment", shows=True)
    plants.add("enrolment code", offer["code"])
    assert (await stage.say("POST", "/v1/enrolments", {"code": WRONG_ENROLMENT}, key=""))["http"] >= 400
    register = plants.add("register's key", (await stage.sure("POST", "/v1/enrolments", {"code": offer["code"]}, key="", shows=True))["key"])
    assert (await stage.say("POST", "/v1/enrolments", {"code": offer["code"]}, key=""))["http"] >= 400
    assert (await stage.say("POST", "/v1/sessions", {"code": "17", "pin": WRONG_PIN}, key=register))["http"] >= 400
    assert (await stage.say("POST", "/v1/sessions", {"code": "nobody", "pin": PIN}, key=register))["http"] >= 400
    session = plants.add("session's key", (await stage.sure("POST", "/v1/sessions", {"code": "17", "pin": PIN}, key=register, shows=True))["key"])
    by_login = {"login": LOGIN, "password": PASSWORD}
    assert (await stage.say("POST", "/v1/sessions/password", {**by_login, "password": WRONG_PASSWORD}, key=""))["http"] >= 400
    office = plants.add("back office's key", (await stage.sure("POST", "/v1/sessions/password", by_login, key="", shows=True))["key"])
    assert (await stage.say("POST", "/v1/sessions/current/pin", {"pin": WRONG_PIN, "new_pin": NEW_PIN}, key=session))["http"] >= 400
    change = {"password": PASSWORD, "new_password": NEW_PASSWORD}
    assert (await stage.say("POST", "/v1/sessions/current/password", {**change, "password": WRONG_PASSWORD}, key=office))["http"] >= 400
    return {"register": register, "session": session, "office": office}


async def _approvals(stage: Stage, shop: dict[str, Any], sessions: dict[str, str]) -> None:
    order = await _sell(stage, shop, sessions["session"])
    refund = {"lines": [{"line": 1, "quantity": "1"}]}
    assert (await stage.say("POST", f"/v1/orders/{order['id']}/refunds", refund, key=sessions["session"]))["http"] == 403
    asked = {"code": "18", "pin": LEAD_PIN, "purpose": "refund"}
    assert (await stage.say("POST", "/v1/approvals", {**asked, "pin": WRONG_PIN}, key=sessions["session"]))["http"] >= 400
    token = (await stage.sure("POST", "/v1/approvals", asked, key=sessions["session"], shows=True))["token"]
    stage.plants.add("approval", token)
    await stage.sure("POST", f"/v1/orders/{order['id']}/refunds", refund, key=sessions["session"], Approval=token)
    assert (await stage.say("POST", f"/v1/orders/{order['id']}/cancel", {"reason": "x"}, key=sessions["session"], Approval=token))["http"] >= 400


async def _sell(stage: Stage, shop: dict[str, Any], key: str) -> Any:
    tender = {"type": "cash", "amount": {"amount": 500000, "currency": "IDR"}}
    return await stage.sure("POST", "/v1/orders", {"register_id": shop["register"], "lines": [{"sku": "TEH"}], "tenders": [tender]}, key=key)


async def _keys_and_webhooks(stage: Stage) -> None:
    """A key is told again under the same Idempotency-Key; it is not stored in the clear for that."""
    body, key = {"name": "Gudang", "scopes": ["catalog:read"]}, str(uuid.uuid4())
    made = await stage.sure("POST", "/v1/api-keys", body, shows=True, Idempotency_Key=key)
    stage.plants.add("API key", made["key"])
    assert (await stage.sure("POST", "/v1/api-keys", body, shows=True, Idempotency_Key=key))["key"] == made["key"]
    await stage.say("GET", f"/v1/idempotency-keys/{key}")
    endpoint = await stage.sure("POST", "/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/", "event_types": ["order.*"]}, shows=True)
    stage.plants.add("webhook secret", endpoint["secret"])
    rotated = await stage.sure("POST", f"/v1/webhook-endpoints/{endpoint['id']}/rotate-secret", {}, shows=True)
    stage.plants.add("new webhook secret", rotated["secret"])
    await stage.sure("POST", f"/v1/webhook-endpoints/{endpoint['id']}/test")
    assert (await stage.say("GET", "/v1/products", key=made["key"]))["http"] == 200
    assert (await stage.say("GET", "/v1/orders", key=made["key"]))["http"] == 403


async def _gift_cards(stage: Stage, shop: dict[str, Any]) -> None:
    stage.plants.add("wrong gift card code", WRONG_GIFT_CODE)
    card = await stage.sure("POST", "/v1/gift-cards", {"amount": {"amount": 10_000_000, "currency": "IDR"}}, shows=True)
    stage.plants.add("gift card code", card["code"])
    await stage.sure("POST", "/v1/gift-cards/find", {"code": card["code"]})
    assert (await stage.say("POST", "/v1/gift-cards/find", {"code": WRONG_GIFT_CODE}))["http"] >= 400
    order = await stage.sure("POST", "/v1/orders", {"register_id": shop["register"], "lines": [{"sku": "TEH"}]})
    paying = {"order_id": order["id"], "method": "gift_card", "amount": {"amount": 500000, "currency": "IDR"}}
    assert (await stage.say("POST", "/v1/payment-intents", {**paying, "code": WRONG_GIFT_CODE}))["http"] >= 400
    await stage.sure("POST", "/v1/payment-intents", {**paying, "code": card["code"]})


# --- what goes wrong


async def _sent_where_they_do_not_belong(stage: Stage, sessions: dict[str, str]) -> None:
    """Half a body, a body of another type, too much of it, another field, the wrong header: the "no" does not repeat what was sent."""
    for path, good in (
        ("/v1/sessions", {"code": "17", "pin": PIN}), ("/v1/sessions/password", {"login": LOGIN, "password": PASSWORD}),
        ("/v1/approvals", {"code": "18", "pin": LEAD_PIN, "purpose": "refund"}), ("/v1/enrolments", {"code": WRONG_ENROLMENT}),
        ("/v1/gift-cards/find", {"code": WRONG_GIFT_CODE}),
    ):
        key = "" if path in ("/v1/sessions/password", "/v1/enrolments") else sessions["register"] if path == "/v1/sessions" else stage.owner
        secret = list(good)[-1] if "pin" not in good else "pin"
        text = _json(good)
        for raw in (
            text[:-1], text + text, f"[{text}]", _json({**good, secret: [good[secret]]}), _json({**good, secret: {"it": good[secret]}}),
            _json({**good, secret: good[secret] * 20}), _json({**good, "id": good[secret]}), f'"{good[secret]}"', text.replace(":", ""),
            text.replace('"17"', "17").replace(f'"{good[secret]}"', good[secret]),
        ):
            await stage.say("POST", path, raw=raw.encode(), key=key)
    for header in (f"Bearer {stage.owner}x", f"Basic {stage.owner}", stage.owner, f"Bearer {PASSWORD}"):
        assert (await stage.caller.say("GET", "/v1/stores", Authorization=header))["http"] == 401
    assert (await stage.say("POST", "/v1/orders/batch", raw=b"{", key=sessions["session"], Approval=PASSWORD))["http"] >= 400


async def _while_tables_are_away(stage: Stage, shop: dict[str, Any], people: dict[str, Any], sessions: dict[str, str]) -> None:
    """What nobody has thought of: statements fail, and tracebacks are logged."""
    connection = await connect_alone(stage.database_url)
    try:
        for schema in ("staff", "payments", "webhooks"):
            await connection.execute(f"ALTER SCHEMA {schema} RENAME TO {schema}_away")
        try:
            for path, body, key in (
                ("/v1/sessions", {"code": "17", "pin": PIN}, sessions["register"]),
                ("/v1/sessions/password", {"login": LOGIN, "password": PASSWORD}, ""),
                ("/v1/approvals", {"code": "18", "pin": LEAD_PIN, "purpose": "refund"}, sessions["session"]),
                (f"/v1/people/{people['cashier']}/pin", {"pin": NEW_PIN}, stage.owner),
                (f"/v1/people/{people['cashier']}/password", {"password": NEW_PASSWORD}, stage.owner),
                ("/v1/enrolments", {"code": WRONG_ENROLMENT}, ""),
                ("/v1/gift-cards/find", {"code": WRONG_GIFT_CODE}, stage.owner),
                ("/v1/api-keys", {"name": "x", "scopes": ["catalog:read"]}, stage.owner),
            ):
                assert (await stage.say("POST", path, body, key=key))["http"] >= 500
        finally:
            for schema in ("staff", "payments", "webhooks"):
                await connection.execute(f"ALTER SCHEMA {schema}_away RENAME TO {schema}")
    finally:
        await connection.close()
    await eventually(lambda: _back(stage))


async def _back(stage: Stage) -> bool:
    return bool((await stage.say("GET", "/v1/people"))["http"] == 200 and (await stage.say("GET", "/v1/webhook-endpoints"))["http"] == 200)


async def _everything_read(stage: Stage) -> None:
    """Whatever can be read is read, by somebody who may read everything."""
    after = 0
    while items := (await stage.sure("GET", f"/v1/events?limit=200&after={after}"))["items"]:
        after = items[-1]["position"]
    for path in (
        "/v1/people", "/v1/roles", "/v1/sessions", "/v1/api-keys", "/v1/webhook-endpoints", "/v1/accounts", "/v1/payment-intents", "/v1/audit",
        "/v1/dead-letters", "/v1/registers", "/metrics",
    ):
        await stage.say("GET", path)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
