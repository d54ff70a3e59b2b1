"""Who gets what, of some events: by filter, by age, and each endpoint at most once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from actors.webhooks.catalogue import EVENT_TYPES, Facts, by_log, log_of, read_facts
from actors.webhooks.wishes import LEEWAY, Told, Wishes

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINE, OTHER = UUID(int=1), UUID(int=2)


def row(number: int, event_types: list[str], since: datetime = NOON, store_ids: tuple[UUID, ...] = (), condition: str = "") -> dict[str, Any]:
    return {
        "generation": 7, "number": number, "id": UUID(int=number), "event_types": event_types, "store_ids": list(store_ids),
        "condition": condition, "listens_from": since,
    }


def told(name: str, at: datetime = NOON, store_id: UUID | None = None, body: bytes = b"{}") -> Told:
    return Told(name, body, Facts(at, store_id))


def got(rows: list[dict[str, Any]], events: list[Told], now: datetime = NOON + timedelta(hours=2)) -> dict[int, list[int]]:
    wishes = Wishes()
    wishes.learn(rows)
    assert wishes.generation == 7
    by_endpoint: dict[int, list[int]] = {}
    for wanted in wishes.wanted(events, now):
        for wish in wanted.wishes:
            assert wish.number not in by_endpoint
            by_endpoint[wish.number] = list(wanted.events)
    return by_endpoint


def test_by_type_and_store() -> None:
    rows = [row(1, ["*"]), row(2, ["order.*"]), row(3, ["order.*"]), row(4, ["product.created"]), row(5, ["*"], store_ids=(MINE,))]
    events = [told("order.created", store_id=MINE), told("product.updated"), told("order.paid", store_id=OTHER)]
    assert got(rows, events) == {1: [1, 2, 3], 2: [1, 3], 3: [1, 3], 5: [1, 2]}


def test_what_is_older_than_an_endpoint_is_not_for_it_but_what_it_overtook_is() -> None:
    rows = [row(1, ["*"], NOON - timedelta(hours=1)), row(2, ["*"], NOON), row(3, ["*"], NOON + timedelta(hours=1))]
    events = [told("order.created", NOON - timedelta(minutes=5)), told("order.paid", NOON - LEEWAY), told("order.refunded", NOON)]
    assert got(rows, events) == {1: [1, 2, 3], 2: [2, 3]}


def test_a_clock_that_is_put_back_takes_nothing_from_who_has_just_registered() -> None:
    """It was an hour ahead when they did; what happens now is older than they are, and theirs all the same."""
    rows = [row(1, ["*"], NOON + timedelta(hours=1))]
    events = [told("order.created", NOON - timedelta(minutes=5)), told("order.paid", NOON)]
    assert got(rows, events, now=NOON) == {1: [2]}


def test_a_condition_that_is_possible_no_more_stops_nobody() -> None:
    rows = [row(1, ["order.*"], condition="data.("), row(2, ["*"])]
    assert got(rows, [told("order.created"), told("product.created")]) == {1: [1], 2: [1, 2]}


def test_nobody_is_there() -> None:
    assert got([{"generation": 7, "number": None}], [told("order.created")]) == {}


def test_every_event_of_the_catalogue_is_in_one_log() -> None:
    assert sorted(event.name for _, events in by_log() for event in events) == sorted(EVENT_TYPES)
    assert len({log for log, _ in by_log()}) == len(by_log())
    assert log_of("order.created") == "orders"


def test_facts() -> None:
    def facts(name: str, data: str) -> Facts:
        return read_facts(name, f'{{"type":"{name}","timestamp":"2026-11-22T12:00:00Z","data":{data}}}'.encode())

    order = f'{{"order":{{"id":5,"store_id":"{MINE}","totals":{{"gross":1,"total":{{"amount":700,"currency":"IDR"}}}}}},"version":1}}'
    assert facts("order.created", order) == Facts(NOON, MINE, 700, "IDR")
    assert facts("payment.approved", '{"amount":{"amount":5,"currency":"IDR"}}') == Facts(NOON, None, 5, "IDR")
    assert facts("stock.received", f'{{"items":[{{"store_id":"{OTHER}"}},{{"store_id":"{MINE}"}}]}}') == Facts(NOON, OTHER)
    assert facts("stock.received", '{"items":[]}') == facts("product.created", '{"id":1}') == facts("store.created", '{"id":5}') == Facts(NOON)
