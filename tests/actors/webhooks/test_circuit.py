"""When an endpoint is worth posting to, as plain values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.webhooks.circuit import SPREAD, TIMEOUT_WEIGHS, Circuit


def open_circuit(now: float = 0.0) -> Circuit:
    circuit = Circuit(probe_seconds_max=300)
    for _ in range(8):
        circuit.failed(now, weighs=1, probe=False, spread=0)
    return circuit


def test_eight_failures_in_a_row_open_it_and_a_success_in_between_does_not_count() -> None:
    circuit = Circuit(probe_seconds_max=300)
    assert [circuit.failed(0, weighs=1, probe=False, spread=0) for _ in range(7)] == [False] * 7
    circuit.succeeded()
    assert [circuit.failed(0, weighs=1, probe=False, spread=0) for _ in range(8)] == [False] * 7 + [True]


def test_three_timeouts_open_it() -> None:
    circuit = Circuit(probe_seconds_max=300)
    assert [circuit.failed(0, weighs=TIMEOUT_WEIGHS, probe=False, spread=0) for _ in range(3)] == [False, False, True]


def test_one_probe_at_a_time_ever_more_seldom() -> None:
    circuit, now, waits = open_circuit(), 0.0, []
    for _ in range(12):
        waits.append(circuit.probe_at - now)
        assert not circuit.may_probe(circuit.probe_at - 0.01)
        now = circuit.probe_at
        assert circuit.may_probe(now)
        circuit.begin_probe()
        assert not circuit.may_probe(now + 60)
        circuit.failed(now, weighs=TIMEOUT_WEIGHS, probe=True, spread=0)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_what_was_under_way_when_it_opened_does_not_make_it_wait_longer() -> None:
    circuit = open_circuit()
    for _ in range(20):
        circuit.failed(0.5, weighs=TIMEOUT_WEIGHS, probe=False, spread=0)
    assert circuit.probe_at == 1


def test_any_success_closes_it() -> None:
    circuit = open_circuit()
    circuit.succeeded()
    assert circuit.closed
    assert not circuit.failed(0, weighs=1, probe=False, spread=0)


def test_it_waits_as_long_as_the_listener_asks() -> None:
    circuit = Circuit(probe_seconds_max=300)
    circuit.throttled(100, 30, probe=False, spread=0)
    assert (circuit.state, circuit.probe_at) == ("throttled", 130)
    circuit.throttled(110, 60, probe=False, spread=0)
    assert circuit.probe_at == 170


@pytest.mark.parametrize("asked", [None, 0])
def test_who_asks_for_time_without_saying_how_much_gets_ever_more(asked: int | None) -> None:
    """`Retry-After: 0`, or a date that has passed, says as little: taken by its word it is a post a millisecond, for ever."""
    circuit, waits = Circuit(probe_seconds_max=300), []
    for _ in range(4):
        circuit.throttled(0, asked, probe=not circuit.closed, spread=0)
        waits.append(circuit.probe_at)
    assert waits == [1, 2, 4, 8]


def test_somebody_may_ask_for_a_probe_but_not_against_the_listeners_wish() -> None:
    circuit = open_circuit()
    circuit.probe_now(0.2)
    assert circuit.may_probe(0.2)
    asked = Circuit(probe_seconds_max=300)
    asked.throttled(0, 30, probe=False, spread=0)
    asked.probe_now(1)
    assert not asked.may_probe(1)


@pytest.mark.parametrize("spread", [0.0, 0.999])
def test_chance_moves_a_probe_a_little(spread: float) -> None:
    circuit = Circuit(probe_seconds_max=300)
    for _ in range(8):
        circuit.failed(0, weighs=1, probe=False, spread=spread)
    assert 1 <= circuit.probe_at <= 1 + SPREAD


@given(st.lists(st.tuples(st.sampled_from(["ok", "fail", "timeout", "throttle"]), st.floats(0, 10)), max_size=60))
def test_it_is_never_stuck(steps: list[tuple[str, float]]) -> None:
    """Whatever answers come: there is always a moment from which on a post may go out."""
    circuit, now = Circuit(probe_seconds_max=300), 0.0
    for answer, seconds in steps:
        now += seconds
        probe = circuit.may_probe(now)
        if probe:
            circuit.begin_probe()
        if answer == "ok":
            circuit.succeeded()
        elif answer == "throttle":
            circuit.throttled(now, seconds or None, probe, 0.5)
        else:
            circuit.failed(now, answer == "timeout", probe, 0.5)
        assert circuit.closed or circuit.may_probe(now + 1000)
