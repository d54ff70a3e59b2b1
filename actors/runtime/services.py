"""NATS's own service protocol (ADR-32), so that `nats micro ls`, `info` and `stats` work on every member."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from msgspec import json

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from actors.runtime.member import Member

VERSION = version("kasir")


class Service:
    def __init__(self, member: Member) -> None:
        self._member = member
        self._started = datetime.now(UTC)
        self._subscriptions: list[Any] = []

    async def start(self) -> None:
        nc = self._member.client.link.nc
        for verb, answer in (("PING", self._ping), ("INFO", self._info), ("STATS", self._stats)):
            for subject in (f"$SRV.{verb}", f"$SRV.{verb}.{self._name}", f"$SRV.{verb}.{self._name}.{self._member.name}"):
                self._subscriptions.append(await nc.subscribe(subject, cb=_replier(answer)))

    async def stop(self) -> None:
        for subscription in self._subscriptions:
            await subscription.unsubscribe()

    @property
    def _name(self) -> str:
        return self._member.actor.name

    def _identity(self, kind: str) -> dict[str, Any]:
        return {
            "name": self._name,
            "id": self._member.name,
            "version": VERSION,
            "metadata": {"host": self._member.host},
            "type": f"io.nats.micro.v1.{kind}_response",
        }

    def _ping(self) -> dict[str, Any]:
        return self._identity("ping")

    def _info(self) -> dict[str, Any]:
        endpoints = [
            {"name": _endpoint(lane.command.subject), "subject": lane.command.subject, "queue_group": self._name,
             "metadata": {"summary": lane.command.summary}}
            for lane in self._member.lanes
        ]
        return {**self._identity("info"), "description": self._member.actor.about.strip().splitlines()[0], "endpoints": endpoints}

    def _stats(self) -> dict[str, Any]:
        endpoints = []
        for lane in self._member.lanes:
            nanoseconds = int(lane.processing_seconds * 1e9)
            endpoints.append({
                "name": _endpoint(lane.command.subject), "subject": lane.command.subject, "queue_group": self._name,
                "num_requests": lane.requests, "num_errors": lane.errors, "last_error": lane.last_error,
                "processing_time": nanoseconds, "average_processing_time": nanoseconds // max(lane.requests, 1),
            })
        return {**self._identity("stats"), "started": self._started.isoformat().replace("+00:00", "Z"), "endpoints": endpoints}


def _endpoint(subject: str) -> str:
    return subject.partition(".")[2].replace(".", "_")


def _replier(answer: Any) -> Any:
    async def reply(message: Msg) -> None:
        await message.respond(json.encode(answer()))

    return reply
