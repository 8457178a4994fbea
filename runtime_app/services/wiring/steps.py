"""Activations as bars on one time scale: what a fire or a sequence has started, with all that ran inside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, Protocol

from django.utils import timezone

from runtime_app.models import Activation, ActivationPayload, Namespace, Status, one_line
from runtime_app.services.authoring.sequences import SEQUENCE_KIND
from runtime_app.services.history.gists import Gist, error_text, gist_of

# Sequences of sequences end; hostile records might not.
DEEPEST = 5
RESULT_BYTES = 4096
RESULT_CHARACTERS = 160


class TimeScale(Protocol):
    """What bars are drawn against: how long the whole is, and how far it is now; in ms from its beginning."""

    @property
    def total_ms(self) -> float: ...
    @property
    def now_ms(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Step:
    """An activation in the waterfall; times in ms from its beginning. `run_ms` None: it has not ended.

    `depth` is how far it is indented, `result` its result in one line, `failure` what went wrong.
    """

    activation: Activation
    depth: int
    start_ms: float
    wait_ms: float
    run_ms: float | None
    result: str = ""
    failure: Gist | None = None
    components: list[Step] = field(default_factory=list)

    @property
    def span_ms(self) -> float | None:
        """From its acceptance to its end, as its bar is long; None: it has not ended."""
        return None if self.run_ms is None else self.wait_ms + self.run_ms

    @property
    def end_ms(self) -> float:
        """When it ended, or began to run when it has not ended."""
        return self.start_ms + self.wait_ms + (self.run_ms or 0)


def steps_of(namespace: Namespace, rows: list[Activation], origin: datetime, *, depth: int) -> list[Step]:
    """A step for each row, in the same order, with its components: one query for each level of sequences."""
    children = _components(namespace, rows)
    family = _Family(children, _results([*rows, *chain.from_iterable(children.values())]), origin)
    return [_step(row, family, depth=depth) for row in rows]


def flattened(steps: Iterable[Step]) -> Iterator[Step]:
    """Each step and all below it, in the order of the page."""
    for step in steps:
        yield step
        yield from flattened(step.components)


def scale_of(steps: Iterable[Step], origin: datetime) -> tuple[float, float]:
    """How many ms the whole takes, as far as it is known, and how far it is now."""
    now_ms = ms_between(origin, timezone.now())
    ends = [step.end_ms if step.run_ms is not None else now_ms for step in flattened(steps)]
    return max([*ends, 1.0]), now_ms


def ms_between(origin: datetime, at: datetime) -> float:
    """Milliseconds from one moment to another."""
    return (at - origin).total_seconds() * 1000


@dataclass(frozen=True, slots=True)
class _Family:
    """What steps are made of: components by sequence id, short results by row, and the whole's beginning."""

    children: dict[str, list[Activation]]
    results: dict[int, Any]
    origin: datetime


def _components(namespace: Namespace, roots: list[Activation]) -> dict[str, list[Activation]]:
    """What sequences ran, by the sequence's id, level by level: one query for each level."""
    children: dict[str, list[Activation]] = {}
    level = roots
    for _ in range(DEEPEST):
        ids = [row.activation_id for row in level if row.activation_id and row.activation_id not in children]
        if not ids:
            break
        rows = Activation.objects.for_rows().filter(namespace=namespace).components_of(ids)
        level = list(rows.order_by("started_at", "listed_at", "id"))
        for row in level:
            children.setdefault(row.cause, []).append(row)
    return children


def _results(rows: list[Activation]) -> dict[int, Any]:
    """The short results by row; long ones stay on their own page."""
    payloads = ActivationPayload.objects.filter(
        activation__in=[row for row in rows if row.is_final], size__lte=RESULT_BYTES
    )
    return dict(payloads.values_list("activation_id", "result"))


def _step(row: Activation, family: _Family, *, depth: int, levels: int = DEEPEST) -> Step:
    below = family.children.get(row.activation_id or "", []) if levels else []
    wait_ms = float(row.wait_ms or 0)
    began = row.started_at or row.accepted_at or row.listed_at
    return Step(
        activation=row,
        depth=depth,
        start_ms=max(0.0, ms_between(family.origin, began) - (wait_ms if row.started_at else 0)),
        wait_ms=wait_ms,
        run_ms=_run_ms(row),
        result=_line(family.results, row),
        failure=_failure(family.results, row),
        components=[_step(child, family, depth=depth + 1, levels=levels - 1) for child in below],
    )


def _line(results: dict[int, Any], row: Activation) -> str:
    if row.pk not in results:
        return ""
    return one_line(json.dumps(results[row.pk], ensure_ascii=False), RESULT_CHARACTERS)


def _failure(results: dict[int, Any], row: Activation) -> Gist | None:
    """What it failed of, from the whole result where that is short: there, lines are still lines."""
    if not row.error:
        return None
    said = error_text(results.get(row.pk)) if row.status != Status.SUCCESS else ""
    return gist_of(said or row.error)


def _run_ms(row: Activation) -> float | None:
    """How long it ran. A sequence's duration is the sum of its components' without their waits (OpenWhisk's
    SequenceActions.scala), so its bar would end before theirs: it runs from its start to its end instead."""
    if row.duration_ms is None:
        return None
    if row.kind == SEQUENCE_KIND and row.started_at and row.ended_at:
        return max(float(row.duration_ms), ms_between(row.started_at, row.ended_at))
    return float(row.duration_ms)
