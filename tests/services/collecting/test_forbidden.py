"""A runtime that answers no question about jobs any more: said, and asked at the jobs' own pace."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from runtime_app.models import Activation, Namespace, Status
from runtime_app.services.collecting.cycles import collect_namespace, due_namespaces
from runtime_app.services.collecting.jobs import FEW
from runtime_app.services.collecting.turns import FAILURES_IN_A_ROW
from runtime_app.services.health.collection import health_of
from tests.factories import make_activation
from tests.upstream import Answer, Upstream, record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]

FORBIDDEN = Answer(
    403, {"error": "The supplied authentication is not authorized to access this resource.", "code": "c"}
)


def pending(namespace: Namespace, count: int) -> list[Activation]:
    at = timezone.now() - timedelta(seconds=30)
    return [
        make_activation(namespace, Status.PENDING, listed_at=at, accepted_at=at, next_poll_at=at)
        for _ in range(count)
    ]


def test_a_job_that_may_not_be_asked_for_says_so_and_waits_for_its_next_turn(
    upstream: Upstream, namespace: Namespace
) -> None:
    (job,) = pending(namespace, 1)
    upstream.answers(FORBIDDEN)
    collect_namespace(namespace.pk)
    job.refresh_from_db()
    assert "not authorized" in job.error
    assert due_namespaces() == []


def test_a_crowd_that_may_not_be_listed_is_asked_for_in_its_time_and_health_says_why(
    upstream: Upstream, namespace: Namespace, clock: time_machine.Traveller
) -> None:
    pending(namespace, FEW + 5)
    upstream.answers(FORBIDDEN)
    collect_namespace(namespace.pk)
    assert len(upstream.asked) <= FAILURES_IN_A_ROW
    assert due_namespaces() == []
    namespace.refresh_from_db()
    assert "not authorized" in health_of([namespace])[0].problems[0]
    for _ in range(5):
        clock.shift(2)
        collect_namespace(namespace.pk)
    assert len(upstream.asked) <= 6 * FAILURES_IN_A_ROW
    assert Activation.objects.pending().count() == FEW + 5


def test_when_it_may_be_asked_for_again_all_come_home(
    upstream: Upstream, namespace: Namespace, clock: time_machine.Traveller
) -> None:
    jobs = pending(namespace, FEW + 5)
    upstream.answers(FORBIDDEN)
    collect_namespace(namespace.pk)
    start = int(jobs[0].elapsed_from.timestamp() * 1000)
    upstream.has_activations(*(record(job.activation_id, start=start) for job in jobs))
    clock.shift(30)
    collect_namespace(namespace.pk)
    assert not Activation.objects.pending().exists()
    namespace.refresh_from_db()
    assert health_of([namespace])[0].problems == []
