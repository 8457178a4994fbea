"""Where the rows of the wiring map stand and how its edges run. Pure: names and numbers in, numbers out.

A layered drawing in the manner of Sugiyama: what is connected makes a band of its own, each band's columns
are ordered by the barycentres of their neighbours, and rows are then placed beside what they belong to.
Heights are counted in slots, one for each line of text, so that nothing need be measured in a browser.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from statistics import fmean

# Between bands, in slots.
BAND_GAP = 0.5
SWEEPS = 8
# An edge is drawn in a box of this width, which the page stretches to the space between two columns.
EDGE_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Item:
    """A row; `slots` is its height. Edges meet it at the middle of its first slot."""

    key: str
    slots: int = 1


@dataclass(frozen=True, slots=True)
class Link:
    """An edge from a row to one in the next column."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A row at `top`, in slots from the upper edge of the map."""

    key: str
    top: float
    slots: int

    @property
    def port(self) -> float:
        """Where its edges meet it."""
        return self.top + 0.5

    @property
    def bottom(self) -> float:
        return self.top + self.slots


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns from left to right, each from top to bottom, and the height of all, in slots."""

    columns: list[list[Placed]]
    height: float


@dataclass(slots=True)
class _Neighbours:
    before: dict[str, list[str]] = field(default_factory=dict)
    after: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, links: Sequence[Link]) -> _Neighbours:
        found = cls()
        for link in links:
            found.before.setdefault(link.target, []).append(link.source)
            found.after.setdefault(link.source, []).append(link.target)
        return found

    def around(self, key: str) -> list[str]:
        return [*self.before.get(key, ()), *self.after.get(key, ())]


Columns = list[list[Item]]


def arrange(columns: Sequence[Sequence[Item]], links: Sequence[Link]) -> Layout:
    """Place all rows. Keys are unique over all columns; links join rows of adjacent columns.

    The same input gives the same drawing, and bands keep the order of their first rows.
    """
    near = _Neighbours.of(links)
    placed: list[list[Placed]] = [[] for _ in columns]
    top = 0.0
    for band in _bands(columns, near):
        ordered = _untangle(band, near)
        for column, rows in zip(placed, _place(ordered, near), strict=True):
            column.extend(replace(row, top=row.top + top) for row in rows)
        top += _height(ordered) + BAND_GAP
    return Layout(placed, max(0.0, top - BAND_GAP))


def curve(start: float, end: float, row_px: int) -> str:
    """The SVG path of an edge between two ports (in slots), in a box of EDGE_WIDTH."""
    y1, y2 = round(start * row_px), round(end * row_px)
    if y1 == y2:
        return f"M0 {y1}H{EDGE_WIDTH}"
    middle = EDGE_WIDTH // 2
    return f"M0 {y1}C{middle} {y1} {middle} {y2} {EDGE_WIDTH} {y2}"


def crossings(columns: Sequence[Sequence[str]], links: Sequence[Link]) -> int:
    """How often edges cross when the rows stand in this order."""
    return _crossings(columns, _Neighbours.of(links))


def _bands(columns: Sequence[Sequence[Item]], near: _Neighbours) -> list[Columns]:
    """The rows by what hangs together, each band as columns in the given order."""
    band_of: dict[str, int] = {}
    bands: list[Columns] = []
    for item in (item for column in columns for item in column):
        if item.key not in band_of:
            for key in _reachable(item.key, near):
                band_of[key] = len(bands)
            bands.append([[] for _ in columns])
    for number, column in enumerate(columns):
        for item in column:
            bands[band_of[item.key]][number].append(item)
    return bands


def _reachable(start: str, near: _Neighbours) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        for key in near.around(waiting.pop()):
            if key not in seen:
                seen.add(key)
                waiting.append(key)
    return seen


def _untangle(columns: Columns, near: _Neighbours) -> Columns:
    """The best of the orders that sweeps to and fro come upon; the given one if none is better."""
    best, fewest = columns, _crossings(_keys(columns), near)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        columns = _sweep(columns, near, rightwards=sweep % 2 == 0, turns_ties=sweep % 4 > 1)
        count = _crossings(_keys(columns), near)
        if count < fewest:
            best, fewest = columns, count
    return best


def _sweep(columns: Columns, near: _Neighbours, *, rightwards: bool, turns_ties: bool) -> Columns:
    """Order each column by where its neighbours on one side stand, then by those on the other side.

    Rows that tie keep their order, or turn it: that leads out of orders which no single step improves.
    """
    ordered = [list(column) for column in columns]
    places = {item.key: place for column in ordered for place, item in enumerate(column)}
    first, second = (near.before, near.after) if rightwards else (near.after, near.before)
    sign = -1 if turns_ties else 1
    for column in ordered if rightwards else reversed(ordered):
        wishes = {
            item.key: (
                _mean(first, item, places, places[item.key]),
                _mean(second, item, places, 0),
                sign * places[item.key],
            )
            for item in column
        }
        column.sort(key=lambda item: wishes[item.key])
        places |= {item.key: place for place, item in enumerate(column)}
    return ordered


def _mean(neighbours: dict[str, list[str]], item: Item, places: dict[str, int], otherwise: int) -> float:
    """The barycentre of its neighbours on one side."""
    found = [places[key] for key in neighbours.get(item.key, ())]
    return fmean(found) if found else float(otherwise)


def _crossings(columns: Sequence[Sequence[str]], near: _Neighbours) -> int:
    total = 0
    for left, right in pairwise(columns):
        place = {key: number for number, key in enumerate(right)}
        seen: list[int] = []
        for key in left:
            targets = sorted(place[target] for target in near.after.get(key, ()))
            total += sum(len(seen) - bisect_right(seen, target) for target in targets)
            for target in targets:
                insort(seen, target)
    return total


def _place(columns: Columns, near: _Neighbours) -> list[list[Placed]]:
    """Tops within a band: the fullest column leaves no gaps, the others stand beside what they belong to."""
    height = _height(columns)
    anchor = next(number for number, column in enumerate(columns) if _slots(column) == height)
    tops: dict[str, float] = {}
    placed: list[list[Placed]] = [[] for _ in columns]
    for number in sorted(range(len(columns)), key=lambda number: abs(number - anchor)):
        placed[number] = _stack(columns[number], near, tops, height)
        tops |= {row.key: row.top for row in placed[number]}
    return placed


def _stack(column: list[Item], near: _Neighbours, tops: dict[str, float], height: float) -> list[Placed]:
    """Each row as near to its neighbours as its own height and the band's allow, in the given order.

    The least sum of squared distances, by pooling adjacent violators: rows that would overlap move together.
    """
    starts = list(accumulate((item.slots for item in column), initial=0))
    pools: list[list[float]] = []
    for item, start in zip(column, starts, strict=False):
        wishes = [tops[key] for key in near.around(item.key) if key in tops]
        pools.append([fmean(wishes) - start if wishes else 0.0])
        while len(pools) > 1 and fmean(pools[-2]) >= fmean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    shifts = [fmean(pool) for pool in pools for _ in pool]
    room = height - starts[-1]
    return [
        Placed(item.key, start + min(max(0.0, round(shift * 2) / 2), room), item.slots)
        for item, start, shift in zip(column, starts, shifts, strict=False)
    ]


def _keys(columns: Columns) -> list[list[str]]:
    return [[item.key for item in column] for column in columns]


def _slots(column: list[Item]) -> float:
    return float(sum(item.slots for item in column))


def _height(columns: Columns) -> float:
    return max(_slots(column) for column in columns)
