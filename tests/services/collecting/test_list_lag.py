"""How far the runtime's lists lag, as far as looks have shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from runtime_app.models import Namespace, Status
from runtime_app.openwhisk import RemoteActivation
from runtime_app.services.collecting.cycles import collect_namespace
from runtime_app.services.collecting.list_lag import list_lag, note_list_lag, overlooked_seconds
from runtime_app.services.collecting.looks import Looks
from runtime_app.services.collecting.sweeping import sweep_start
from tests.factories import make_activation
from tests.upstream import Upstream, record

ACCEPTED = 1_795_526_620.0


def remote(duration_ms: int = 800, wait_ms: int = 200) -> RemoteActivation:
    """A record whose clock is a day ahead of ours."""
    start = int((ACCEPTED + 86_400) * 1000)
    item = record(start=start, end=start + duration_ms, annotations={"waitTime": wait_ms})
    return RemoteActivation.from_json(item)


def test_a_look_that_came_after_the_end_and_brought_nothing_tells_how_far_lists_lag() -> None:
    assert overlooked_seconds(remote(), ACCEPTED, ACCEPTED + 4.0) == pytest.approx(3.0)


@pytest.mark.parametrize("asked", [ACCEPTED, ACCEPTED + 0.9, ACCEPTED + 1.1], ids=["never", "before", "just"])
def test_a_look_that_came_before_the_end_tells_nothing(asked: float) -> None:
    assert overlooked_seconds(remote(), ACCEPTED, asked) == 0


def test_the_longest_lag_is_kept() -> None:
    for seconds in (1.5, 4.0, 2.0):
        note_list_lag(1, seconds)
    assert list_lag(1) == 4.0
    assert list_lag(2) == 0


@pytest.mark.django_db(transaction=True)
def test_collecting_a_crowd_learns_it(upstream: Upstream, namespace: Namespace) -> None:
    at = timezone.now() - timedelta(seconds=30)
    rows = [make_activation(namespace, Status.PENDING, listed_at=at, accepted_at=at) for _ in range(20)]
    start = int(at.timestamp() * 1000)
    upstream.has_activations(*(record(row.activation_id, start=start) for row in rows))
    Looks(namespace.pk).note(at.timestamp(), at.timestamp(), at.timestamp() + 10)
    collect_namespace(namespace.pk)
    assert list_lag(namespace.pk) == pytest.approx(10 - 0.8 - 0.012, abs=0.01)


@pytest.mark.django_db
def test_a_sweep_looks_twice_as_far_back(namespace: Namespace) -> None:
    namespace.swept_at = timezone.now()
    usual = sweep_start(namespace, timezone.now(), deep=False)
    note_list_lag(namespace.pk, 300)
    assert usual - sweep_start(namespace, timezone.now(), deep=False) == timedelta(minutes=8)
