"""The wiring map as a template draws it: rows with the space above them, edges with their looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10

from runtime_app.services.wiring.map import WiringMap
from runtime_app.services.wiring.map_layout import EDGE_WIDTH, Item, Link, Placed, arrange, curve
from runtime_app.services.wiring.map_nodes import ActionNode, Component, RuleNode, TriggerNode, UrlNode

# The stylesheet has the same heights, by the same names.
ROW_PX = {"compact": 28, "normal": 36, "large": 44}
STEPS_SHOWN = 8
HEAVIEST = 4


@dataclass(frozen=True, slots=True)
class Through:
    """The place in the column of rules where the edge of a URL passes: no rule is asked."""

    key: str
    url: UrlNode


Node = TriggerNode | UrlNode | RuleNode | Through | ActionNode


@dataclass(frozen=True, slots=True)
class Row:
    """A node of the map and the empty space above it; of a sequence also its first steps."""

    node: Node
    gap_px: int
    steps: tuple[Component, ...] = ()
    more_steps: int = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """A curve between two columns; `ends` are the keys of the rows that it joins."""

    path: str
    css: str
    ends: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Three columns and the edges between them, `height_px` high. URLs stand among the triggers."""

    triggers: list[Row]
    rules: list[Row]
    actions: list[Row]
    incoming: list[Edge]
    outgoing: list[Edge]
    height_px: int
    edge_width: int = EDGE_WIDTH


def draw(wiring: WiringMap, zoom: str) -> Drawing:
    """Everything that a rule or a URL ties, at a zoom of ROW_PX."""
    row_px, wired = ROW_PX[zoom], wiring.wired
    actions = [node for node in wiring.actions if node.key in wired]
    throughs = [Through(url.through, url) for url in wiring.urls]
    starts: list[Node] = [*(node for node in wiring.triggers if node.key in wired), *wiring.urls]
    middles: list[Node] = [*wiring.rules, *throughs]
    columns = (
        [Item(node.key) for node in starts],
        [Item(node.key) for node in middles],
        [Item(node.key, _slots(node)) for node in actions],
    )
    layout = arrange(columns, _links(wiring))
    nodes: dict[str, Node] = {node.key: node for node in [*starts, *middles, *actions]}
    ports = {row.key: row.port for column in layout.columns for row in column}
    # What fails is drawn last, above the others.
    rules = sorted(wiring.rules, key=lambda rule: rule.is_failing)
    urls = sorted(wiring.urls, key=lambda url: url.is_failing)
    placed = [_rows(column, nodes, row_px) for column in layout.columns]
    return Drawing(
        triggers=placed[0],
        rules=placed[1],
        actions=placed[2],
        incoming=[
            *(_url_edge(url, url.key, url.through, ports, row_px) for url in urls),
            *(_incoming(rule, ports, nodes, row_px) for rule in rules),
        ],
        outgoing=[
            *(_url_edge(url, url.through, url.action, ports, row_px) for url in urls),
            *(_outgoing(rule, ports, nodes, row_px) for rule in rules),
        ],
        height_px=round(layout.height * row_px),
    )


def weight(count: int) -> int:
    """How thick an edge is, from 0 (nothing passed) to HEAVIEST: one more for each power of ten."""
    return min(HEAVIEST, 1 + int(log10(count))) if count else 0


def _links(wiring: WiringMap) -> list[Link]:
    ways = [(rule.trigger, rule.key, rule.action) for rule in wiring.rules]
    ways += [(url.key, url.through, url.action) for url in wiring.urls]
    return [Link(start, middle) for start, middle, _ in ways] + [Link(middle, end) for _, middle, end in ways]


def _slots(action: ActionNode) -> int:
    """One for the action, one for each step that is shown, one for those that are not."""
    steps = len(action.components)
    return 1 + min(steps, STEPS_SHOWN) + (steps > STEPS_SHOWN)


def _rows(column: Sequence[Placed], nodes: Mapping[str, Node], row_px: int) -> list[Row]:
    rows, bottom = [], 0.0
    for placed in column:
        node = nodes[placed.key]
        steps = node.components if isinstance(node, ActionNode) else ()
        gap_px = round((placed.top - bottom) * row_px)
        rows.append(Row(node, gap_px, steps[:STEPS_SHOWN], len(steps[STEPS_SHOWN:])))
        bottom = placed.bottom
    return rows


def _incoming(rule: RuleNode, ports: Mapping[str, float], nodes: Mapping[str, Node], row_px: int) -> Edge:
    path = curve(ports[rule.trigger], ports[rule.key], row_px)
    css = _css(rule, rule.volume.fires, nodes[rule.trigger])
    return Edge(path, css, f"{rule.trigger} {rule.key}")


def _outgoing(rule: RuleNode, ports: Mapping[str, float], nodes: Mapping[str, Node], row_px: int) -> Edge:
    path = curve(ports[rule.key], ports[rule.action], row_px)
    css = _css(rule, rule.volume.starts, nodes[rule.action])
    return Edge(path, css, f"{rule.key} {rule.action}")


def _url_edge(url: UrlNode, start: str, end: str, ports: Mapping[str, float], row_px: int) -> Edge:
    classes = ["edge", f"edge--{weight(url.calls)}"]
    if url.is_broken and end == url.action:
        classes.append("edge--broken")
    elif url.end and url.end.status:
        classes.append(f"tone-{url.end.status.tone}")
    return Edge(curve(ports[start], ports[end], row_px), " ".join(classes), f"{start} {end}")


def _css(rule: RuleNode, count: int, end: Node) -> str:
    classes = ["edge", f"edge--{weight(count)}"]
    if isinstance(end, TriggerNode | ActionNode) and end.is_missing:
        classes.append("edge--broken")
    elif rule.end and rule.end.status:
        classes.append(f"tone-{rule.end.status.tone}")
    if rule.is_off:
        classes.append("edge--off")
    return " ".join(classes)
