"""Where the rows of the wiring map stand: nothing overlaps, nothing is lost, few edges cross."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.services.wiring.map_layout import EDGE_WIDTH, Item, Layout, Link, arrange, crossings, curve

Graph = tuple[list[list[Item]], list[Link]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Triggers, rules that each join one of them to one action, and actions of any height."""
    triggers = [Item(f"t{number}") for number in range(draw(st.integers(1, 12)))]
    actions = [Item(f"a{number}", draw(st.integers(1, 6))) for number in range(draw(st.integers(1, 12)))]
    ends = draw(st.lists(st.tuples(st.sampled_from(triggers), st.sampled_from(actions)), max_size=30))
    rules = [Item(f"r{number}") for number in range(len(ends))]
    links = [
        link
        for rule, (trigger, action) in zip(rules, ends, strict=True)
        for link in (Link(trigger.key, rule.key), Link(rule.key, action.key))
    ]
    return [triggers, rules, actions], links


def keys(layout: Layout) -> list[list[str]]:
    return [[row.key for row in column] for column in layout.columns]


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_every_row_is_placed_once_in_its_column(graph: Graph) -> None:
    columns, links = graph
    placed = keys(arrange(columns, links))
    assert [sorted(column) for column in placed] == [
        sorted(item.key for item in column) for column in columns
    ]


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_rows_of_a_column_never_overlap_and_stay_within_the_map(graph: Graph) -> None:
    layout = arrange(*graph)
    for column in layout.columns:
        assert all(above.bottom <= below.top for above, below in pairwise(column))
        assert all(row.top >= 0 and row.bottom <= layout.height for row in column)


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_ports_lie_on_half_slots_so_that_pixels_are_whole(graph: Graph) -> None:
    ports = [row.port for column in arrange(*graph).columns for row in column]
    assert all((port * 2).is_integer() for port in ports)


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_it_never_crosses_more_edges_than_the_order_by_name(graph: Graph) -> None:
    columns, links = graph
    by_name = [[item.key for item in column] for column in columns]
    assert crossings(keys(arrange(columns, links)), links) <= crossings(by_name, links)


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_the_same_wiring_is_always_drawn_the_same(graph: Graph) -> None:
    assert arrange(*graph) == arrange(*graph)


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_what_is_not_connected_shares_no_line(graph: Graph) -> None:
    """Edges of two bands never meet, because bands stand one below the other."""
    columns, links = graph
    layout = arrange(columns, links)
    spans: dict[str, set[float]] = {}
    for row in (row for column in layout.columns for row in column):
        spans[row.key] = {row.top, row.bottom}
    groups: list[set[str]] = [{key} for key in spans]
    for link in links:
        joined = [group for group in groups if group & {link.source, link.target}]
        groups = [group for group in groups if group not in joined] + [set().union(*joined)]
    bands = sorted(
        (min(edges), max(edges)) for group in groups for edges in [set().union(*(spans[k] for k in group))]
    )
    assert all(above[1] < below[0] for above, below in pairwise(bands))


def test_crossed_edges_are_untangled() -> None:
    columns = [[Item("t1"), Item("t2")], [Item("r1"), Item("r2")], [Item("a1"), Item("a2")]]
    links = [Link("t1", "r2"), Link("r2", "a2"), Link("t2", "r1"), Link("r1", "a1")]
    layout = arrange(columns, links)
    assert crossings(keys(layout), links) == 0
    assert keys(layout)[0] == ["t1", "t2"]


def test_ties_are_turned_where_that_untangles() -> None:
    """No single swap improves the order by name, but two do."""
    columns = [
        [Item("t1"), Item("t2")],
        [Item(f"r{n}") for n in range(1, 5)],
        [Item(f"a{n}") for n in range(1, 4)],
    ]
    links = [Link("t1", "r1"), Link("t1", "r2"), Link("t2", "r3"), Link("t2", "r4")]
    links += [Link("r1", "a1"), Link("r2", "a2"), Link("r3", "a1"), Link("r4", "a3")]
    layout = arrange(columns, links)
    assert crossings(keys(layout), links) == 0


def test_rows_that_would_overlap_share_the_way() -> None:
    """The sequence wants to stand at 5 and the row below it at 8.5: one goes up, the other down."""
    rules = [Item(f"r{number:02}") for number in range(1, 13)]
    ends = ["a"] * 5 + ["s"] + ["z"] * 6
    links = [Link("t", rule.key) for rule in rules]
    links += [Link(rule.key, end) for rule, end in zip(rules, ends, strict=True)]
    layout = arrange([[Item("t")], rules, [Item("a"), Item("s", 6), Item("z")]], links)
    assert [row.top for row in layout.columns[2]] == [2.0, 4.0, 10.0]


def test_a_fan_leaves_the_middle_of_its_rules() -> None:
    rules = [Item("r1"), Item("r2"), Item("r3")]
    links = [Link("t", rule.key) for rule in rules] + [Link(rule.key, "a") for rule in rules]
    layout = arrange([[Item("t")], rules, [Item("a")]], links)
    assert [column[0].top for column in layout.columns] == [1.0, 0.0, 1.0]
    assert layout.height == 3


def test_a_sequence_makes_room_for_its_components() -> None:
    links = [Link("t1", "r1"), Link("t1", "r2"), Link("r1", "sequence"), Link("r2", "after")]
    columns = [[Item("t1")], [Item("r1"), Item("r2")], [Item("sequence", 4), Item("after")]]
    layout = arrange(columns, links)
    assert [row.top for row in layout.columns[2]] == [0.0, 4.0]
    assert layout.height == 5


def test_an_empty_map_has_no_height() -> None:
    assert arrange([[], [], []], []) == Layout([[], [], []], 0.0)


@pytest.mark.parametrize(
    ("start", "end", "path"),
    [(0.5, 0.5, f"M0 20H{EDGE_WIDTH}"), (0.5, 2.0, f"M0 20C50 20 50 80 {EDGE_WIDTH} 80")],
)
def test_an_edge_runs_from_port_to_port(start: float, end: float, path: str) -> None:
    assert curve(start, end, 40) == path
