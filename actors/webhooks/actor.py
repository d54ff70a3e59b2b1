"""The table of webhooks."""

from __future__ import annotations

from pathlib import Path

from actors.runtime.actor import Actor, Answer, Follow
from actors.webhooks import __doc__ as about
from actors.webhooks import (
    catalogue,
    checkup,
    contract,
    deliveries,
    digesting,
    effects,
    handlers,
    pausing,
    proving,
    pulling,
    replaying,
    replays,
    retention,
    rotating,
)
from actors.webhooks.sorting import sort

ACTOR = Actor(
    name="webhooks",
    about=about or "",
    folder=Path(__file__).parent,
    answers=(
        # Those that change endpoints take turns: one in a transaction. Some ask the DNS first, so that several may wait.
        Answer(contract.CREATE_ENDPOINT, handlers.create_endpoints, batch=1, workers=4),
        Answer(contract.UPDATE_ENDPOINT, handlers.update_endpoints, batch=1, workers=4),
        Answer(contract.DELETE_ENDPOINT, handlers.delete_endpoints, batch=1),
        Answer(contract.PAUSE_ENDPOINT, pausing.pause_endpoints, batch=1),
        Answer(contract.RESUME_ENDPOINT, pausing.resume_endpoints, batch=1),
        Answer(contract.ROTATE_SECRET, rotating.rotate_secrets, batch=1),
        Answer(contract.SEND_TEST, handlers.send_tests, batch=1),
        Answer(contract.GET_ENDPOINT, handlers.get_endpoints),
        Answer(contract.LIST_ENDPOINTS, handlers.list_endpoints),
        Answer(contract.ENDPOINT_CHANGES, handlers.endpoint_changes),
        Answer(contract.GET_HEALTH, checkup.get_healths),
        Answer(contract.LIST_DELIVERIES, deliveries.list_deliveries, batch=4, workers=2),
        Answer(contract.GET_DELIVERY, deliveries.get_deliveries),
        Answer(contract.RESEND_DELIVERY, deliveries.resend_deliveries),
        # Counting and proving can take seconds: nobody waits for another's.
        Answer(contract.START_REPLAY, replays.start_replays, batch=1),
        Answer(contract.GET_REPLAY, replays.get_replays),
        Answer(contract.STOP_REPLAY, replays.stop_replays),
        Answer(contract.LIST_REPLAYS, replays.list_replays),
        Answer(contract.GET_DIGEST, proving.get_digests, batch=1, workers=2),
        # One at a time: bodies are asked for before the transaction begins.
        Answer(contract.PULL_EVENTS, pulling.pull_events, batch=1, workers=4),
        Answer(contract.READ_EVENTS, pulling.read_events, batch=1, workers=4),
    ),
    tells=(
        contract.ENDPOINT_CREATED,
        contract.ENDPOINT_UPDATED,
        contract.ENDPOINT_DELETED,
        contract.ENDPOINT_FAILING,
        contract.ENDPOINT_RECOVERED,
        contract.ENDPOINT_DISABLED,
        contract.WEBHOOK_TEST,
        contract.WEBHOOK_DIGEST,
    ),
    follows=tuple(Follow(log, events, sort) for log, events in catalogue.by_log()),
    works=(effects.deliver, replaying.replay, digesting.digest, retention.remove_old),
    opens=effects.open_postman,
    # In a crowd listeners wait for others anyway; each page is a question, an answer and a transaction.
    gather_seconds=0.04,
    sealed_in=("secrets", "secret"),
)
