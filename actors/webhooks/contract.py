"""What `webhooks` answers and tells.

An endpoint is a listener: it has a feed, in which everything that it wants stands once, numbered without gaps (`seq`). What
is posted to its URL, what it pulls, and what a digest proves is that feed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from actors.runtime.words import (
    NOT_BLANK,
    TEXT,
    Clock,
    Command,
    Currency,
    Cursor,
    Event,
    FeedAfter,
    Input,
    Limit,
    Note,
    Position,
    Reason,
    Value,
    Version,
)

# --- what endpoints are made of -------------------------------------------------------------------------------

Url = Annotated[str, Meta(min_length=8, max_length=2000, pattern=r"^https?://[!-~]+$(?!\n)", examples=["https://books.example/kasir"])]
EventType = Annotated[
    str,
    Meta(max_length=64, pattern=r"^([a-z_]+\.)?(\*|[a-z_]+)$(?!\n)", description="An event's name, `order.*`, or `*`.", examples=["order.created"]),
]
EventTypes = Annotated[list[EventType], Meta(min_length=1, max_length=50)]
Secret = Annotated[
    str, Meta(max_length=128, pattern=r"^whsec_[A-Za-z0-9+/]{32,88}={0,2}$(?!\n)", description="whsec_ + base64 of 24 to 64 bytes.")
]
StoreIds = Annotated[list[UUID], Meta(max_length=200, description="Only events of these stores, and those that belong to none. Empty: of all.")]
Condition = Annotated[
    str,
    Meta(
        max_length=500,
        pattern=TEXT,
        description="JMESPath over the whole event; what it does not find true, or not within 20,000 steps, is left out. It compares, filters, "
        "and calls functions that look, as `contains`; it builds no lists or hashes. Empty: no condition.",
        examples=["data.order.totals.total.amount >= `10000000`"],
    ),
]
HeaderName = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9-]+$(?!\n)")]
HeaderValue = Annotated[str, Meta(min_length=1, max_length=1000, pattern=rf"^{NOT_BLANK}[ -~]+$(?!\n)")]
Headers = Annotated[
    dict[HeaderName, HeaderValue],
    Meta(max_length=10, description="Sent with every post. Values are kept encrypted and never shown again.", examples=[{"X-Shop": "Toko Maju"}]),
]
Algorithm = Literal["v1", "v1a"]
"""v1: HMAC-SHA256 with the secret. v1a: ed25519, verified with the public key."""
Algorithms = Annotated[
    list[Algorithm], Meta(min_length=1, max_length=2, description="v1: HMAC-SHA256 with the secret. v1a: ed25519, with the public key.")
]
TimeoutSeconds = Annotated[float, Meta(ge=1, le=30, description="How long the listener may take to answer.")]
Rate = Annotated[int, Meta(ge=1, le=10_000, description="Posts a second at most.")]
Concurrency = Annotated[int, Meta(ge=1, le=64, description="Posts under way at once at most.")]
Wait = Annotated[int, Meta(ge=1, le=30 * 86_400)]
Schedule = Annotated[list[Wait], Meta(max_length=20, description="Seconds before each retry of one event. Empty: the operator's schedule.")]
TimeZone = Annotated[
    str,
    Meta(
        max_length=64,
        pattern=r"^[A-Za-z0-9_+/-]+$(?!\n)",
        description="IANA time zone: its days are the days of the digests.",
        examples=["Asia/Jakarta"],
    ),
]
Status = Literal["active", "paused", "disabled"]
"""active    what is in the feed goes out
paused    somebody has stopped it; the feed goes on, and waits
disabled  Kasir has stopped it (`disabled_reason`); the feed goes on, and waits
"""
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset; from 1970 on.")]
Seq = Annotated[int, Meta(ge=0, le=2**53, description="A place in an endpoint's feed; gap-free, from 1.")]


class CreateEndpoint(Input):
    """Without a `secret` one is made; either way the answer shows it, and nothing else ever does. Without a `url` it is for pulling only.

    `day_starts_at`: the hour at which a day of its digests begins. When neither it nor `time_zone` is given, both are those of the store that the
    endpoint listens to, if that is one alone; of others, days go from midnight to midnight, and by UTC.
    """

    url: Url | None = None
    event_types: EventTypes = field(default_factory=lambda: ["*"])
    id: UUID | None = None
    secret: Secret | None = None
    description: Note = ""
    paused: bool = False
    store_ids: StoreIds = []
    condition: Condition = ""
    headers: Headers = {}
    signatures: Algorithms = field(default_factory=lambda: ["v1"])
    timeout_seconds: TimeoutSeconds | None = None
    rate_per_second: Rate | None = None
    concurrency: Concurrency | None = None
    schedule_seconds: Schedule = []
    time_zone: TimeZone | None = None
    day_starts_at: Clock | None = None


class EndpointChanges(Input):
    """`headers` replaces all of them; it must be given, and may be empty, with a `url` of another scheme, host or port, where the values of
    those that are there do not go. null takes a limit away; a secret is changed by rotating it.
    """

    url: Url | UnsetType | None = UNSET
    event_types: EventTypes | UnsetType = UNSET
    description: Note | UnsetType = UNSET
    store_ids: StoreIds | UnsetType = UNSET
    condition: Condition | UnsetType = UNSET
    headers: Headers | UnsetType = UNSET
    signatures: Algorithms | UnsetType = UNSET
    timeout_seconds: TimeoutSeconds | UnsetType | None = UNSET
    rate_per_second: Rate | UnsetType | None = UNSET
    concurrency: Concurrency | UnsetType | None = UNSET
    schedule_seconds: Schedule | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    day_starts_at: Clock | UnsetType = UNSET


class UpdateEndpoint(Input):
    id: UUID
    if_version: Version
    changes: EndpointChanges


class DeleteEndpoint(Input):
    id: UUID
    if_version: Version


class GetEndpoint(Input):
    id: UUID


class ListEndpoints(Input):
    status: Status | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class PauseEndpoint(Input):
    id: UUID
    reason: Note = ""


class ResumeEndpoint(Input):
    """What was missed goes out first, in order, `catch_up_per_second` at most.

    With `skip_missed` it stays in the feed, and only what comes from now on is posted.
    """

    id: UUID
    catch_up_per_second: Rate | None = None
    skip_missed: bool = False


class RotateSecret(Input):
    """Both the old and the new secret sign for `overlap_seconds`; then the old one has ended. A `secret` that still signs for it is refused."""

    id: UUID
    secret: Secret | None = None
    overlap_seconds: Annotated[int, Meta(ge=0, le=30 * 86_400)] = 86_400


class PublicKey(Value):
    """ed25519, `whpk_` + base64 of 32 bytes. `ends_at`: it signs no longer from then on."""

    key: str
    created_at: datetime
    ends_at: datetime | None = None


class Endpoint(Value):
    """`headers` shows names only. Limits that are null are the operator's."""

    id: UUID
    version: int
    url: str | None
    event_types: list[str]
    description: str
    status: Status
    disabled_reason: str | None
    created_at: datetime
    updated_at: datetime
    store_ids: list[UUID] = []
    condition: str = ""
    headers: list[str] = []
    signatures: list[Algorithm] = field(default_factory=lambda: ["v1"])
    public_keys: list[PublicKey] = []
    timeout_seconds: float | None = None
    rate_per_second: int | None = None
    concurrency: int | None = None
    schedule_seconds: list[int] = []
    time_zone: str = "UTC"
    old_secret_ends_at: datetime | None = None
    deleted_at: datetime | None = None
    day_starts_at: str = "00:00"


class NewEndpoint(Endpoint):
    secret: str = ""


class NewSecret(Value):
    """The secret that signs from now on; the one before it signs too, until `old_ends_at`."""

    id: UUID
    version: int
    secret: str
    old_ends_at: datetime
    public_key: str | None = None


class EndpointPage(Value):
    items: list[Endpoint]
    next_cursor: str | None = None


# --- how an endpoint fares --------------------------------------------------------------------------------------

Circuit = Literal["closed", "open", "throttled"]
"""closed     posts go out
open       it failed so often that only now and then one post probes it
throttled  it asked for time (429, 503 with Retry-After)
"""


class Unproven(Value):
    """A digest of an hour or a day that cannot be made. The next one begins after `last_seq`."""

    window: Literal["hour", "day"]
    from_time: datetime
    until: datetime
    first_seq: int
    last_seq: int
    reason: str
    at: datetime


class Health(Value):
    """How an endpoint fares: rates and latencies over its last attempts, at most 256 and at most an hour old.

    `last_seq`: the newest in its feed. `pending`: how many have not reached it yet; `lag_seconds`: how old the oldest of them is.
    `unproven`: the newest digest that could not be made.
    """

    id: UUID
    status: Status
    circuit: Circuit
    success_rate: float | None
    latency_ms_p50: int | None
    latency_ms_p99: int | None
    consecutive_failures: int
    failing_since: datetime | None
    last_success_at: datetime | None
    last_attempt_at: datetime | None
    last_error: str | None
    next_attempt_at: datetime | None
    last_seq: int
    pending: int
    retrying: int
    failed: int
    lag_seconds: float
    pulled_to: int = 0
    unproven: Unproven | None = None


class GetHealth(Input):
    id: UUID


# --- deliveries ---------------------------------------------------------------------------------------------------

State = Literal["pending", "retrying", "waiting", "delivered", "failed", "skipped"]
"""pending    not tried yet, or to be tried again at once; while the endpoint is down or has asked for time, it is probed at `next_attempt_at`
retrying   it failed; tried again at `next_attempt_at`
waiting    an earlier event about the same thing is retrying, and goes first
delivered  the listener said 2xx
failed     the schedule is used up; later events about the same thing went on
skipped    it was passed over, when the endpoint was resumed with `skip_missed`
"""


class Attempt(Value):
    """One post. `status` is missing when no answer came; then `error` says what happened. `number`: among those that are kept; of more than
    32 kB the older half goes."""

    number: int
    at: datetime
    latency_ms: int
    status: int | None
    error: str | None
    answer: str
    """The first kilobyte of what the listener said."""


class Delivery(Value):
    """One event on its way to one endpoint. `id` is the event's and the webhook-id: the same for every attempt and endpoint."""

    id: UUID
    endpoint_id: UUID
    seq: int
    event_type: str
    key: str
    """What the event is about: the order's id, for example."""
    state: State
    attempts: list[Attempt]
    next_attempt_at: datetime | None
    created_at: datetime


class ListDeliveries(Input):
    """Newest first."""

    endpoint_id: UUID
    state: State | None = None
    event_type: EventType | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class GetDelivery(Input):
    endpoint_id: UUID
    id: UUID


class ResendDelivery(Input):
    endpoint_id: UUID
    id: UUID


class SendTest(Input):
    endpoint_id: UUID


class DeliveryPage(Value):
    items: list[Delivery]
    next_cursor: str | None = None


# --- replay ---------------------------------------------------------------------------------------------------------


class Chosen(Input):
    """Which events: all that fit everything that is given. Times are those of the events; `until` is not included."""

    from_time: Moment | None = None
    until: Moment | None = None
    event_types: EventTypes | None = None
    store_id: UUID | None = None
    key: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[!-~]+$(?!\n)", description="What they are about: an order's id.")] | None = None
    states: Annotated[list[Literal["retrying", "waiting", "delivered", "failed", "skipped", "never"]], Meta(min_length=1, max_length=6)] | None = None
    """What became of them at this endpoint so far; `never`: they were not in its feed (backfill). Not given: all of these."""


class StartReplay(Input):
    """With `dry_run` it only counts."""

    endpoint_id: UUID
    events: Chosen = field(default_factory=Chosen)
    rate_per_second: Rate = 100
    dry_run: bool = False
    id: UUID | None = None


class Replay(Value):
    """`total` was counted at the start. `at_most`: the endpoint has a condition, which is looked at only when each is about to be added to its feed;
    so fewer may go out, and `done` end below `total`.

    `done`: those that went on their way; what came of each is told by its delivery. `added`: those of them that were new in the feed, at
    its end; the others keep their `seq`. It waits while its endpoint is paused or disabled, and while earlier ones are still going out.
    """

    id: UUID
    endpoint_id: UUID
    state: Literal["counted", "running", "finished", "stopped"]
    events: Chosen
    rate_per_second: int
    total: int
    done: int
    added: int
    started_at: datetime
    finished_at: datetime | None = None
    at_most: bool = False


class GetReplay(Input):
    endpoint_id: UUID
    id: UUID


class StopReplay(Input):
    endpoint_id: UUID
    id: UUID


class ListReplays(Input):
    endpoint_id: UUID
    limit: Limit = 50
    cursor: Cursor | None = None


class ReplayPage(Value):
    items: list[Replay]
    next_cursor: str | None = None


# --- pulling ----------------------------------------------------------------------------------------------------------

WaitSeconds = Annotated[int, Meta(ge=0, le=30, description="When there is nothing yet: how long to wait for something.")]


class PullEvents(Input):
    """Events of the feed with a higher `seq` than `after`. Asking tells, too, that everything up to `after` has arrived. An `after` that the
    feed has not come to is refused: it is another feed's."""

    id: UUID
    after: Seq = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    wait_seconds: WaitSeconds = 0


class PulledEvent(Value):
    """`id`, `timestamp` and `signature` are the headers webhook-id, webhook-timestamp and webhook-signature that a post now would have."""

    seq: int
    type: str
    id: UUID
    timestamp: int
    signature: str
    body: str
    """The exact text that is signed; parse it after verifying."""


class PulledEvents(Value):
    """`first_seq` is the oldest still kept: when it is greater than `after` + 1, something is gone."""

    items: list[PulledEvent]
    last_seq: int
    first_seq: int


class ReadEvents(Input):
    """Everything, in the order in which it was sorted: what is about one thing stands in order. `after` is the `position` of the last one seen."""

    after: Position = 0
    event_types: EventTypes | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    wait_seconds: WaitSeconds = 0


class KeptEvent(Value):
    position: int
    type: str
    id: UUID
    body: str


class KeptEvents(Value):
    """`position`: where to go on, also when nothing of what was asked for was there."""

    items: list[KeptEvent]
    position: int
    first_position: int


# --- proof --------------------------------------------------------------------------------------------------------------


class Sum(Value):
    """`amount` in minor units: what the events of this type are worth together, by the currency of each."""

    currency: Currency
    amount: int


class TypeSum(Value):
    type: str
    count: int
    amounts: list[Sum]


class Digest(Value):
    """Proof of a stretch of a feed. `hash`: SHA-256, in hex, of the SHA-256 digests of `{webhook-id}.{body}` of each event, by seq.

    `window` "hour" and "day" follow each other without a hole; "asked" is whatever somebody wanted to check.
    """

    endpoint_id: UUID
    window: Literal["hour", "day", "asked"]
    from_time: datetime | None
    until: datetime | None
    first_seq: int
    last_seq: int
    count: int
    types: list[TypeSum]
    hash: str


class GetDigest(Input):
    """By seq, or by time, or both; both ends are included, `until` is not. Nothing given: all that is kept.

    Of an empty stretch `first_seq` and `last_seq` still say where what was asked for would begin and end.
    """

    id: UUID
    first_seq: Seq | None = None
    last_seq: Seq | None = None
    from_time: Moment | None = None
    until: Moment | None = None


class SignedDigest(Value):
    """`body` is the digest as JSON, signed as an event is."""

    id: str
    timestamp: int
    signature: str
    body: str
    digest: Digest


# --- refusals -------------------------------------------------------------------------------------------------------------

NOT_FOUND = Reason("webhooks.not_found", "not_found", "No such endpoint, delivery or replay", "Check the ids.")
TAKEN = Reason("webhooks.taken", "conflict", "Already taken", "Choose another id, or change the endpoint that has it.")
STALE = Reason(
    "webhooks.stale", "stale", "Changed by somebody else",
    "Read it again, look at what changed, and send your change with the new `ETag`.",
)
INACTIVE = Reason(
    "webhooks.inactive", "conflict", "The endpoint is not active",
    "Resume it first: `POST .../resume`. What is pending then goes out by itself.",
)
PULL_ONLY = Reason(
    "webhooks.pull_only", "conflict", "The endpoint has no URL",
    "It is for pulling only: `GET .../events`. `PATCH` it with a `url` to have events posted.",
)
REFUSED_URL = Reason(
    "webhooks.refused_url", "invalid", "Not a URL that Kasir may call",
    "Give a URL that leads to the outside; the operator can allow private networks.",
)
INVALID = Reason("webhooks.invalid", "invalid", "Not a possible request", "Correct the fields that `errors` names.")
REPLAYING = Reason(
    "webhooks.replaying", "conflict", "A replay to this endpoint is running", "Wait until it has finished, or stop it: `POST .../stop`."
)
GONE = Reason(
    "webhooks.gone", "conflict", "Older than what is kept",
    "Events are kept as long as the operator's retention says. Ask from `first_seq` on, and compare your books by a digest.",
)

# --- commands ---------------------------------------------------------------------------------------------------------------

CREATE_ENDPOINT = Command(
    "webhooks.create", CreateEndpoint, NewEndpoint, "Register a webhook endpoint", keyed=True, sealed=True, reasons=(TAKEN, REFUSED_URL, INVALID)
)
UPDATE_ENDPOINT = Command("webhooks.update", UpdateEndpoint, Endpoint, "Change an endpoint", reasons=(NOT_FOUND, STALE, REFUSED_URL, INVALID))
DELETE_ENDPOINT = Command("webhooks.delete", DeleteEndpoint, Endpoint, "Remove an endpoint", reasons=(NOT_FOUND, STALE))
GET_ENDPOINT = Command("webhooks.get", GetEndpoint, Endpoint, "Get one endpoint", reasons=(NOT_FOUND,))
LIST_ENDPOINTS = Command("webhooks.list", ListEndpoints, EndpointPage, "List the endpoints, oldest first", reasons=(INVALID,))
PAUSE_ENDPOINT = Command("webhooks.pause", PauseEndpoint, Endpoint, "Stop posting to an endpoint; its feed goes on", reasons=(NOT_FOUND,))
RESUME_ENDPOINT = Command(
    "webhooks.resume", ResumeEndpoint, Endpoint, "Post again, first what was missed, in order", reasons=(NOT_FOUND,)
)
ROTATE_SECRET = Command(
    "webhooks.rotate_secret", RotateSecret, NewSecret, "Give an endpoint a new secret; the old one goes on for a while", keyed=True, sealed=True,
    reasons=(NOT_FOUND, INVALID),
)
GET_HEALTH = Command("webhooks.health", GetHealth, Health, "Tell how an endpoint fares", reasons=(NOT_FOUND,))
LIST_DELIVERIES = Command(
    "webhooks.deliveries", ListDeliveries, DeliveryPage, "List an endpoint's deliveries, newest first, with every attempt",
    reasons=(NOT_FOUND, INVALID),
)
GET_DELIVERY = Command("webhooks.delivery", GetDelivery, Delivery, "Get one delivery with every attempt", reasons=(NOT_FOUND,))
RESEND_DELIVERY = Command("webhooks.resend", ResendDelivery, Delivery, "Send one delivery again, now", reasons=(NOT_FOUND, INACTIVE, PULL_ONLY))
SEND_TEST = Command(
    "webhooks.send_test", SendTest, Delivery, "Send a `webhook.test` event to one endpoint", keyed=True, reasons=(NOT_FOUND, INACTIVE)
)
START_REPLAY = Command(
    "webhooks.start_replay", StartReplay, Replay, "Send a range of events to an endpoint again, or for the first time", keyed=True,
    reasons=(NOT_FOUND, INACTIVE, PULL_ONLY, REPLAYING, INVALID),
)
GET_REPLAY = Command("webhooks.replay", GetReplay, Replay, "Tell how far a replay has come", reasons=(NOT_FOUND,))
STOP_REPLAY = Command("webhooks.stop_replay", StopReplay, Replay, "Stop a replay where it is", reasons=(NOT_FOUND,))
LIST_REPLAYS = Command("webhooks.replays", ListReplays, ReplayPage, "List an endpoint's replays, newest first", reasons=(NOT_FOUND, INVALID))
PULL_EVENTS = Command(
    "webhooks.pull", PullEvents, PulledEvents, "Get what is in an endpoint's feed, as it would be posted", reasons=(NOT_FOUND, GONE, INVALID)
)
READ_EVENTS = Command("webhooks.events", ReadEvents, KeptEvents, "Get every event, in order", reasons=(INVALID,))
GET_DIGEST = Command("webhooks.digest", GetDigest, SignedDigest, "Prove a stretch of an endpoint's feed", reasons=(NOT_FOUND, GONE, INVALID))


class EndpointFeed(Value):
    """Endpoints as they are now, without secrets; deleted ones carry `deleted_at`."""

    items: list[Endpoint]
    position: Position
    more: bool


ENDPOINT_CHANGES = Command("webhooks.changes", FeedAfter, EndpointFeed, "Which endpoints came, changed or went after a position")

# --- events -------------------------------------------------------------------------------------------------------------------

ENDPOINT_CREATED = Event("webhook_endpoint.created", Endpoint, "A webhook endpoint was registered")
ENDPOINT_UPDATED = Event("webhook_endpoint.updated", Endpoint, "A webhook endpoint was changed, paused or resumed")
ENDPOINT_DELETED = Event("webhook_endpoint.deleted", Endpoint, "A webhook endpoint was removed")


class EndpointTold(Value):
    """About an endpoint's health, for those who look after it."""

    endpoint_id: UUID
    url: str | None
    description: str
    failing_since: datetime | None
    consecutive_failures: int
    last_error: str | None
    reason: str = ""


ENDPOINT_FAILING = Event("webhook.endpoint_failing", EndpointTold, "An endpoint has been failing for some time")
ENDPOINT_RECOVERED = Event("webhook.endpoint_recovered", EndpointTold, "An endpoint that was failing takes events again")
ENDPOINT_DISABLED = Event("webhook.endpoint_disabled", EndpointTold, "Kasir has stopped posting to an endpoint; its feed goes on")


class Hello(Value):
    """What `webhook.test` carries."""

    message: str = "This is a test from Kasir."


WEBHOOK_TEST = Event("webhook.test", Hello, "Somebody asked to see whether an endpoint works; sent to that endpoint only")
WEBHOOK_DIGEST = Event("webhook.digest", Digest, "Proof of what was sent in an hour or a day; sent to its own endpoint only")


# --- hints between members: nothing depends on their arrival ---------------------------------------------------------------------


class News(Value):
    """Feeds of these endpoints have grown, each as far as `seqs` says (if it does), and so has the list of all events."""

    endpoint_ids: list[UUID] = []
    position: int = 0
    seqs: list[int] = []


class Due(Value):
    """Something for these endpoints is due before its time: somebody wants it sent again."""

    endpoint_ids: list[UUID]


class EndpointChanged(Value):
    """An endpoint is at this version now; whether it may be posted to."""

    id: UUID
    version: int
    active: bool


class ReplayStarted(Value):
    """Whoever carries out replays need not wait for the next look."""

    id: UUID


REPLAY_SUBJECT = "_kasir.webhooks.replay"
NEWS_SUBJECT, DUE_SUBJECT, CHANGED_SUBJECT = "_kasir.webhooks.news", "_kasir.webhooks.due", "_kasir.webhooks.changed"
