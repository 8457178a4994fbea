"""Kill -9 of a worker in the middle of a slice: the next one goes on there, and nothing comes twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import redis
from django.conf import settings
from django.db import connection

from runtime_app.models import Activation, Namespace
from runtime_app.services.collecting.backfilling import backfill_namespace, due_for_backfill
from runtime_app.services.collecting.budget import budget_for
from tests.factories import AUTH, make_namespace
from tests.upstream import Answer, Asked, Upstream, record
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = 30
RECORDS = 200
SWEEP = "from runtime_app.services.collecting.sweeping import sweep_namespace; sweep_namespace({pk})"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream().running() as running:
        yield running


def database_url() -> str:
    """The database of this test, as another process finds it."""
    values: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    given = {"host": values["HOST"], "port": values["PORT"], **values.get("OPTIONS", {})}
    query = urlencode({name: value for name, value in given.items() if value and name in ("host", "port")})
    user, password = (quote(str(values[name] or ""), safe="") for name in ("USER", "PASSWORD"))
    return f"postgres://{user}:{password}@/{values['NAME']}?{query}"


def sweeper(namespace: Namespace) -> subprocess.Popen[bytes]:
    """A process of its own that sweeps, with this test's database, Redis and keys."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", SWEEP.format(pk=namespace.pk)]
    variables = {
        "DJANGO_SETTINGS_MODULE": "controlpanel.settings",
        "OVERTIME_ENV_FILE": os.devnull,
        "OVERTIME_HOME": str(settings.OVERTIME_HOME),
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
    }
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env={**os.environ, **variables})


def test_a_killed_slice_is_gone_on_with(upstream: Upstream, redis_server: redis.Redis) -> None:
    namespace = make_namespace(name="guest", api_host=upstream.url, auth=AUTH, list_limit=PAGE)
    minute_ms, now_ms = 60_000, int(time.time() * 1000)
    upstream.has_activations(*(record(start=now_ms - number * minute_ms) for number in range(1, RECORDS + 1)))
    answers, pages = upstream.script, 0

    def hang_at_the_third_page(asked: Asked) -> Answer:
        nonlocal pages
        pages += "docs" not in asked.query
        answer = answers(asked)
        answer.after_seconds = 60 if pages >= 3 else 0
        return answer

    upstream.script = hang_at_the_third_page
    process = sweeper(namespace)
    wait_until(lambda: pages >= 3, 60)
    process.send_signal(signal.SIGKILL)
    process.wait(30)

    assert Activation.objects.count() == 2 * PAGE
    assert due_for_backfill() == [namespace.pk]
    assert backfill_namespace(namespace.pk) is None, "the dead one's lease has not ended yet"
    redis_server.delete(f"overtime:lease:sweep:{namespace.pk}")
    upstream.script = answers
    while due_for_backfill():
        budget_for(namespace).spend(-100)
        backfill_namespace(namespace.pk)
    assert Activation.objects.count() == RECORDS
    assert Activation.objects.values("activation_id").distinct().count() == RECORDS
