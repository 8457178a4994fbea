"""Beat's look for due schedules: it puts launches down, the drip sends them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from runtime_app import tasks
from runtime_app.models import Activation, Role, Status
from tests.factories import make_action, make_namespace, make_schedule, member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


def test_it_puts_down_what_is_due_once() -> None:
    namespace = make_namespace()
    make_action(namespace)
    person = member(namespace, Role.OPERATOR)
    make_schedule(namespace, created_by=person, next_at=timezone.now() - timedelta(seconds=1))
    tasks.launch_scheduled()
    tasks.launch_scheduled()
    assert Activation.objects.get().status == Status.QUEUED


def test_what_it_has_put_down_need_not_wait_for_the_next_round(redis_server: redis.Redis) -> None:
    namespace = make_namespace()
    make_action(namespace)
    person = member(namespace, Role.OPERATOR)
    make_schedule(namespace, created_by=person, next_at=timezone.now() - timedelta(seconds=1))
    tasks.launch_scheduled()
    assert redis_server.llen(settings.CELERY_TASK_DEFAULT_QUEUE) == 1


def test_without_schedules_it_does_nothing(redis_server: redis.Redis) -> None:
    tasks.launch_scheduled()
    assert not Activation.objects.exists()
    assert not redis_server.llen(settings.CELERY_TASK_DEFAULT_QUEUE)
