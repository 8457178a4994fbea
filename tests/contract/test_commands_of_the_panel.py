"""The lines that the panel's pages offer, typed into a shell with Adobe's CLI and curl."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime_app.models import Action, Namespace, Package, Rule, Trigger
from runtime_app.openwhisk import ActionPath, ActionSpec, NotFound, OpenWhiskClient
from runtime_app.services.authoring.drafts import ActionDraft
from runtime_app.services.authoring.packages import PackageDraft
from runtime_app.services.authoring.sequences import SequenceDraft
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.commands import changing, creating
from runtime_app.services.commands import wiring as wiring_commands
from runtime_app.services.commands.actions import aio_invoke, bulk_commands
from runtime_app.services.commands.health import check_commands
from runtime_app.services.wiring.feeds import Feed
from runtime_app.services.wiring.rules import RuleDraft
from runtime_app.services.wiring.triggers import TriggerDraft, read_feed
from standalone.testing import RunningServer
from tests.contract.aio_shell import install_command
from tests.contract.samples import HELLO
from tests.factories import make_namespace, make_trigger

# A command starts one or several Node.js processes, which takes seconds each.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]

COMMAND_SECONDS = 200


@pytest.fixture
def namespace(cli_server: RunningServer) -> Namespace:
    return make_namespace(name="guest", slug="guest", api_host=cli_server.url, auth=cli_server.auth)


@pytest.fixture
def upstream(cli_server: RunningServer) -> Iterator[OpenWhiskClient]:
    with OpenWhiskClient(cli_server.url, cli_server.auth) as client:
        yield client


def typed(command: str, namespace: Namespace, folder: Path) -> str:
    """What the command prints to somebody who has set nothing but AUTH; it must not fail."""
    install_command(folder)
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / ".config"),
        "AUTH": namespace.auth,
    }
    done = subprocess.run(
        ["sh", "-c", command],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


def test_a_fire_with_aio_is_accepted(namespace: Namespace, upstream: OpenWhiskClient, tmp_path: Path) -> None:
    upstream.put_action("typed-worker", ActionSpec(kind="nodejs:default", code=HELLO))
    upstream.put_trigger("typed-trigger")
    upstream.put_rule("typed-rule", trigger="typed-trigger", action="typed-worker")
    line = wiring_commands.aio_fire(namespace, "typed-trigger", {"n": 1, "text": "it's"})
    assert "activationId" in typed(line, namespace, tmp_path)


@pytest.mark.parametrize(
    "payload", [{"n": 1, "none": None, "dash": "-x", "t": "true"}, {"text": "12", "it's": ["a b"], "b": True}]
)
def test_aio_hands_every_value_over_as_it_is(
    namespace: Namespace, upstream: OpenWhiskClient, tmp_path: Path, payload: dict[str, Any]
) -> None:
    code = "exports.main = (args) => ({ got: args });"
    upstream.put_action("typed-echo", ActionSpec(kind="nodejs:default", code=code), overwrite=True)
    said = typed(aio_invoke(namespace, "typed-echo", payload, waits=True), namespace, tmp_path)
    assert json.loads(said[said.index("{") :])["response"]["result"]["got"] == payload


def test_triggers_and_rules_are_listed_with_both(
    namespace: Namespace, upstream: OpenWhiskClient, tmp_path: Path
) -> None:
    upstream.put_action("listed-worker", ActionSpec(kind="nodejs:default", code=HELLO))
    upstream.put_trigger("listed-trigger")
    upstream.put_rule("listed-rule", trigger="listed-trigger", action="listed-worker")
    for title, line, _ in wiring_commands.list_commands(namespace, "triggers", "rules"):
        name = "listed-rule" if "rules" in title else "listed-trigger"
        assert name in typed(line, namespace, tmp_path)


def test_a_rule_is_switched_off_with_aio(
    namespace: Namespace, upstream: OpenWhiskClient, tmp_path: Path
) -> None:
    upstream.put_action("switched-worker", ActionSpec(kind="nodejs:default", code=HELLO))
    upstream.put_trigger("switched-trigger")
    upstream.put_rule("switched-rule", trigger="switched-trigger", action="switched-worker")
    sync_namespace(namespace)
    rule = Rule.objects.get(namespace=namespace, name="switched-rule")
    typed(wiring_commands.aio_switch_rule(namespace, rule), namespace, tmp_path)
    sync_namespace(namespace)
    rule.refresh_from_db()
    assert not rule.is_active


def test_aio_creates_what_the_forms_for_new_entities_say(
    namespace: Namespace, upstream: OpenWhiskClient, tmp_path: Path
) -> None:
    (tmp_path / "formed-worker.js").write_text(HELLO)
    action = ActionDraft(
        path="formed-worker",
        kind="nodejs:20",
        code=HELLO,
        timeout_ms=90_000,
        memory_mb=256,
        logs_mb=5,
        parameters={"text": "it's", "n": 1},
    )
    alarm = Feed("/whisk.system/alarms/alarm", {"cron": "0 8 1 1 *", "trigger_payload": {"a": 1}})
    rule = RuleDraft(name="formed-rule", trigger_name="formed-trigger", action_path="formed-worker")
    for boxes in (
        creating.for_action(namespace, action),
        creating.for_sequence(
            namespace, SequenceDraft(path="formed-both", components=("formed-worker",) * 2)
        ),
        creating.for_trigger(namespace, TriggerDraft(name="formed-alarm", parameters={"p": 1}, feed=alarm)),
        creating.for_rule(namespace, rule, makes_trigger=True),
        creating.for_package(namespace, PackageDraft(name="formed-package", is_shared=True)),
        creating.for_package(namespace, PackageDraft(name="formed-binding", binding="guest/formed-package")),
    ):
        typed(boxes[1][1], namespace, tmp_path)
    made = upstream.get_action("formed-worker")
    assert (made.code, made.limits.timeout_ms, made.limits.logs_mb) == (HELLO, 90_000, 5)
    assert {item.key: item.value for item in made.parameters} == {"text": "it's", "n": 1}
    assert made.annotations["provide-api-key"] is False
    assert len(upstream.get_action("formed-both").components) == 2
    trigger = upstream.get_trigger("formed-alarm")
    assert [(item.key, item.value) for item in trigger.parameters] == [("p", 1)]
    assert trigger.annotations["feed"] == alarm.path
    assert upstream.get_rule("formed-rule").trigger.name == "formed-trigger"
    assert upstream.get_package("formed-package").publish
    assert upstream.get_package("formed-binding").binding is not None
    _, line, _ = wiring_commands.delete_commands(namespace, Trigger(name="formed-alarm", feed=alarm.path))[1]
    typed(line, namespace, tmp_path)
    with pytest.raises(NotFound):
        upstream.get_trigger("formed-alarm")


def test_aio_changes_what_the_forms_that_change_say(
    namespace: Namespace, upstream: OpenWhiskClient, tmp_path: Path
) -> None:
    alarm = "/whisk.system/alarms/alarm"
    for name in ("changed-worker", "changed-other"):
        upstream.put_action(name, ActionSpec(kind="nodejs:20", code=HELLO))
    upstream.put_action("changed-both", ActionSpec(kind="sequence", components=("/_/changed-worker",)))
    upstream.put_trigger("changed-trigger", annotations={"note": "x"})
    upstream.put_rule("changed-rule", trigger="changed-trigger", action="changed-worker")
    upstream.put_package("changed-package")
    upstream.put_package("changed-binding", binding=ActionPath.parse_qualified("guest/changed-package"))
    sync_namespace(namespace)
    (tmp_path / "changed-worker.js").write_text(f"{HELLO} // changed")
    action = ActionDraft(
        path="changed-worker",
        kind="nodejs:20",
        code=f"{HELLO} // changed",
        timeout_ms=90_000,
        memory_mb=256,
        logs_mb=5,
        parameters={"text": "it's", "n": 1},
    )

    def save(boxes: creating.Boxes) -> None:
        typed(boxes[1][1], namespace, tmp_path)

    def trigger_with(feed: Feed | None) -> Trigger:
        sync_namespace(namespace)
        trigger = Trigger.objects.get(namespace=namespace, name="changed-trigger")
        save(changing.for_trigger(trigger, TriggerDraft(name=trigger.name, parameters={"p": 1}, feed=feed)))
        sync_namespace(namespace)
        trigger.refresh_from_db()
        return read_feed(trigger) if feed else trigger

    save(changing.for_action(Action.objects.get(path="changed-worker"), action))
    both = SequenceDraft(path="changed-both", components=("changed-worker", "changed-other"))
    save(changing.for_sequence(Action.objects.get(path="changed-both"), both))
    rule = RuleDraft(name="changed-rule", trigger_name="changed-trigger", action_path="changed-other")
    save(changing.for_rule(Rule.objects.get(name="changed-rule"), rule, makes_trigger=False))
    package = Package.objects.get(name="changed-package")
    save(changing.for_package(package, PackageDraft(name=package.name, parameters={"q": 1}, is_shared=True)))
    binding = Package.objects.get(name="changed-binding")
    save(changing.for_package(binding, PackageDraft(name=binding.name, binding="whisk.system/alarms")))
    now = upstream.get_action("changed-worker")
    assert (now.code, now.limits.timeout_ms, now.limits.logs_mb) == (action.code, 90_000, 5)
    assert {item.key: item.value for item in now.parameters} == action.parameters
    assert len(upstream.get_action("changed-both").components) == 2
    assert upstream.get_rule("changed-rule").action.name == "changed-other"
    remote = upstream.get_package("changed-package")
    assert (remote.publish, remote.parameters[0].value) == (True, 1)
    elsewhere = upstream.get_package("changed-binding").binding
    assert elsewhere is not None
    assert elsewhere.name == "alarms"
    assert trigger_with(Feed(alarm, {"cron": "0 8 1 1 *"})).feed_parameters["cron"] == "0 8 1 1 *"
    trigger = trigger_with(Feed(alarm, {"cron": "0 9 1 1 *", "trigger_payload": {"who": "it's"}}))
    assert trigger.feed_parameters["cron"] == "0 9 1 1 *"
    assert (trigger.annotations["note"], trigger.default_parameters) == ("x", {"p": 1})
    assert trigger_with(None).feed == ""


def test_aio_launches_each_row_and_asks_the_runtime_how_it_is(
    namespace: Namespace, upstream: OpenWhiskClient, tmp_path: Path
) -> None:
    upstream.put_action("rows-worker", ActionSpec(kind="nodejs:default", code=HELLO))
    (tmp_path / "rows.jsonl").write_text('{"n": 1}\n{"n": 2}\n')
    launched = typed(bulk_commands(namespace, "rows-worker")[1][1], namespace, tmp_path)
    assert len(re.findall(r"[0-9a-f]{32}", launched)) == 2
    said = {box_id: text for _, text, box_id in check_commands(namespace)}
    assert "rows-worker" in typed(said["namespace-aio"], namespace, tmp_path)
    typed(said["newest-aio"], namespace, tmp_path)
    assert re.search(r"\d", typed(said["count-aio"], namespace, tmp_path))


def test_curl_creates_a_trigger_with_its_alarm(namespace: Namespace, tmp_path: Path) -> None:
    told = {"cron": "0 8 1 1 *", "trigger_payload": {"who": "it's me"}}
    feed = "/whisk.system/alarms/alarm"
    made = make_trigger(namespace, name="curl-alarm", feed=feed, feed_parameters=told)
    typed(wiring_commands.curl_create_trigger(namespace, made), namespace, tmp_path)
    made.delete()
    sync_namespace(namespace)
    trigger = Trigger.objects.get(namespace=namespace, name="curl-alarm")
    read_feed(trigger)
    assert (trigger.feed, trigger.feed_parameters) == (feed, told)
