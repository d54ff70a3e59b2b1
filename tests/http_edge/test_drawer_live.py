"""A cashier at a drawer, before a real edge: she counts blind, and what she may not do alone a supervisor's PIN approves."""

from __future__ import annotations

import pytest

from tests.http_edge.test_people import Shop, shop

__all__ = ["shop"]
pytestmark = pytest.mark.asyncio(loop_scope="session")
FLOAT = {"amount": 50_000_000, "currency": "IDR"}


async def test_a_cashier_and_her_drawer(shop: Shop) -> None:
    siti, budi = await shop.key_of(shop.siti), await shop.key_of(shop.budi)
    opened = await shop.call("POST", "/v1/shifts", {"register_id": shop.register["register_id"], "float": FLOAT}, siti)
    assert (opened.status, opened.json["cashier"]) == (201, shop.siti["id"]), opened.body
    path = f"/v1/shifts/{opened.json['id']}"

    # What should be in the drawer is not for her to see.
    assert (403, 200) == ((await shop.call("GET", path + "/x", None, siti)).status, (await shop.call("GET", path + "/x", None, budi)).status)
    assert "expected" not in (await shop.call("GET", path, None, siti)).json

    # The drawer is not opened for nothing, unless somebody says that it may be.
    nothing = {"kind": "no_sale", "reason": "Change"}
    refused = await shop.call("POST", path + "/cash", nothing, siti)
    assert (403, "shifts.needs_approval", "/kind") == (refused.status, refused.json["code"], refused.json["errors"][0]["pointer"])
    token = (await shop.approve(siti, "no_sale")).json["token"]
    done = await shop.call("POST", path + "/cash", nothing, siti, Approval=token)
    assert (shop.siti["id"], shop.budi["id"]) == (done.json["by"], done.json["approved_by"]), done.body
    assert 200 == (await shop.call("POST", path + "/cash", nothing, budi)).status

    # Nor does she take money out of it alone.
    ice = {"kind": "paid_out", "amount": {"amount": 1_500_000, "currency": "IDR"}, "reason": "Ice"}
    alone = await shop.call("POST", path + "/cash", ice, siti)
    assert (403, "shifts.needs_approval", "/amount") == (alone.status, alone.json["code"], alone.json["errors"][0]["pointer"])
    token = (await shop.approve(siti, "paid_out")).json["token"]
    done = await shop.call("POST", path + "/cash", ice, siti, Approval=token)
    assert (shop.siti["id"], shop.budi["id"]) == (done.json["by"], done.json["approved_by"]), done.body

    # Rp 1.000 are missing: she cannot approve that herself.
    closed = (await shop.call("POST", path + "/close", {"counted": {"total": FLOAT["amount"] - 1_500_000 - 100_000}}, siti)).json["shift"]
    assert (-100_000, "needed") == (closed["difference"]["amount"], closed["approval"])
    alone = await shop.call("POST", path + "/approve", {"reason": "It was me"}, siti)
    assert (403, "shifts.needs_approval") == (alone.status, alone.json["code"])
    token = (await shop.approve(siti, "override")).json["token"]
    approved = await shop.call("POST", path + "/approve", {"reason": "A coin rolled away"}, siti, Approval=token)
    assert ("approved", shop.budi["id"]) == (approved.json["approval"], approved.json["approved_by"]), approved.body
