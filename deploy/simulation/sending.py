"""Sends what the town asks for: each store in its own order, all stores at once. Sent again, nothing is doubled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from deploy.api import PATIENCE_SECONDS, Api, Refused
from deploy.simulation.requests import Request
from deploy.simulation.staffing import Staffing, wants_approval
from deploy.simulation.town import Town
from deploy.trouble import Trouble

DONE = (409, 412)
AT_ONCE = 8
AHEAD = 3
"""Days that are made up before they are sent."""
Show = Callable[[int], None]
EMPTY = "Begin with an empty Kasir: `kasir up --data-dir demo`."


@dataclass
class Told:
    """What Kasir said of one store's sales. Minor units; `flagged`: sales that somebody should look at."""

    orders: int = 0
    existing: int = 0
    total: int = 0
    flagged: int = 0
    refunds: int = 0
    refunded: int = 0
    cash_difference: int = 0


@dataclass
class Sender:
    api: Api
    staffing: Staffing
    stores: int
    told: list[Told] = field(init=False)

    def __post_init__(self) -> None:
        self.told = [Told() for _ in range(self.stores)]
        self._saved: dict[str, dict[str, Any]] = {}

    async def found(self, requests: Iterable[Request]) -> None:
        """In their order, but for those that are `apart`."""
        for apart, some in groupby(requests, key=lambda request: request.apart):
            if apart:
                await self._at_once(list(some))
            else:
                for request in some:
                    _must_be_there(request, await self.send(request))

    async def _at_once(self, requests: list[Request]) -> None:
        waiting = iter(requests)

        async def some() -> None:
            for request in waiting:
                await self.send(request)

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))

    async def days(self, town: Town, show: Show) -> None:
        """`show` is called with the number of sales that have gone in."""
        queues: list[asyncio.Queue[list[Request] | None]] = [asyncio.Queue(AHEAD) for _ in range(self.stores)]

        async def store(number: int) -> None:
            while (requests := await queues[number].get()) is not None:
                for request in requests:
                    self._note(self.told[number], request, await self.send(request))
                    if request.orders:
                        show(request.orders)

        async def write() -> None:
            for number, requests in town.days():
                await queues[number].put(requests)
            for queue in queues:
                await queue.put(None)

        try:
            async with asyncio.TaskGroup() as group:
                for number in range(self.stores):
                    group.create_task(store(number))
                group.create_task(write())
        except ExceptionGroup as errors:  # the first one tells why the others were stopped
            raise errors.exceptions[0] from None

    async def send(self, request: Request) -> Any:
        path = request.path.format_map(_Ids(self._saved))
        headers = await self.staffing.headers(request)
        if request.key:
            headers["Idempotency_Key"] = request.key
        if request.version:
            headers["If_Match"] = f'"{self._saved[request.version]["version"]}"'
        try:
            answer = await self._ask(request, path, headers)
        except Refused as error:
            if request.settled and error.status in DONE:
                return None
            raise
        if request.saves:
            self._saved[request.saves] = answer
        return answer

    async def _ask(self, request: Request, path: str, headers: dict[str, str]) -> Any:
        try:
            return await self.api.ask(request.method, path, request.body, patience_seconds=PATIENCE_SECONDS, **headers)
        except Refused as error:
            if not request.approved or not wants_approval(error):
                raise
        headers |= await self.staffing.approval(request)
        return await self.api.ask(request.method, path, request.body, patience_seconds=PATIENCE_SECONDS, **headers)

    @staticmethod
    def _note(told: Told, request: Request, answer: Any) -> None:
        if request.orders:
            for item in answer["items"]:
                if item["outcome"] == "refused":
                    problem = item["problem"]
                    raise Trouble(f"a sale of the simulation was refused: {problem.get('detail') or problem.get('title')}")
                told.orders += 1
                told.existing += item["outcome"] == "existing"
                told.total += item["order"]["totals"]["total"]["amount"]
                told.flagged += bool(item["order"].get("flags"))
        elif request.path.endswith("/refunds"):
            told.refunds += 1
            told.refunded += answer["refunds"][-1]["amount"]["amount"]
        elif "/shifts/" in request.path and request.path.endswith("/close"):
            told.cash_difference += answer["shift"]["difference"]["amount"]


def _must_be_there(request: Request, answer: Any) -> None:
    """Trouble for products that Kasir has already, brought in by somebody else."""
    items = answer["items"] if request.path == "/v1/products/batch" else []
    refused = [item for item in items if item["outcome"] == "refused"]
    if refused:
        why = refused[0]["problem"].get("detail") or refused[0]["problem"].get("title")
        raise Trouble(f"{len(refused)} products of the simulation were refused, the first one: {why} {EMPTY}")


class _Ids(dict[str, Any]):
    """`{name}` of a path is the id of what was saved by that name."""

    def __init__(self, saved: dict[str, dict[str, Any]]) -> None:
        super().__init__()
        self._saved = saved

    def __missing__(self, name: str) -> str:
        return str(self._saved[name]["id"])
