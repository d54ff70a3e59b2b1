"""Answers one command: messages queue up in a lane, a batch of them shares one transaction, each gets its answer.

If a batch fails as a whole, its messages are tried one by one, so that one bad message harms no other.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from actors.runtime import upkeep
from actors.runtime.actor import Answer, Asked
from actors.runtime.bundles import BUNDLE, Part, decode_parts, part_of
from actors.runtime.database import COLLIDED, TAKES_NOTHING, UNREACHABLE
from actors.runtime.envelopes import decoder, encode
from actors.runtime.ids import new_id
from actors.runtime.keys import Keys
from actors.runtime.messages import Told, Waiting
from actors.runtime.metrics import COMMAND_BATCHES, COMMAND_SECONDS, COMMANDS_WAITING
from actors.runtime.tasks import end
from actors.runtime.telling import Teller
from actors.runtime.words import Refusal
from actors.runtime.work import TooBig, Work

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from actors.runtime.member import Member
    from actors.runtime.settings import Settings


PATIENCE_SECONDS_MIN = 0.5
"""So long a database that is away is waited for at least."""
ANSWER_SECONDS = 1.5
"""So long before the askers give up, the database is given up: they are to hear why."""


def patience_seconds(settings: Settings) -> float:
    """How long a database that is away is waited for."""
    return max(settings.request_timeout_seconds - ANSWER_SECONDS, PATIENCE_SECONDS_MIN)


class CommitUnsure(Exception):
    """The connection was lost during the commit: it may or may not have been done."""


class Lane:
    """One command in one member: a bounded queue, and `workers` tasks that take batches from it."""

    def __init__(self, member: Member, answer: Answer[Any, Any]) -> None:
        command = answer.command
        self.command = command
        self._member = member
        self._answer = answer
        self._decode = decoder(command.request).decode
        self._keys = Keys(member, command)
        self._waiting: deque[Waiting] = deque()
        self._waiting_max = min(answer.waiting, member.settings.commands_waiting_max)
        self._something = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._teller = Teller(member, command.subject)
        self._size = COMMAND_BATCHES.labels(command.subject)
        self._seconds = COMMAND_SECONDS.labels(command.subject)
        COMMANDS_WAITING.labels(command.subject).set_function(lambda: len(self._waiting))
        self.requests = 0
        self.errors = 0
        self.last_error = ""
        self.processing_seconds = 0.0

    def start(self) -> None:
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._answer.workers)]

    async def stop(self) -> None:
        """After the subscription is drained: finishes what waits. Cancelled, it gives up what is not finished."""
        try:
            await self._idle.wait()
        finally:
            await end(*self._workers)

    async def take(self, message: Msg) -> None:
        """From NATS: never waits, so that the subscription never blocks."""
        headers = message.headers or {}
        try:
            if BUNDLE not in headers:
                return await self._admit(part_of(message.data, headers), message.data, message.reply, None)
            parts = decode_parts(message.data)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            return await self._teller.tell([(Waiting(Asked(None), b"", message.reply), self._refused(upkeep.UNREADABLE.refuse(str(error))))])
        for index, part in enumerate(parts):
            await self._admit(part, bytes(part.payload), message.reply, index)

    async def _admit(self, part: Part, payload: bytes, reply_to: str, index: int | None) -> None:
        self.requests += 1
        refusal = None
        body: Any = None
        if len(self._waiting) >= self._waiting_max:
            refusal = upkeep.BUSY.refuse(f"{len(self._waiting)} requests are waiting here already. Try again.", retry_after_seconds=1)
        else:
            try:
                body = self._decode(payload)
            except (msgspec.MsgspecError, ValueError, RecursionError) as error:
                refusal = upkeep.UNREADABLE.refuse(str(error))
        asked = Asked(body, part.by, part.key, part.request_id, part.traceparent, part.rights, part.approved_by)
        waiting = Waiting(asked, payload, reply_to, index)
        if refusal is not None:
            return await self._teller.tell([(waiting, self._refused(refusal))])
        self._waiting.append(waiting)
        self._idle.clear()
        self._something.set()

    async def _work(self) -> None:
        waiting, most = self._waiting, self._answer.batch
        while True:
            while not waiting:
                self._something.clear()
                await self._something.wait()
            batch = [waiting.popleft() for _ in range(min(len(waiting), most))]
            self._busy += 1
            try:
                await self._run(batch)
            except Exception as error:
                # What was done is done; the askers will time out, and look. The next batch must not suffer.
                self._member.log.error("answering failed", command=self.command.subject, exc_info=error)
            finally:
                self._busy -= 1
                if not waiting and not self._busy:
                    self._idle.set()

    async def _run(self, batch: list[Waiting]) -> None:
        started = time.perf_counter()
        answers = await self._answers(batch)
        await self._teller.tell(zip(batch, answers, strict=True))
        taken = time.perf_counter() - started
        self.processing_seconds += taken
        self._seconds.observe(taken)
        self._size.observe(len(batch))

    async def _answers(self, batch: list[Waiting]) -> list[Told]:
        """One for each message, whatever happens."""
        try:
            return await self._attempt_patiently(batch)
        except UNREACHABLE as error:
            self._member.log.warning("database away", command=self.command.subject, error=str(error) or type(error).__name__)
            # A keyed commit may have been cut off from its answer, and then found nobody to ask: only the key makes it safe.
            what = "Try again with the same Idempotency-Key." if self.command.keyed else "Nothing was done; try again."
            refusal = upkeep.DATABASE_AWAY.refuse(f"The database does not answer. {what}", retry_after_seconds=1)
            return [self._refused(refusal) for _ in batch]
        except TAKES_NOTHING as error:
            self._member.log.error("database takes nothing: look after its disk", command=self.command.subject, reason=str(error))
            self._member.full_at = time.monotonic()
            return [self._refused(upkeep.no_room()) for _ in batch]
        except CommitUnsure:
            detail = "The database went away during the commit. Look whether it was done before you try again."
            return [self._refused(upkeep.TIMEOUT.refuse(detail, retry_after_seconds=1)) for _ in batch]
        except Exception as error:
            if len(batch) > 1:
                return [told for waiting in batch for told in await self._answers([waiting])]
            if isinstance(error, TooBig):
                return [self._refused(upkeep.TOO_BIG.refuse(str(error)))]
            return [self._failed(batch[0], error)]

    async def _attempt_patiently(self, batch: list[Waiting]) -> list[Told]:
        """Waits for a database that restarts, as long as the askers wait; looks again when another member was quicker."""
        # The first try takes the plain path: an AsyncRetrying costs as much as the rest of a small batch.
        try:
            return await self._attempt(batch)
        except (*UNREACHABLE, *COLLIDED) as error:
            if isinstance(error, COLLIDED) and len(batch) > 1:
                # The whole of it once more: what the other one did can be seen now.
                return await self._attempt(batch)
        retrying = AsyncRetrying(
            retry=retry_if_exception_type((*UNREACHABLE, *(COLLIDED if len(batch) == 1 else ()))),
            stop=stop_after_delay(patience_seconds(self._member.settings)),
            wait=wait_random_exponential(multiplier=0.02, max=0.5),
            reraise=True,
        )
        try:
            told: list[Told] = await retrying(self._attempt, batch)
        except COLLIDED:
            # A database that was away may have come back only now: this was the first look at what others have done meanwhile.
            return await self._attempt(batch)
        return told

    async def _attempt(self, batch: list[Waiting]) -> list[Told]:
        work = Work(self._member)
        work.traceparent = batch[0].asked.traceparent
        try:
            if not self.command.keyed:
                told = await self._handle([waiting.asked for waiting in batch], work)
                await work.commit(self.command.subject, done=[] if self.command.asks else list(zip(batch, told, strict=True)))
                return told
            return await self._keys.answer_once(batch, work, self._handle)
        except BaseException as error:
            await work.rollback(error)
            if work.committing and isinstance(error, UNREACHABLE) and not self._repeatable(batch):
                raise CommitUnsure from error
            raise

    def _repeatable(self, batch: list[Waiting]) -> bool:
        """With a key, doing it again finds that it was done."""
        return self.command.keyed and all(waiting.asked.key for waiting in batch)

    async def _handle(self, asked: Sequence[Asked[Any]], work: Work) -> list[Told]:
        """The handler's outcomes, encoded: what cannot be answered must not be committed."""
        outcomes = await self._answer.handler(asked, work)
        if len(outcomes) != len(asked):
            raise RuntimeError(f"{self.command.subject}: {len(outcomes)} outcomes for {len(asked)} messages")
        told = []
        for outcome in outcomes:
            # Not isinstance: structs have an ABCMeta, which makes that ten times as slow.
            if type(outcome) is msgspec.Raw:
                told.append(Told(bytes(outcome), place=work.place_of(outcome)))
            elif type(outcome) is Refusal:
                told.append(self._refused(outcome))
            else:
                told.append(Told(encode(outcome)))
            told[-1].deed = work.deed_of(outcome)
            if len(told[-1].body) > self._member.client.message_max:
                raise TooBig("The answer", len(told[-1].body), self._member.client.message_max)
        return told

    @staticmethod
    def _refused(refusal: Refusal) -> Told:
        return Told(encode(refusal), refusal)

    def _failed(self, waiting: Waiting, error: Exception) -> Told:
        """The traceback goes to the log, an opaque id to the asker."""
        error_id = str(new_id())
        self.errors += 1
        self.last_error = type(error).__name__
        self._member.log.error(
            "command failed", command=self.command.subject, error_id=error_id, request_id=waiting.asked.request_id, exc_info=error
        )
        return self._refused(upkeep.FAILED.refuse(f"Not your fault. The log has the reason, under {error_id}."))
