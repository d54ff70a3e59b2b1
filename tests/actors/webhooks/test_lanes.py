"""In which order one endpoint's parcels go out, as plain values."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from actors.webhooks.lanes import Lanes, Parcel


def parcel(seq: int, lane: int = 1, body: bytes = b"{}") -> Parcel:
    return Parcel(seq, lane, f"id-{seq}", body)


def lanes_with(*parcels: Parcel) -> Lanes:
    lanes = Lanes()
    for one in parcels:
        lanes.add(one)
    return lanes


def test_what_comes_after_waits_and_other_lanes_overtake() -> None:
    first, second, other = parcel(1), parcel(2), parcel(3, lane=2)
    lanes = lanes_with(first, second, other)
    assert [lanes.take(), lanes.take()] == [first, other]
    assert not lanes.ready
    lanes.done(first)
    assert lanes.take() is second


def test_a_moment_later_it_is_still_the_first_of_its_lane() -> None:
    first, second = parcel(1), parcel(2)
    lanes = lanes_with(first, second)
    lanes.wait(lanes.take())
    assert not lanes.ready
    assert lanes.again(first)
    assert list(lanes.ready) == [first]


def test_a_blocked_lane_holds_nothing() -> None:
    first, second, third, other = parcel(1), parcel(2), parcel(3), parcel(4, lane=2)
    lanes = lanes_with(first, second, third, other)
    assert lanes.block(lanes.take()) == [second, third]
    assert (lanes.blocked, lanes.held, lanes.held_bytes) == ({1}, 1, 2)
    assert lanes.take() is other


def test_what_is_forgotten_may_come_again_but_not_before_what_is_under_way() -> None:
    first, second, third = parcel(1), parcel(2), parcel(3, lane=2)
    lanes = lanes_with(first, second, third)
    lanes.take()
    lanes.wait(lanes.take())
    assert {one.seq for one in lanes.forget()} == {2, 3}
    assert not lanes.again(third)
    again = parcel(2)
    lanes.add(again)
    assert not lanes.ready
    lanes.done(first)
    assert lanes.take() is again
    assert lanes.held == 1


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=40),
    st.lists(st.tuples(st.sampled_from(["take", "done", "wait", "again", "block", "forget"]), st.integers(0, 9)), max_size=120),
)
def test_whatever_happens_a_lane_goes_out_in_order(of_lanes: list[int], steps: list[tuple[str, int]]) -> None:
    """What was forgotten, or is behind a blocked lane, comes again later; nothing that is done ever overtook anything in its lane."""
    lanes, fresh = Lanes(), [parcel(seq, lane) for seq, lane in enumerate(of_lanes)]
    done: dict[int, list[int]] = defaultdict(list)
    for one in fresh:
        lanes.add(one)
    for step, which in steps:
        under_way, waiting = list(lanes.posting.values()), list(lanes.waiting.values())
        if step == "take" and lanes.ready:
            lanes.take()
        elif step == "done" and under_way:
            one = under_way[which % len(under_way)]
            lanes.done(one)
            done[one.lane].append(one.seq)
        elif step == "wait" and under_way:
            lanes.wait(under_way[which % len(under_way)])
        elif step == "again" and waiting:
            assert lanes.again(waiting[which % len(waiting)])
        elif step == "block" and under_way:
            # Settled at once, as if its retry had gone through: what is behind it comes again.
            one = under_way[which % len(under_way)]
            behind = lanes.block(one)
            done[one.lane].append(one.seq)
            lanes.blocked.discard(one.lane)
            for later in behind:
                lanes.add(parcel(later.seq, later.lane))
        elif step == "forget":
            for later in sorted(lanes.forget(), key=lambda one: one.seq):
                lanes.add(parcel(later.seq, later.lane))
        assert lanes.held == len(fresh) - sum(map(len, done.values()))
    while lanes.ready or lanes.posting or lanes.waiting:
        for one in list(lanes.waiting.values()):
            lanes.again(one)
        while lanes.ready:
            lanes.take()
        for one in list(lanes.posting.values()):
            lanes.done(one)
            done[one.lane].append(one.seq)
    for lane, seqs in done.items():
        assert seqs == [seq for seq, of in enumerate(of_lanes) if of == lane]
    assert (lanes.held, lanes.held_bytes) == (0, 0)
