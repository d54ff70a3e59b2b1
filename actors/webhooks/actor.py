"""The table of webhooks."""

from __future__ import annotations

from pathlib import Path

from actors.runtime.actor import Actor, Answer, Follow
from actors.webhooks import __doc__ as about
from actors.webhooks import catalogue, contract, effects, handlers
from actors.webhooks.sorting import sort

ACTOR = Actor(
    name="webhooks",
    about=about or "",
    folder=Path(__file__).parent,
    answers=(
        Answer(contract.CREATE_ENDPOINT, handlers.create_endpoints),
        Answer(contract.UPDATE_ENDPOINT, handlers.update_endpoints),
        Answer(contract.DELETE_ENDPOINT, handlers.delete_endpoints),
        Answer(contract.GET_ENDPOINT, handlers.get_endpoints),
        Answer(contract.LIST_ENDPOINTS, handlers.list_endpoints),
        Answer(contract.ENDPOINT_CHANGES, handlers.endpoint_changes),
        Answer(contract.LIST_DELIVERIES, handlers.list_deliveries, batch=4, workers=2),
        Answer(contract.GET_DELIVERY, handlers.get_deliveries),
        Answer(contract.RESEND_DELIVERY, handlers.resend_deliveries),
        Answer(contract.SEND_TEST, handlers.send_tests),
    ),
    tells=(contract.ENDPOINT_CREATED, contract.ENDPOINT_UPDATED, contract.ENDPOINT_DELETED),
    follows=tuple(Follow(log, events, sort) for log, events in catalogue.by_log()),
    opens=effects.open_postman,
)
