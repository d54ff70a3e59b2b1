"""The people of the town at its registers: enrolled, signed in by PIN, and a supervisor near by."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from actors.staff.contract import WRONG_CODE
from deploy.api import PATIENCE_SECONDS, Api, Refused
from deploy.simulation.people import Clerk
from deploy.simulation.requests import Request

NEEDS_APPROVAL = ("orders.needs_approval", "shifts.needs_approval")


class Staffing:
    """Keys of registers and sessions are made when they are first needed, and remembered as long as the simulation runs."""

    def __init__(self, api: Api, clerks: Sequence[Clerk]) -> None:
        self._api = api
        self._clerks = {clerk.code: clerk for clerk in clerks}
        self._registers: dict[UUID, str] = {}
        self._sessions: dict[tuple[str, UUID], str] = {}

    async def headers(self, request: Request) -> dict[str, str]:
        """Who asks: nothing for the owner."""
        if request.register_id is None:
            return {}
        return bearer(await self._session(request.person, request.register_id))

    async def approval(self, request: Request) -> dict[str, str]:
        """The supervisor comes, and types their PIN."""
        store_id = self._clerks[request.person].store_id
        lead = next(clerk for clerk in self._clerks.values() if clerk.role == "supervisor" and clerk.store_id == store_id)
        body = {"code": lead.code, "pin": lead.pin, "purpose": request.approved}
        told = await self._api.ask("POST", "/v1/approvals", body, patience_seconds=PATIENCE_SECONDS, **await self.headers(request))
        return {"Approval": told["token"]}

    async def _session(self, person: str, register_id: UUID) -> str:
        known = self._sessions.get((person, register_id))
        if known is None:
            body = {"code": person, "pin": self._clerks[person].pin}
            register = bearer(await self._register(register_id))
            told = await self._api.ask("POST", "/v1/sessions", body, patience_seconds=PATIENCE_SECONDS, **register)
            known = self._sessions[person, register_id] = told["key"]
        return known

    async def _register(self, register_id: UUID) -> str:
        known = self._registers.get(register_id)
        if known is None:
            known = self._registers[register_id] = await self._enrolled(register_id)
        return known

    async def _enrolled(self, register_id: UUID) -> str:
        """A code is good once: where the answer got lost on its way, another one is made."""
        while True:
            offer = await self._api.ask("POST", f"/v1/registers/{register_id}/enrolment")
            try:
                told = await self._api.ask("POST", "/v1/enrolments", {"code": offer["code"]})
            except Refused as no:
                if no.code != WRONG_CODE.code:
                    raise
                continue
            key: str = told["key"]
            return key


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def wants_approval(error: Refused) -> bool:
    return error.code in NEEDS_APPROVAL
