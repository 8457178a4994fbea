"""Whose launch leaves next: promises that hold for any queue."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from runtime_app.services.launching.turns import Lane, Room, take_turns

LANES = st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=8).map(
    lambda sizes: [
        Lane(f"lane-{number}", is_bulk, [number * 100 + item for item in range(size)])
        for number, (is_bulk, size) in enumerate(sizes)
    ]
)
ROOMS = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: Room(pair[0], min(pair)))


@given(LANES, ROOMS)
def test_nothing_leaves_beyond_the_room_or_twice(lanes: list[Lane], room: Room) -> None:
    picked = take_turns(lanes, room, {})
    bulk_lanes = {lane.name for lane in lanes if lane.is_bulk}
    assert len(picked) <= room.all
    assert sum(name in bulk_lanes for name, _ in picked) <= room.bulk
    assert len({item for _, item in picked}) == len(picked)


@given(LANES, ROOMS)
def test_room_is_used_as_long_as_something_waits(lanes: list[Lane], room: Room) -> None:
    people = sum(len(lane.waiting) for lane in lanes if not lane.is_bulk)
    bulk = sum(len(lane.waiting) for lane in lanes if lane.is_bulk)
    picked = take_turns(lanes, room, {})
    assert len(picked) >= min(room.all, people)
    assert len(picked) == min(room.all, people + min(bulk, room.bulk)) or len(picked) == room.all


@given(LANES, ROOMS)
def test_each_lane_keeps_its_order(lanes: list[Lane], room: Room) -> None:
    picked = take_turns(lanes, room, {})
    for lane in lanes:
        items = [item for name, item in picked if name == lane.name]
        assert items == list(lane.waiting[: len(items)])


@given(LANES, ROOMS)
def test_of_two_people_who_still_wait_neither_got_two_more(lanes: list[Lane], room: Room) -> None:
    got = Counter(name for name, _ in take_turns(lanes, room, {}))
    waiting = [got[lane.name] for lane in lanes if not lane.is_bulk and got[lane.name] < len(lane.waiting)]
    assert not waiting or max(waiting) - min(waiting) <= 1


@given(st.lists(st.booleans(), min_size=1, max_size=6), st.integers(1, 3))
def test_rounds_with_little_room_starve_nobody(kinds: list[bool], most: int) -> None:
    lanes = [Lane(f"lane-{number}", is_bulk, range(1000)) for number, is_bulk in enumerate(kinds)]
    served: dict[str, float] = {}
    got: Counter[str] = Counter()
    clock = 0
    for _ in range(30):
        for name, _ in take_turns(lanes, Room(most, most), served):
            clock += 1
            served[name] = clock
            got[name] += 1
    counts = [got[lane.name] for lane in lanes]
    assert max(counts) - min(counts) <= 1
