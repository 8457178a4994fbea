"""Edges of the wiring map as SVG."""

from __future__ import annotations

from runtime_app.services.wiring.map_drawing import Edge
from runtime_app.templatetags.wiring_edges import as_paths


def test_each_edge_is_a_path_that_knows_its_ends() -> None:
    edges = [Edge("M0 18H100", "edge edge--1", "t1 r2"), Edge("M0 18H100", "edge", "r2 a3")]
    assert as_paths(edges) == (
        '<path class="edge edge--1" data-ends="t1 r2" d="M0 18H100"/>\n'
        '<path class="edge" data-ends="r2 a3" d="M0 18H100"/>'
    )


def test_nothing_leaves_its_attribute() -> None:
    assert '"><script>' not in as_paths([Edge('"><script>', '"><script>', '"><script>')])
