"""What Adobe's CLI makes and fires is in the panel after one sync and one sweep."""

from __future__ import annotations

import pytest

from runtime_app.models import Action, Activation, Namespace, Origin, Package, Rule, Status, Trigger
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.collecting.sweeping import sweep_namespace
from runtime_app.services.wiring.map import wiring_map
from runtime_app.services.wiring.traces import trace_of
from standalone.testing import RunningServer
from tests.contract.aio_shell import AioShell
from tests.factories import make_namespace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def namespace(cli_server: RunningServer) -> Namespace:
    return make_namespace(name="guest", slug="guest", api_host=cli_server.url, auth=cli_server.auth)


def test_one_sync_shows_what_the_cli_made(aio: AioShell, namespace: Namespace) -> None:
    aio.ok("package", "create", "seen")
    aio.ok("action", "create", "seen/worker", "hello.js", "-t", "120000")
    aio.ok("action", "create", "seen/both", "--sequence", "seen/worker,seen/worker")
    aio.ok("trigger", "create", "seen-trigger", "-p", "name", "you")
    aio.ok("rule", "create", "seen-rule", "seen-trigger", "seen/worker")
    sync_namespace(namespace)
    worker = Action.objects.get(namespace=namespace, path="seen/worker")
    assert (worker.timeout_ms, worker.is_sequence) == (120_000, False)
    assert Action.objects.get(namespace=namespace, path="seen/both").is_sequence
    assert Package.objects.filter(namespace=namespace, name="seen").exists()
    assert Trigger.objects.filter(namespace=namespace, name="seen-trigger").exists()
    rule = Rule.objects.get(namespace=namespace, name="seen-rule")
    assert (rule.trigger_name, rule.action_path) == ("seen-trigger", "seen/worker")


def test_one_sweep_shows_its_fires_with_their_results(aio: AioShell, namespace: Namespace) -> None:
    aio.ok("action", "create", "swept-worker", "hello.js")
    aio.ok("trigger", "create", "swept-trigger", "-p", "name", "you")
    aio.ok("rule", "create", "swept-rule", "swept-trigger", "swept-worker")
    fired = aio.ok("trigger", "fire", "swept-trigger").json()["activationId"]
    (line,) = aio.outcomes(fired)
    aio.record(line["activationId"])
    sync_namespace(namespace)
    sweep_namespace(namespace.pk)
    fire = Activation.objects.get(namespace=namespace, activation_id=fired)
    assert (fire.is_fire, fire.origin, fire.status) == (True, Origin.ELSEWHERE, Status.SUCCESS)
    trace = trace_of(namespace, fire)
    (step,) = trace.steps()
    assert (step.activation.action_path, trace.overall) == ("swept-worker", Status.SUCCESS)
    assert step.activation.payload.result == {"hello": "you"}
    (rule,) = [rule for rule in wiring_map(namespace).rules if rule.rule.name == "swept-rule"]
    assert rule.end is not None
    assert rule.end.status == Status.SUCCESS
