"""What the forms that change something would send, as commands that leave alone what nobody has changed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from runtime_app.models import Action, Namespace, Package, Rule, Trigger
from runtime_app.openwhisk import ActionPath, ActionSpec, OpenWhiskClient, Parameter
from runtime_app.services.authoring.drafts import ActionDraft
from runtime_app.services.authoring.packages import PackageDraft
from runtime_app.services.authoring.sequences import SequenceDraft
from runtime_app.services.authoring.sync import sync_namespace
from runtime_app.services.commands import changing, creating
from runtime_app.services.commands.code_bodies import INLINE_CHARACTERS
from runtime_app.services.connecting.connections import client_for
from runtime_app.services.wiring.feeds import Feed
from runtime_app.services.wiring.rules import RuleDraft
from runtime_app.services.wiring.triggers import TriggerDraft, read_feed
from tests.factories import AUTH, make_action, make_namespace, make_package, make_rule, make_trigger
from tests.services.commands.test_creating_commands import typed

CODE = "exports.main = () => ({ n: 1 });"
OTHER_CODE = "exports.main = () => ({ n: 'it\\'s two' });"
CRON = "/whisk.system/alarms/alarm"
ALARM = Feed(CRON, {"cron": "0 8 1 1 *", "trigger_payload": {"a": 1}})


def curl_of(boxes: creating.Boxes) -> str:
    return next(text for _, text, box_id in boxes if box_id == "edit-curl")


def aio_words(boxes: creating.Boxes) -> list[str]:
    text = next(text for _, text, box_id in boxes if box_id == "edit-aio")
    return shlex.split(text.replace("\\\n", " "))


def draft(**changes: Any) -> ActionDraft:
    """The action as `stored` has it, with changes."""
    values: dict[str, Any] = {
        "path": "worker",
        "kind": "nodejs:20",
        "code": CODE,
        "timeout_ms": 60_000,
        "memory_mb": 256,
        "logs_mb": 10,
        "concurrency": 1,
        "parameters": {"a": "1"},
    }
    return ActionDraft(**{**values, **changes})


@pytest.fixture
def client(guest: Namespace) -> Any:
    with client_for(guest) as client:
        yield client


@pytest.fixture
def stored(guest: Namespace, client: OpenWhiskClient) -> Action:
    """An action with code, a parameter, one for initialisation, and a note of somebody else's."""
    parameters = (Parameter("env", "kept", init=True), Parameter("a", "1"))
    client.put_action(
        "worker",
        ActionSpec(
            kind="nodejs:20",
            code=CODE,
            parameters=parameters,
            annotations={"note": "x", "provide-api-key": False},
        ),
        overwrite=True,
    )
    sync_namespace(guest)
    return Action.objects.get(namespace=guest, path="worker")


def test_only_what_was_changed_of_an_action_is_sent(
    guest: Namespace, client: OpenWhiskClient, stored: Action, tmp_path: Path
) -> None:
    boxes = changing.for_action(stored, draft(timeout_ms=90_000))
    for absent in ("exec", "parameters", "annotations"):
        assert absent not in curl_of(boxes)
    typed(guest, curl_of(boxes), tmp_path)
    now = client.get_action("worker")
    assert (now.limits.timeout_ms, now.code, now.annotations["note"]) == (90_000, CODE, "x")
    assert aio_words(boxes)[4:9] == ["action", "update", "worker", "-t", "90000"]


def test_changed_code_parameters_and_key_are_sent_and_what_is_for_initialisation_stays(
    guest: Namespace, client: OpenWhiskClient, stored: Action, tmp_path: Path
) -> None:
    boxes = changing.for_action(stored, draft(code=OTHER_CODE, parameters={"b": "2"}, provides_key=True))
    typed(guest, curl_of(boxes), tmp_path)
    now = client.get_action("worker")
    assert (now.code, now.annotations["provide-api-key"], now.annotations["note"]) == (OTHER_CODE, True, "x")
    assert {(item.key, item.init) for item in now.parameters} == {("env", True), ("b", False)}
    words = aio_words(boxes)
    assert words[words.index("update") + 1 :][:4] == ["worker", "worker.js", "--kind", "nodejs:20"]
    assert words[words.index("-e") + 1 :][:2] == ["env", "kept"]
    assert words[words.index("-a") + 1 :][:2] == ["provide-api-key", "true"]


def test_long_code_and_a_chosen_archive_are_read_from_files(
    guest: Namespace, client: OpenWhiskClient, stored: Action, tmp_path: Path
) -> None:
    code = CODE + "\n// " + "x" * INLINE_CHARACTERS + "\n"
    (tmp_path / "worker.js").write_text(code)
    typed(guest, curl_of(changing.for_action(stored, draft(code=code))), tmp_path)
    assert client.get_action("worker").code == code
    (tmp_path / "packed.zip").write_bytes(b"PK\x05\x06" + b"\0" * 300)
    boxes = changing.for_action(stored, draft(code=CODE), has_archive=True)
    typed(guest, curl_of(boxes), tmp_path, FILE=str(tmp_path / "packed.zip"))
    assert client.get_action("worker").binary


def test_an_archive_that_is_kept_is_not_sent(guest: Namespace, stored: Action) -> None:
    Action.objects.filter(pk=stored.pk).update(is_binary=True)
    stored.refresh_from_db()
    boxes = changing.for_action(stored, draft(code=None, memory_mb=512))
    assert '"memory": 512' in curl_of(boxes)
    assert "exec" not in curl_of(boxes)


def test_steps_of_a_sequence_are_replaced(
    guest: Namespace, client: OpenWhiskClient, stored: Action, tmp_path: Path
) -> None:
    client.put_action("both", ActionSpec(kind="sequence", components=("/_/worker",)))
    sync_namespace(guest)
    sequence = Action.objects.get(namespace=guest, path="both")
    boxes = changing.for_sequence(sequence, SequenceDraft(path="both", components=("worker", "worker")))
    typed(guest, curl_of(boxes), tmp_path)
    assert list(client.get_action("both").components) == ["/guest/worker"] * 2
    assert "update" in aio_words(boxes)


def test_a_feed_is_told_what_changes_before_the_trigger_does(
    guest: Namespace, client: OpenWhiskClient, tmp_path: Path
) -> None:
    client.put_trigger("nightly", parameters=[Parameter("p", "1")], annotations={"note": "x"})
    sync_namespace(guest)

    def change(feed: Feed | None, events: list[str], **parameters: Any) -> Trigger:
        trigger = Trigger.objects.get(namespace=guest, name="nightly")
        wanted = TriggerDraft(name="nightly", parameters=parameters, feed=feed)
        boxes = changing.for_trigger(trigger, wanted)
        typed(guest, curl_of(boxes), tmp_path)
        assert re.findall(r"lifecycleEvent\W+(\w+)", boxes[1][1]) == events
        sync_namespace(guest)
        trigger.refresh_from_db()
        assert trigger.annotations.get("note") == "x"
        assert trigger.default_parameters == parameters
        assert trigger.feed == (feed.path if feed else "")
        return read_feed(trigger) if feed else trigger

    assert change(ALARM, ["CREATE"], p="1").feed_parameters["cron"] == "0 8 1 1 *"
    later = Feed(CRON, {**ALARM.parameters, "cron": "0 9 1 1 *"})
    assert change(later, ["UPDATE"], q="2").feed_parameters["cron"] == "0 9 1 1 *"
    without_payload = Feed(CRON, {"cron": "0 9 1 1 *"})
    assert change(without_payload, ["DELETE", "CREATE"], q="2").feed_parameters["trigger_payload"] == {}
    minutes = Feed("/whisk.system/alarms/interval", {"minutes": 60})
    assert change(minutes, ["DELETE", "CREATE"], q="2").feed_parameters["minutes"] == 60
    change(None, ["DELETE"], q="2")


@pytest.mark.parametrize("makes_trigger", [True, False])
def test_a_rule_is_repointed(
    guest: Namespace, client: OpenWhiskClient, stored: Action, tmp_path: Path, makes_trigger: bool
) -> None:
    for name in ("upload", *(() if makes_trigger else ("other",))):
        client.put_trigger(name, overwrite=True)
    client.put_rule("r", trigger="upload", action="worker", overwrite=True)
    sync_namespace(guest)
    rule = Rule.objects.get(namespace=guest, name="r")
    boxes = changing.for_rule(
        rule,
        RuleDraft(name="r", trigger_name="other", action_path="worker"),
        makes_trigger=makes_trigger,
    )
    typed(guest, curl_of(boxes), tmp_path)
    assert client.get_rule("r").trigger == ActionPath("other", namespace="guest")
    words = aio_words(boxes)
    assert words[words.index("update") + 1 :][:3] == ["r", "other", "worker"]
    assert "Switch it off with aio" in [title for title, _, _ in boxes]


def test_a_package_and_what_a_binding_stands_for_are_changed(
    guest: Namespace, client: OpenWhiskClient, tmp_path: Path
) -> None:
    client.put_package("images", parameters=[Parameter("q", "80")])
    client.put_package("sounds")
    client.put_package("bound", binding=ActionPath.parse_qualified("guest/images"))
    sync_namespace(guest)
    images, bound = (Package.objects.get(namespace=guest, name=name) for name in ("images", "bound"))
    same = changing.for_package(images, PackageDraft(name="images", parameters={"q": "80"}, is_shared=True))
    assert "parameters" not in curl_of(same)
    typed(guest, curl_of(same), tmp_path)
    now = client.get_package("images")
    assert (now.publish, [(item.key, item.value) for item in now.parameters]) == (True, [("q", "80")])
    assert aio_words(same)[3:8] == ["package", "update", "images", "--shared", "yes"]
    moved = changing.for_package(bound, PackageDraft(name="bound", binding="guest/sounds"))
    typed(guest, curl_of(moved), tmp_path)
    binding = client.get_package("bound").binding
    assert binding is not None
    assert binding.name == "sounds"
    words = aio_words(moved)
    assert words.index("delete") < words.index("bind")


@pytest.mark.django_db
def test_what_aio_cannot_do_is_said() -> None:
    namespace = make_namespace()
    one = [{"key": "a", "value": 1}]
    trigger = make_trigger(namespace, parameters=one)
    package = make_package(namespace, parameters=one)
    action = make_action(namespace, parameters=one)
    for boxes in (
        changing.for_trigger(trigger, TriggerDraft(name=trigger.name)),
        changing.for_package(package, PackageDraft(name=package.name)),
        changing.for_action(action, draft(path=action.path, parameters={})),
    ):
        assert changing.NO_EMPTY_SET in boxes[1][1]
        assert '"parameters": []' in curl_of(boxes)


@pytest.mark.django_db
def test_a_value_that_the_platform_shows_only_encrypted_is_never_sent_back() -> None:
    namespace = make_namespace()
    hidden = [
        {"key": "token\nrm -rf /", "value": "CIPHERTEXT", "encrypted": True},
        {"key": "a", "value": "1"},
    ]
    action = make_action(namespace, parameters=hidden)
    trigger, package = make_trigger(namespace, parameters=hidden), make_package(namespace, parameters=hidden)
    shown = trigger.default_parameters
    for parameters, is_said in ((shown, False), ({**shown, "a": "2"}, True)):
        for boxes in (
            changing.for_action(action, draft(path=action.path, parameters=parameters)),
            changing.for_trigger(trigger, TriggerDraft(name=trigger.name, parameters=parameters)),
            changing.for_package(package, PackageDraft(name=package.name, parameters=parameters)),
        ):
            for _, text, _ in boxes:
                assert "CIPHERTEXT" not in text
                assert text.startswith("# The platform shows token rm -rf / only encrypted.") is is_said
                assert all(line.startswith("#") for line in text.split("\n") if "token" in line)


@pytest.mark.django_db
def test_real_values_are_sent_in_place_of_those_that_were_only_shown_encrypted() -> None:
    hidden = [{"key": "token", "value": "CIPHERTEXT", "encrypted": True}]
    trigger = make_trigger(make_namespace(), parameters=hidden)
    boxes = changing.for_trigger(trigger, TriggerDraft(name=trigger.name, parameters={"token": "real"}))
    assert '{"key": "token", "value": "real"}' in curl_of(boxes)
    assert aio_words(boxes)[aio_words(boxes).index("-p") + 1 :][:2] == ["token", "real"]


@pytest.mark.django_db
def test_half_typed_and_hostile_words_break_nothing_and_no_command_holds_the_key() -> None:
    namespace = make_namespace()
    action, trigger = make_action(namespace), make_trigger(namespace, feed=CRON)
    rule, package = make_rule(namespace), make_package(namespace)
    for word in ("a/b/c/d", "", "'; rm -rf /; '", "$(id)", "\n", "../.."):
        for boxes in (
            changing.for_action(action, draft(main=word, kind=word, code=word, parameters={word: word})),
            changing.for_sequence(action, SequenceDraft(path=action.path, components=(word,))),
            changing.for_trigger(
                trigger, TriggerDraft(name=trigger.name, parameters={word: word}, feed=ALARM)
            ),
            changing.for_rule(
                rule, RuleDraft(name=rule.name, trigger_name=word, action_path=word), makes_trigger=True
            ),
            changing.for_package(package, PackageDraft(name=package.name, binding=word)),
        ):
            for _, text, _ in boxes:
                assert AUTH not in text
                assert "$AUTH" in text
                assert "rm" not in shlex.split(text.replace("\\\n", " "))
