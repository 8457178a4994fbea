"""The map in pixels: thickness, looks, the room that steps of a sequence take."""

from __future__ import annotations

import re

import pytest

from runtime_app.models import Namespace, Status
from runtime_app.services.wiring.map import wiring_map
from runtime_app.services.wiring.map_drawing import ROW_PX, STEPS_SHOWN, draw, weight
from tests.factories import make_action, make_namespace, make_rule, make_trigger
from tests.wiring import fire_rule, wire, wire_two_hundred


@pytest.mark.parametrize(
    ("count", "thickness"), [(0, 0), (1, 1), (9, 1), (10, 2), (99, 2), (100, 3), (1000, 4), (10**9, 4)]
)
def test_an_edge_is_thicker_by_one_for_each_power_of_ten(count: int, thickness: int) -> None:
    assert weight(count) == thickness


@pytest.fixture
def namespace(db: None) -> Namespace:
    return make_namespace()


@pytest.mark.parametrize("zoom", ROW_PX)
def test_edges_begin_and_end_at_the_middle_of_their_rows(namespace: Namespace, zoom: str) -> None:
    wire_two_hundred(namespace)
    drawing, row_px = draw(wiring_map(namespace), zoom), ROW_PX[zoom]
    middles: dict[str, int] = {}
    for column in (drawing.triggers, drawing.rules, drawing.actions):
        bottom = 0
        for row in column:
            middles[row.node.key] = bottom + row.gap_px + row_px // 2
            bottom += row.gap_px + row_px
        assert bottom <= drawing.height_px
    assert len(drawing.incoming) == len(drawing.outgoing) == 80
    for edge in (*drawing.incoming, *drawing.outgoing):
        numbers = [int(number) for number in re.findall(r"\d+", edge.path)]
        start = numbers[1]
        end = numbers[-1] if "C" in edge.path else start
        assert [start, end] == [middles[key] for key in edge.ends.split()]


def test_the_edge_of_a_url_passes_the_column_of_rules(namespace: Namespace) -> None:
    wire(namespace)
    url = make_action(namespace, path="hook", annotations={"web-export": True}, starts="resize")
    drawing = draw(wiring_map(namespace), "normal")
    assert [row.node.key for row in drawing.triggers][-1] == f"u{url.pk}"
    assert {row.node.key for row in drawing.rules} >= {f"v{url.pk}"}
    looks = {edge.ends: edge.css for edge in (*drawing.incoming, *drawing.outgoing)}
    assert looks[f"u{url.pk} v{url.pk}"] == "edge edge--0"
    assert len(looks) == 4


def test_what_fails_is_drawn_above_the_others(namespace: Namespace) -> None:
    wire(namespace)
    make_rule(namespace, name="a-failing-one")
    fire_rule(namespace, "a-failing-one", status=Status.DEVELOPER_ERROR)
    fire_rule(namespace)
    looks = [edge.css for edge in draw(wiring_map(namespace), "normal").outgoing]
    assert looks == ["edge edge--1 tone-success", "edge edge--1 tone-developer-error"]


def test_only_the_edge_to_the_missing_end_is_broken(namespace: Namespace) -> None:
    make_action(namespace)
    make_rule(namespace)
    drawing = draw(wiring_map(namespace), "normal")
    assert drawing.incoming[0].css == "edge edge--0 edge--broken"
    assert drawing.outgoing[0].css == "edge edge--0"


def test_a_long_sequence_shows_its_first_steps(namespace: Namespace) -> None:
    make_trigger(namespace)
    make_action(namespace, kind="sequence", components=[f"/_/step-{number}" for number in range(20)])
    make_rule(namespace)
    drawing = draw(wiring_map(namespace), "normal")
    assert len(drawing.actions[0].steps) == STEPS_SHOWN
    assert drawing.actions[0].more_steps == 20 - STEPS_SHOWN
    assert drawing.height_px == (1 + STEPS_SHOWN + 1) * ROW_PX["normal"]
