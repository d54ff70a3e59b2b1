"""Who may post when: fairness and bounds, as plain values."""

from __future__ import annotations

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from actors.webhooks.lanes import ROOM_MAX, ROOM_MIN, Lane, Lanes, Parcel, Target


def target(version: int = 1, endpoint_id: UUID | None = None) -> Target:
    return Target(endpoint_id or uuid4(), version, URL("http://listener.example/"), b"k" * 32, None)


def parcel(leased_until: float = 1000.0) -> Parcel:
    return Parcel(uuid4(), b"{}", 0, leased_until)


def test_a_window_opens_with_success_and_closes_with_failure() -> None:
    lane = Lane(target(), window_max=16)
    for _ in range(20):
        lane.succeeded(0.01)
    assert lane.window == 16
    lane.failed()
    assert lane.window == 8
    for _ in range(10):
        lane.failed()
    assert lane.window == 1


@given(seconds=st.lists(st.floats(0, 60), max_size=50), failures=st.integers(0, 20))
def test_what_a_lane_holds_is_bounded(seconds: list[float], failures: int) -> None:
    lane = Lane(target(), window_max=16)
    for took in seconds:
        lane.succeeded(took)
    for _ in range(failures):
        lane.failed()
    assert ROOM_MIN <= lane.capacity <= ROOM_MAX
    assert lane.room(now=0) == lane.capacity
    lane.queue.extend(parcel() for _ in range(5))
    assert lane.room(now=0) == max(0, lane.capacity - 5)


def test_a_paused_lane_has_no_room() -> None:
    lane = Lane(target(), window_max=16, paused_until=10.0)
    assert lane.room(now=9.9) == 0
    assert lane.room(now=10.0) > 0


def test_a_parcel_whose_lease_ends_too_soon_is_left_to_others() -> None:
    lane = Lane(target(), window_max=16)
    late, good = parcel(leased_until=14.9), parcel(leased_until=15.0)
    lane.queue.extend((late, good))
    assert lane.next(now=0.0, needed_seconds=15.0) is good
    assert lane.backlog


def hang(lanes: Lanes, lane: Lane, deliveries: int) -> int:
    """How many places a lane takes that gives none back."""
    lane.queue.extend(parcel() for _ in range(deliveries))
    taken = 0
    while lane.queue and lanes.enter(lane):
        lane.queue.popleft()
        taken += 1
    return taken


def test_new_lanes_that_hang_take_one_place_each() -> None:
    lanes = Lanes(places=256, places_per_lane=16)
    assert [hang(lanes, lanes.open(target()), 50) for _ in range(100)] == [1] * 100


def test_lanes_that_were_fast_and_hang_together_leave_places_for_others() -> None:
    lanes = Lanes(places=256, places_per_lane=16)
    for _ in range(15):
        lane = lanes.open(target())
        lane.window = 16
        assert hang(lanes, lane, 50) <= 16
    assert lanes.places - lanes.posting >= 16
    assert hang(lanes, lanes.open(target()), 50) >= 1


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=200), st.integers(1, 12))
def test_places_are_never_exceeded_and_every_lane_gets_its_turn(steps: list[tuple[int, bool]], places: int) -> None:
    lanes = Lanes(places=places, places_per_lane=4)
    open_lanes = [lanes.open(target()) for _ in range(10)]
    for lane in open_lanes:
        lane.window = 4
    inside: list[Lane] = []

    def enter(lane: Lane | None) -> None:
        if lane is not None and lane.queue and lanes.enter(lane):
            lane.queue.popleft()
            inside.append(lane)

    for index, comes in steps:
        if comes:
            open_lanes[index].queue.append(parcel())
            enter(open_lanes[index])
        elif inside:
            enter(lanes.leave(inside.pop(index % len(inside))))
        assert lanes.posting == len(inside) <= places
    while inside:
        enter(lanes.leave(inside.pop()))
        for lane in open_lanes:
            enter(lane)
    assert all(not lane.queue for lane in open_lanes)


def test_a_newer_version_replaces_the_target_and_an_older_does_not() -> None:
    lanes = Lanes(places=8, places_per_lane=4)
    first = target()
    lane = lanes.open(first)
    newer = target(2, first.endpoint_id)
    assert lanes.open(newer) is lane
    assert lanes.open(first).target is newer


def test_closing_hands_back_what_was_not_begun() -> None:
    lanes = Lanes(places=8, places_per_lane=4)
    lane = lanes.open(target())
    waiting = [parcel(), parcel()]
    lane.queue.extend(waiting)
    assert lanes.close(lane.target.endpoint_id) == waiting
    assert lanes.find(lane.target.endpoint_id) is None
    assert lanes.close(uuid4()) == []
