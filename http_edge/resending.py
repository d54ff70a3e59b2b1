"""A manual retry says what came of it: the edge asks for it, and looks until one more attempt is on record.

No member waits meanwhile: it is the edge that asks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from actors.runtime.client import Client, Reply
from actors.runtime.envelopes import decoder
from actors.runtime.ids import now as clock
from actors.webhooks.contract import GET_DELIVERY, RESEND_DELIVERY, Delivery, GetDelivery, ResendDelivery

if TYPE_CHECKING:
    from http_edge.auth import Key

LOOKING_SECONDS = 20.0
"""Longer than a listener may usually take to answer. Whoever is behind others, or throttled, may still not have been tried by then."""
LOOK_SECONDS_MIN, LOOK_SECONDS_MAX = 0.02, 0.5


async def resend(client: Client, request: ResendDelivery, asker: Key | None, *, gone: Callable[[], bool], **context: Any) -> Reply:
    """The delivery with the attempt that was asked for. As it is, when there was none within LOOKING_SECONDS, when there cannot be one any more,
    because its endpoint was probed in vain, or when nobody waits any more."""
    told = await client.ask(RESEND_DELIVERY, request, **context)
    if told.refusal is not None:
        return told
    before = decoder(Delivery).decode(told.body)
    question = GetDelivery(endpoint_id=request.endpoint_id, id=request.id)
    loop = asyncio.get_running_loop()
    until, wait = loop.time() + LOOKING_SECONDS, LOOK_SECONDS_MIN
    while (left := until - loop.time()) > 0 and not _is_told(told, before, left) and not gone():
        await asyncio.sleep(wait)
        wait = min(wait * 1.5, LOOK_SECONDS_MAX)
        seen = await client.ask(GET_DELIVERY, question, **context)
        # It was asked for, whatever happens while looking: nobody need ask again.
        told = seen if seen.refusal is None else told
    return told


def _is_told(reply: Reply, before: Delivery, seconds: float) -> bool:
    """One more attempt; or its endpoint has been probed by another event, in vain, and nothing is posted to it within these seconds."""
    now = decoder(Delivery).decode(reply.body)
    due_at = now.next_attempt_at
    put_off = due_at is not None and due_at != before.next_attempt_at and due_at > clock() + timedelta(seconds=seconds)
    # Not by their number: of very many the oldest go when one more comes.
    return now.attempts != before.attempts or put_off
