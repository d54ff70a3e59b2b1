"""NATS's own service protocol (ADR-32), so that `nats micro ls`, `info` and `stats` work on every member."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from msgspec import json

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from actors.runtime.answering import Lane
    from actors.runtime.member import Member
    from actors.runtime.reacting import Tally

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
            {"name": name, "subject": subject, "queue_group": self._name, "metadata": {"summary": summary}}
            for name, subject, summary, _ in self._endpoints()
        ]
        return {**self._identity("info"), "description": self._member.actor.about.strip().splitlines()[0], "endpoints": endpoints}

    def _stats(self) -> dict[str, Any]:
        endpoints = []
        for name, subject, _, counted in self._endpoints():
            nanoseconds = int(counted.processing_seconds * 1e9)
            endpoints.append({
                "name": name, "subject": subject, "queue_group": self._name,
                "num_requests": counted.requests, "num_errors": counted.errors, "last_error": counted.last_error,
                "processing_time": nanoseconds, "average_processing_time": nanoseconds // max(counted.requests, 1),
            })
        return {**self._identity("stats"), "started": self._started.isoformat().replace("+00:00", "Z"), "endpoints": endpoints}

    def _endpoints(self) -> Iterator[tuple[str, str, str, Lane | Tally]]:
        """Name, subject, summary and counts. Events too: they come by JetStream, but are shared out like requests."""
        for lane in self._member.lanes:
            subject = lane.command.subject
            yield _endpoint(subject.partition(".")[2]), subject, lane.command.summary, lane
        for event, tally in self._member.tallies():
            yield f"on_{_endpoint(event)}", event, "reacts to it", tally


def _endpoint(name: str) -> str:
    return name.replace(".", "_")


def _replier(answer: Any) -> Any:
    async def reply(message: Msg) -> None:
        await message.respond(json.encode(answer()))

    return reply
