"""One run of a sequence or a composition: its steps as bars, and those that have not been heard of.

The platform writes the record of the whole when it ends, and each step's when that ends, with the whole's id
as its `cause` (core SequenceActions.scala, PrimitiveActions.scala). A composition looks the same; what its
steps are, only its conductor knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime_app.models import Action, Activation, ActivationPayload, Namespace
from runtime_app.openwhisk import is_activation_id
from runtime_app.services.authoring.sequences import SEQUENCE_KIND
from runtime_app.services.wiring.steps import Step, flattened, scale_of, steps_of

CONDUCTOR_ANNOTATION = "conductor"


@dataclass(frozen=True, slots=True)
class UnheardStep:
    """A step without a row here. `activation_id` is known when the whole has ended, `path` in a sequence."""

    path: str = ""
    activation_id: str = ""


@dataclass(frozen=True, slots=True)
class SequenceRun:
    """The steps that are known, those that are expected, and those that never ran.

    `has_only_ids`: its log lines are the ids of its steps, and nothing to read.
    """

    sequence: Activation
    steps: list[Step]
    expected: list[UnheardStep]
    never_run: list[str]
    is_composition: bool
    has_only_ids: bool
    total_ms: float
    now_ms: float

    @property
    def is_open(self) -> bool:
        """Whether something in it may still change."""
        rows = (step.activation for step in flattened(self.steps))
        return not self.sequence.is_final or any(not row.is_final for row in rows)

    @property
    def ended(self) -> int:
        """How many of its steps have ended."""
        return sum(step.activation.is_final for step in self.steps)

    @property
    def count(self) -> int:
        """How many steps it has, as far as known."""
        return len(self.steps) + len(self.expected) + len(self.never_run)


def sequence_run_of(
    namespace: Namespace, activation: Activation, action: Action | None, payload: ActivationPayload | None
) -> SequenceRun | None:
    """What is known of its steps now; None when it is no run of a sequence or composition.

    `action` is the cached one, which may have changed since: then it does not say what was to come.
    """
    if not _is_sequence_run(activation, action):
        return None
    rows = Activation.objects.for_rows().filter(namespace=namespace)
    ids = [activation.activation_id] if activation.activation_id else []
    children = list(rows.components_of(ids).order_by("started_at", "listed_at", "id"))
    origin = _began(activation, children)
    steps = steps_of(namespace, children, origin, depth=0)
    total_ms, now_ms = scale_of(steps, origin)
    expected, never_run = _not_here(activation, children, _paths(activation, action), payload)
    return SequenceRun(
        sequence=activation,
        steps=steps,
        expected=expected,
        never_run=never_run,
        is_composition=action is not None and not action.is_sequence,
        has_only_ids=payload is not None and 0 < len(_ids(payload.logs)) == len(payload.logs),
        total_ms=total_ms if activation.is_final else max(total_ms, now_ms),
        now_ms=now_ms,
    )


def whole_of(namespace: Namespace, activation: Activation) -> Activation | None:
    """The run of the sequence or composition that this activation was a step of, if it is known here."""
    if not activation.cause:
        return None
    rows = Activation.objects.filter(namespace=namespace, activation_id=activation.cause)
    return rows.only("action_path", "status").first()


def is_conductor(action: Action | None) -> bool:
    """Whether its runs are compositions: anything but null, false, 0 and "" (core PrimitiveActions.scala)."""
    return action is not None and bool(action.annotations.get(CONDUCTOR_ANNOTATION))


def _is_sequence_run(activation: Activation, action: Action | None) -> bool:
    if activation.kind == SEQUENCE_KIND:
        return True
    # The conductor's own runs within a composition have a cause; the whole's kind is known when it has ended.
    return is_conductor(action) and not activation.cause and not activation.state.is_reported


def _began(activation: Activation, children: list[Activation]) -> datetime:
    began = activation.started_at or activation.accepted_at or activation.listed_at
    return min([began, *(row.started_at for row in children if row.started_at)])


def _paths(activation: Activation, action: Action | None) -> list[str]:
    """What the sequence was made of at this run, without its own namespace; empty when that is not known."""
    if action is None or not action.is_sequence or activation.version not in ("", action.version):
        return []
    own = (f"/{action.namespace.name}/", "/_/")
    return [path.removeprefix(own[0]).removeprefix(own[1]) for path in action.components]


def _not_here(
    activation: Activation,
    children: list[Activation],
    paths: list[str],
    payload: ActivationPayload | None,
) -> tuple[list[UnheardStep], list[str]]:
    """Steps that ran or may run and have no row, and steps that the end of the whole left out."""
    if not activation.state.is_reported:
        return [UnheardStep(path) for path in _without(paths, children)], []
    known = {row.activation_id for row in children}
    ids = _ids(payload.logs if payload else None)
    named = [(ids[at], paths[at] if at < len(paths) else "") for at in range(len(ids))]
    return [UnheardStep(path, each) for each, path in named if each not in known], paths[len(ids) :]


def _without(paths: list[str], children: list[Activation]) -> list[str]:
    """The paths that no row accounts for. A record's path has no namespace, whosever action it is."""
    rest = list(paths)
    for row in children:
        found = next((path for path in rest if _is_named(path, row.action_path)), None)
        if found is not None:
            rest.remove(found)
    return rest


def _is_named(path: str, recorded: str) -> bool:
    return path == recorded or (path.startswith("/") and path.endswith(f"/{recorded}"))


def _ids(logs: Any) -> list[str]:
    """A sequence's log lines are the ids of its steps' activations."""
    return (
        [line for line in logs if isinstance(line, str) and is_activation_id(line)]
        if isinstance(logs, list)
        else []
    )
