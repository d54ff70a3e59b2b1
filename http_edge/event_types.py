"""The catalogue of events, as it is asked for and told. What it tells is in `events.py`."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from actors.runtime.words import Command, Input, Reason, Value

EVENT_TYPE_UNKNOWN = Reason(
    "events.unknown_type", "not_found", "No such event type", "`GET /v1/event-types` lists all that there are; `order.*` is none of them."
)


class ListEventTypes(Input):
    pass


class GetEventType(Input):
    type: Annotated[str, Meta(max_length=64, pattern=r"^[a-z_]+\.[a-z_]+$(?!\n)", examples=["order.created"])]


class EventTypeSummary(Value):
    """`version` counts the shapes of the body: within a version fields are only added, so a listener ignores those that it does not know.

    `listenable`: an endpoint may ask for it. The others are sent to the endpoint that they are about, or to nobody.
    """

    type: str
    summary: str
    version: int
    listenable: bool


class EventType(EventTypeSummary):
    """`schema`: JSON Schema (2020-12) of the whole body that is posted. `example`: one such body."""

    schema: dict[str, Any]
    example: dict[str, Any]


class EventTypeList(Value):
    items: list[EventTypeSummary]


LIST_EVENT_TYPES = Command("event_types.list", ListEventTypes, EventTypeList, "List the types of events")
GET_EVENT_TYPE = Command(
    "event_types.get", GetEventType, EventType, "Describe one type of event: schema and example", reasons=(EVENT_TYPE_UNKNOWN,)
)
