"""Who works in the shop: Siti at the counter, and Budi, who approves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from actors.staff import contract as staff
from http_edge.examples.story import AT, KEY, REGISTER, STORE, an_id

PERSON, APPROVER, SESSION = map(an_id, range(60, 63))
PIN, PASSWORD = "271828", "correct horse battery"
_SHOWN = "ThisKeyIsOnlyAnExampleAndOpensNoDoor"
_CASHIER = staff.ROLES["cashier"]

_key = staff.ApiKey(id=KEY, version=1, name="Counter 1", prefix="kasir_7Q2mX9aB", scopes=["catalog:read", "orders:write"], created_at=AT)
role = staff.Role(
    code="shelf", version=1, name="Shelf filler", scopes=["catalog:read", "inventory:write"], rights=staff.RoleRights(), built_in=False,
    created_at=AT, updated_at=AT,
)  # fmt: skip
person = staff.Person(
    id=PERSON, version=1, code="17", name="Siti", login="siti@tokomaju.id", roles=["cashier"], store_ids=[STORE], active=True,
    has_pin=True, has_password=True, created_at=AT, updated_at=AT,
)  # fmt: skip
_session: dict[str, Any] = {
    "id": SESSION, "kind": "session", "prefix": "kasir_3fK8sLpQ", "scopes": list(_CASHIER.scopes), "created_at": AT, "person_id": PERSON,
    "name": "Siti", "register_id": REGISTER, "store_id": STORE, "expires_at": AT + timedelta(hours=12), "rights": _CASHIER.rights,
}  # fmt: skip
session = staff.Session(**_session)

VALUES: tuple[Any, ...] = (
    staff.CreateApiKey(name="Counter 1", scopes=["catalog:read", "orders:write"]), _key, staff.ApiKeyPage(items=[_key]),
    staff.NewApiKey(
        id=KEY, version=1, name="Counter 1", prefix="kasir_7Q2mX9aB", scopes=["catalog:read", "orders:write"], created_at=AT,
        key=f"kasir_7Q2mX9aB_{_SHOWN}",
    ),
    staff.CreateRole(code="shelf", name="Shelf filler", scopes=["catalog:read", "inventory:write"]), role, staff.RoleList(items=[role]),
    staff.RoleChanges(rights=staff.RoleRights(discount_max="15", refund_max=5_000_000, paid_out_max=10_000_000)),
    staff.CreatePerson(code="17", name="Siti", roles=["cashier"], login="siti@tokomaju.id", store_ids=[STORE]), person,
    staff.PersonPage(items=[person]), staff.PersonChanges(roles=["cashier", "supervisor"]),
    staff.SetPin(id=PERSON, pin=PIN), staff.SetPassword(id=PERSON, password=PASSWORD),
    staff.EnrolmentOffer(register_id=REGISTER, code="7QMX-4T2K", expires_at=AT + timedelta(minutes=10)), staff.Enrol(code="7QMX-4T2K"),
    staff.EnrolmentEnded(register_id=REGISTER, sessions=1),
    session, staff.NewSession(**_session, key=f"kasir_3fK8sLpQ_{_SHOWN}"), staff.SessionPage(items=[session]),
    staff.SignIn(code="17", pin=PIN), staff.SignInByPassword(login="siti@tokomaju.id", password=PASSWORD),
    staff.ChangePin(pin=PIN, new_pin="314159"),
    staff.ChangePassword(password=PASSWORD, new_password=f"{PASSWORD} staple"),
    staff.FailedSignIn(person_id=PERSON, by="pin", failed=1, register_id=REGISTER),
    staff.Approve(code="3", pin="141421", purpose="discount"),
    staff.Approval(token=f"approval_{_SHOWN}", purpose="discount", person_id=APPROVER, name="Budi", expires_at=AT + timedelta(minutes=2)),
    staff.ApprovalGiven(person_id=APPROVER, asked_by=str(PERSON), purpose="discount", expires_at=AT + timedelta(minutes=2)),
)
