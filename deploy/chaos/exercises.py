"""The exercises: what happens between Kasir and a listener, now and then or once in ten years, each played once.

An exercise gives what the listener did wrong, in words; nothing when it did well.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from actors.runtime.ids import new_id
from deploy.chaos.letters import Headers, Letter, signed, stranger
from deploy.chaos.stage import Stage, first_complaint, not_taken

AT_ONCE = 8
IN_FLIGHT = 32
CATCH_UP = 30
BIG_BYTES = 1_000_000
"""Kasir's own events stay below this: a message of NATS holds a mebibyte."""
TOLERANCE_SECONDS = 300
"""Standard Webhooks' five minutes."""
CLOCKS_DIFFER_SECONDS = 60

Play = Callable[[Stage], Awaitable[str]]
Forge = Callable[[Stage, Letter], Headers]


@dataclass(frozen=True, slots=True)
class Exercise:
    name: str
    play: Play
    advice: str
    """What to do about a failure."""


# --- the usual ------------------------------------------------------------------------------------------------


async def an_event(stage: Stage) -> str:
    return await stage.takes(stage.writer.order())


async def the_same_again(stage: Stage) -> str:
    letter = stage.writer.order()
    return await stage.takes(letter, letter, letter)


async def doubles_at_once(stage: Stage) -> str:
    return await stage.takes_at_once([stage.writer.order()] * AT_ONCE, AT_ONCE)


async def overtaking(stage: Stage) -> str:
    first, second, third = (stage.writer.order() for _ in range(3))
    return await stage.takes(third, first, second)


async def older_version(stage: Stage) -> str:
    order: UUID = new_id()
    one, two, three = (stage.writer.order(order, version) for version in (1, 2, 3))
    return await stage.takes(one, three, two)


async def many_at_once(stage: Stage) -> str:
    return await stage.takes_at_once([stage.writer.order() for _ in range(4 * IN_FLIGHT)], IN_FLIGHT)


# --- what may be in an event ------------------------------------------------------------------------------------


async def unknown_type(stage: Stage) -> str:
    return await stage.takes(stage.writer.write({"type": "parcel.weighed", "timestamp": "2026-01-31T02:30:00Z", "data": {"grams": 750}}))


async def unknown_fields(stage: Stage) -> str:
    return await stage.takes(stage.writer.order(weather={"rain": True}), stage.writer.test("Hello"))


async def other_languages(stage: Stage) -> str:
    return await stage.takes(stage.writer.test("Bánh mì, “sate” dan 🍜 untuk Nyi Roro Kidul"))


async def bytes_as_they_are(stage: Stage) -> str:
    """What no writer of JSON would make again: spaces, escapes, keys in no order, numbers in their own way."""
    body = b'{ "type":"webhook.test",\n  "timestamp" : "2026-01-31T02:30:00Z", "data": {"message": "\\u0054eh\\/Kopi", "z": 1.50, "a": 1e3} }'
    return await stage.takes(stage.writer.seal(body))


async def big_body(stage: Stage) -> str:
    return await stage.takes(stage.writer.test("z" * BIG_BYTES))


# --- what may be in the headers -----------------------------------------------------------------------------------


async def rotation(stage: Stage) -> str:
    """While a secret is changed, the old and the new one sign, in this order or the other."""
    answers = []
    for known_first in (True, False):
        letter = stage.writer.order()
        pair = [signed(letter, secret, stage.now()) for secret in (stage.secret, stranger())]
        answers.append(await stage.send(letter, webhook_signature=" ".join(pair if known_first else reversed(pair))))
    return first_complaint([not_taken(answer) for answer in answers])


async def other_algorithms(stage: Stage) -> str:
    letter = stage.writer.order()
    known = signed(letter, stage.secret, stage.now())
    return not_taken(await stage.send(letter, webhook_signature=f"v1a,{'A' * 86}== v9,AAAA {known}"))


async def headers_in_capitals(stage: Stage) -> str:
    letter = stage.writer.order()
    return not_taken(await stage.post(letter, {name.title(): value for name, value in stage.headers(letter).items()}))


async def clocks_differ(stage: Stage) -> str:
    answers = []
    for seconds in (-CLOCKS_DIFFER_SECONDS, CLOCKS_DIFFER_SECONDS):
        letter = stage.writer.order()
        answers.append(await stage.post(letter, _dated(stage, letter, seconds)))
    return first_complaint([not_taken(answer) for answer in answers])


# --- what must be refused -----------------------------------------------------------------------------------------


def _dated(stage: Stage, letter: Letter, seconds: int) -> Headers:
    """Signed rightly, for a time so many seconds from now."""
    at = stage.now() + seconds
    return stage.headers(letter, webhook_timestamp=str(at), webhook_signature=signed(letter, stage.secret, at))


def _wrong_signature(stage: Stage, letter: Letter) -> Headers:
    return stage.headers(letter, webhook_signature=f"v1,{'A' * 43}=")


def _wrong_secret(stage: Stage, letter: Letter) -> Headers:
    return stage.headers(letter, webhook_signature=signed(letter, stranger(), stage.now()))


def _other_id(stage: Stage, letter: Letter) -> Headers:
    """An event that was overheard, sent again under an id that nobody has seen."""
    return stage.headers(letter, webhook_id=str(new_id()))


def _old(stage: Stage, letter: Letter) -> Headers:
    return _dated(stage, letter, -TOLERANCE_SECONDS - 60)


def _of_the_future(stage: Stage, letter: Letter) -> Headers:
    return _dated(stage, letter, TOLERANCE_SECONDS + 60)


def _made_younger(stage: Stage, letter: Letter) -> Headers:
    """Overheard long ago, with the time of today and the signature of then."""
    old = signed(letter, stage.secret, stage.now() - 2 * TOLERANCE_SECONDS)
    return stage.headers(letter, webhook_signature=old)


def _no_time(stage: Stage, letter: Letter) -> Headers:
    return stage.headers(letter, webhook_timestamp="yesterday")


def forged(forge: Forge) -> Play:
    async def play(stage: Stage) -> str:
        letter = stage.writer.order()
        return await stage.refuses(letter, forge(stage, letter))

    return play


async def changed_body(stage: Stage) -> str:
    letter = stage.writer.order()
    event = json.loads(letter.body)
    event["data"]["order"]["totals"]["total"]["amount"] += 1
    return await stage.refuses(letter, stage.headers(letter), json.dumps(event).encode())


async def missing_headers(stage: Stage) -> str:
    complaints = []
    for missing in ("webhook_id", "webhook_timestamp", "webhook_signature"):
        letter = stage.writer.order()
        complaint = await stage.refuses(letter, stage.headers(letter, **{missing: None}))
        complaints.append(complaint and f"without {missing.replace('_', '-')}: {complaint}")
    return first_complaint(complaints)


# --- outages --------------------------------------------------------------------------------------------------------


async def cut_off(stage: Stage) -> str:
    letter = stage.writer.order()
    await stage.courier.hang_up(stage.headers(letter), letter.body, len(letter.body) // 2)
    return await stage.takes(letter)


async def answer_lost(stage: Stage) -> str:
    letter = stage.writer.order()
    await stage.courier.hang_up(stage.headers(letter), letter.body, len(letter.body))
    return await stage.takes(letter)


async def catching_up(stage: Stage) -> str:
    """After an outage: all versions of some orders in order, with what had perhaps arrived before it."""
    orders = [new_id() for _ in range(3)]
    missed = [stage.writer.order(order, version) for version in range(1, CATCH_UP // 3 + 1) for order in orders]
    early = await stage.takes(*missed[:6])
    await stage.courier.hang_up(stage.headers(missed[6]), missed[6].body, 100)
    return early or await stage.takes(*missed[3:])


VERIFY = "Verify before anything else: recompute the signature, and answer 401 when none fits."
ONCE = "Write webhook-id under a unique key, in the transaction that does the work, and answer 2xx to what is there already."

EXERCISES = (
    Exercise("an event", an_event, "Nothing else can work before this does: is the secret right, and the URL?"),
    Exercise("the same event again", the_same_again, ONCE),
    Exercise(f"the same event {AT_ONCE} times at once", doubles_at_once, f"Looking first and writing later lets doubles in. {ONCE}"),
    Exercise("orders that overtake each other", overtaking, "Only events about one thing come in order: take whatever comes; do not wait for a seq."),
    Exercise("an older version after a newer one", older_version, "Keep the highest version and answer 2xx: a replay brings old ones."),
    Exercise(f"{IN_FLIGHT} posts at once", many_at_once, "Answer first and work afterwards, or register the endpoint with a lower concurrency."),
    Exercise("a type that nobody knows yet", unknown_type, "Answer 2xx to what you have no use for; new types come with new versions of Kasir."),
    Exercise("fields that nobody knows yet", unknown_fields, "Read the fields that you need, and ignore the others."),
    Exercise("other alphabets", other_languages, "Sign the bytes that came, not a text made of them; JSON is UTF-8."),
    Exercise("JSON written in another way", bytes_as_they_are, "Verify the body as it came, before parsing it: written again it is other bytes."),
    Exercise("a body of 1 MB", big_body, "Allow bodies of at least 1 MB: an order with hundreds of lines is one event."),
    Exercise("two signatures: a rotation", rotation, "The header is a list, separated by spaces: one that fits is enough, wherever it stands."),
    Exercise("signatures of other kinds", other_algorithms, "Skip what does not begin with v1, and look at the rest of the list."),
    Exercise("header names in capitals", headers_in_capitals, "Header names have no case: a proxy may change it."),
    Exercise("clocks that differ by a minute", clocks_differ, f"Allow {TOLERANCE_SECONDS // 60} minutes either way."),
    Exercise("a wrong signature", forged(_wrong_signature), VERIFY),
    Exercise("somebody else's secret", forged(_wrong_secret), VERIFY),
    Exercise("a changed body", changed_body, f"{VERIFY} The body is part of what is signed."),
    Exercise("another id", forged(_other_id), f"{VERIFY} The id is part of what is signed."),
    Exercise("an old event", forged(_old), f"Refuse a webhook-timestamp older than {TOLERANCE_SECONDS // 60} minutes: somebody plays it again."),
    Exercise("an event from the future", forged(_of_the_future), f"Refuse a webhook-timestamp more than {TOLERANCE_SECONDS // 60} minutes ahead."),
    Exercise("an old event with a new time", forged(_made_younger), f"{VERIFY} The time is part of what is signed."),
    Exercise("a time that is none", forged(_no_time), "Answer 400 or 401 to headers that cannot be read; 5xx means: try again."),
    Exercise("a missing header", missing_headers, "Answer 400 or 401 when a header is missing; 5xx means: try again."),
    Exercise("a connection that breaks half-way", cut_off, "Do nothing before the whole body is there and verified."),
    Exercise("an answer that gets lost", answer_lost, ONCE),
    Exercise("catching up after an outage", catching_up, ONCE),
)
