"""What a web action's record says it has started is awaited, however its URL was called."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests

from runtime_app.models import Activation, Namespace, Origin, Role, Status
from runtime_app.openwhisk import ActionSpec, RemoteActivation
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.collecting.records import take_in
from runtime_app.services.collecting.sweeping import sweep_namespace
from runtime_app.services.connecting.connections import client_for
from runtime_app.services.web_actions.urls import web_place
from tests.factories import make_action, make_activation, make_namespace, member
from tests.upstream import record
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 60
DAY_MS = 86_400_000
SLOW_WORKER = "exports.main = () => new Promise(done => setTimeout(done, 600000, {}))"
# As in Adobe's guide "Asynchronous Calls", Option 1.
TEST = """const openwhisk = require('openwhisk')
exports.main = async function (args) {
  const actions = openwhisk().actions
  const { activationId } = await actions.invoke({ name: 'my-worker', blocking: false, params: args })
  return { statusCode: 200, body: { activationId } }
}"""


@pytest.fixture
def namespace() -> Namespace:
    found = make_namespace(name="guest")
    make_action(found, path="my-worker", timeout_ms=3_600_000)
    make_action(found, path="test", starts="my-worker")
    return found


def run_of(path: str, result: Any, **fields: Any) -> RemoteActivation:
    response = {"status": "success", "success": True, "result": result, "size": 8}
    given = {"name": path, "response": response, "annotations": {"path": f"guest/{path}"}}
    return RemoteActivation.from_json(record(**{**given, **fields}))


@pytest.mark.parametrize("wrap", [dict, lambda body: {"body": body}, lambda body: {"body": json.dumps(body)}])
def test_the_worker_is_awaited_with_its_own_time_limit(namespace: Namespace, wrap: Any) -> None:
    started_id = uuid4().hex
    run = take_in(namespace, run_of("test", wrap({"activationId": started_id})))
    worker = Activation.objects.get(activation_id=started_id)
    assert (worker.action_path, worker.status, worker.origin) == (
        "my-worker",
        Status.PENDING,
        Origin.ELSEWHERE,
    )
    assert run.started_at is not None
    assert worker.deadline_at == run.started_at + timedelta(hours=1, minutes=1)


@pytest.mark.parametrize("is_known", [False, True], ids=["new", "found before"])
def test_whoever_launched_the_web_action_has_launched_the_worker(
    namespace: Namespace, is_known: bool
) -> None:
    ann, started_id, run_id = member(namespace, Role.OPERATOR, "ann"), uuid4().hex, uuid4().hex
    make_activation(namespace, "pending", action_path="test", activation_id=run_id, launched_by=ann)
    if is_known:
        take_in(namespace, run_of("my-worker", {}, activation_id=started_id))
    take_in(namespace, run_of("test", {"activationId": started_id}, activation_id=run_id))
    worker = Activation.objects.get(activation_id=started_id)
    assert (worker.launched_by, worker.origin) == (ann, Origin.PANEL)


@pytest.mark.parametrize(
    "result", [None, [], "text", {}, {"activationId": "short"}, {"body": "{"}, {"body": ["a" * 32]}]
)
def test_a_result_that_names_no_run_leads_to_none(namespace: Namespace, result: Any) -> None:
    take_in(namespace, run_of("test", result))
    assert Activation.objects.count() == 1


def test_an_action_that_is_known_to_start_nothing_is_not_followed(namespace: Namespace) -> None:
    make_action(namespace, path="other")
    take_in(namespace, run_of("other", {"activationId": uuid4().hex}))
    assert Activation.objects.count() == 1


def test_a_run_that_must_be_over_is_left_to_the_sweep(namespace: Namespace) -> None:
    """Its record may have been thrown away since; a row that waits for it would be called lost."""
    long_ago = int(time.time() * 1000) - DAY_MS
    take_in(namespace, run_of("test", {"activationId": uuid4().hex}, start=long_ago))
    assert Activation.objects.count() == 1


def test_a_url_that_curl_calls_shows_its_long_worker_while_it_runs(guest: Namespace) -> None:
    with client_for(guest) as client:
        client.put_action("my-worker", ActionSpec(kind="nodejs:default", code=SLOW_WORKER), overwrite=True)
        annotations = {"web-export": True, "provide-api-key": True}
        spec = ActionSpec(kind="nodejs:default", code=TEST, annotations=annotations)
        client.put_action("test", spec, overwrite=True)
    sync_namespace(guest)
    url = web_place(guest, guest.actions.get(path="test").path).url
    answer = requests.post(f"{url}.json", timeout=SECONDS)
    started_id = answer.json()["body"]["activationId"]

    def is_shown() -> bool:
        sweep_namespace(guest.pk)
        return Activation.objects.filter(activation_id=started_id, status=Status.PENDING).exists()

    wait_until(is_shown, SECONDS)
