"""What the forms for new entities would send, as commands that do what they say."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from runtime_app.models import Namespace
from runtime_app.openwhisk import ActionPath, ActionSpec, Parameter
from runtime_app.services.authoring.drafts import ActionDraft
from runtime_app.services.authoring.packages import PackageDraft
from runtime_app.services.authoring.sequences import SequenceDraft
from runtime_app.services.commands import creating
from runtime_app.services.commands.actions import bulk_commands
from runtime_app.services.commands.code_bodies import INLINE_CHARACTERS
from runtime_app.services.commands.health import check_commands
from runtime_app.services.connecting.connections import client_for
from runtime_app.services.wiring.feeds import Feed
from runtime_app.services.wiring.rules import RuleDraft
from runtime_app.services.wiring.triggers import TriggerDraft
from tests.factories import AUTH, make_namespace

SECONDS = 60
ECHO = "exports.main = (args) => ({ got: args, text: 'it\\'s \"so\" \\\\(1)' });"
ALARM = Feed("/whisk.system/alarms/alarm", {"cron": "0 8 1 1 *", "trigger_payload": {"who": "it's me"}})


def draft(**changes: Any) -> ActionDraft:
    values: dict[str, Any] = {
        "path": "my worker",
        "kind": "nodejs:20",
        "code": ECHO,
        "timeout_ms": 120_000,
        "memory_mb": 256,
        "logs_mb": 10,
        "parameters": {"a": "b's", "n": 1},
    }
    return ActionDraft(**{**values, **changes})


def typed(namespace: Namespace, command: str, folder: Path, **variables: str) -> str:
    """What a shell prints for it; it must not fail, nor get an error from the runtime."""
    environment = {"PATH": os.environ["PATH"], "AUTH": namespace.auth, **variables}
    done = subprocess.run(
        ["sh", "-ec", command], env=environment, cwd=folder, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert '"error"' not in done.stdout, done.stdout
    return done.stdout


def curl_of(boxes: creating.Boxes) -> str:
    return next(text for _, text, box_id in boxes if box_id == "new-curl")


def aio_words(boxes: creating.Boxes) -> list[str]:
    text = next(text for _, text, box_id in boxes if box_id == "new-aio")
    return shlex.split(text.replace("\\\n", " "))


def test_curl_creates_the_action_of_the_form(guest: Namespace, tmp_path: Path) -> None:
    typed(guest, curl_of(creating.for_action(guest, draft(main="main", provides_key=True))), tmp_path)
    with client_for(guest) as client:
        action = client.get_action("my worker")
    assert (action.code, action.main, action.limits.timeout_ms) == (ECHO, "main", 120_000)
    assert {item.key: item.value for item in action.parameters} == {"a": "b's", "n": 1}
    assert action.annotations["provide-api-key"] is True


def test_long_code_is_read_from_a_file(guest: Namespace, tmp_path: Path) -> None:
    code = ECHO + "\n// " + "x" * INLINE_CHARACTERS + "\n"
    (tmp_path / "long.js").write_text(code)
    typed(guest, curl_of(creating.for_action(guest, draft(path="long", code=code))), tmp_path)
    with client_for(guest) as client:
        assert client.get_action("long").code == code


def test_an_archive_is_sent_as_one(guest: Namespace, tmp_path: Path) -> None:
    (tmp_path / "packed.zip").write_bytes(b"PK\x05\x06" + b"\0" * 300)
    read = creating.for_action(guest, draft(path="packed", code="UEsF", is_binary=True))
    chosen = creating.for_action(guest, draft(path="chosen", code=""), has_archive=True)
    typed(guest, curl_of(read), tmp_path)
    typed(guest, curl_of(chosen), tmp_path, FILE=str(tmp_path / "packed.zip"))
    with client_for(guest) as client:
        for path in ("packed", "chosen"):
            action = client.get_action(path)
            assert action.binary
            assert (action.code or "").startswith("UEsF")
    assert "packed.zip" in aio_words(read)
    words = aio_words(chosen)
    assert words[words.index("create") + 1 :][:2] == ["chosen", "$FILE"]


def test_curl_makes_a_sequence(guest: Namespace, tmp_path: Path) -> None:
    with client_for(guest) as client:
        client.put_action("one", ActionSpec(kind="nodejs:20", code=ECHO))
    boxes = creating.for_sequence(guest, SequenceDraft(path="twice", components=("one", "one", "///")))
    typed(guest, curl_of(boxes), tmp_path)
    with client_for(guest) as client:
        assert list(client.get_action("twice").components) == ["/guest/one", "/guest/one"]
    words = aio_words(boxes)
    assert words[words.index("--sequence") + 1] == "one,one"


def test_curl_creates_a_trigger_with_its_alarm_and_refuses_to_replace_one(
    guest: Namespace, tmp_path: Path
) -> None:
    boxes = creating.for_trigger(guest, TriggerDraft(name="nightly", parameters={"p": "1"}, feed=ALARM))
    typed(guest, curl_of(boxes), tmp_path)
    with client_for(guest) as client:
        trigger = client.get_trigger("nightly")
        assert trigger.annotations["feed"] == ALARM.path
        assert [(item.key, item.value) for item in trigger.parameters] == [("p", "1")]
    with pytest.raises(AssertionError, match="resource already exists"):
        typed(guest, curl_of(boxes), tmp_path)
    words = aio_words(boxes)
    assert words[words.index("--feed") + 1] == ALARM.path
    assert words[words.index("update") + 1 :][:4] == ["nightly", "-p", "p", "1"]


@pytest.mark.parametrize("makes_trigger", [True, False])
def test_curl_connects_with_a_new_trigger_or_one_that_is_there(
    guest: Namespace, tmp_path: Path, makes_trigger: bool
) -> None:
    with client_for(guest) as client:
        client.put_action("resize", ActionSpec(kind="nodejs:20", code=ECHO))
        if not makes_trigger:
            client.put_trigger("upload")
    rule = RuleDraft(name="upload-to-resize", trigger_name="upload", action_path="resize")
    typed(guest, curl_of(creating.for_rule(guest, rule, makes_trigger=makes_trigger)), tmp_path)
    with client_for(guest) as client:
        assert client.get_rule("upload-to-resize").action == ActionPath("resize", namespace="guest")


def test_curl_creates_packages_and_bindings(guest: Namespace, tmp_path: Path) -> None:
    package = PackageDraft(name="images", parameters={"quality": 80}, is_shared=True)
    typed(guest, curl_of(creating.for_package(guest, package)), tmp_path)
    binding = PackageDraft(name="pics", binding="guest/images")
    boxes = creating.for_package(guest, binding)
    typed(guest, curl_of(boxes), tmp_path)
    with client_for(guest) as client:
        assert client.get_package("images").publish
        assert client.get_package("pics").parameters == (Parameter("quality", 80),)
    assert aio_words(boxes)[4:8] == ["bind", "/guest/images", "pics", "--apihost"]


def test_each_row_of_a_file_is_launched(guest: Namespace, tmp_path: Path) -> None:
    with client_for(guest) as client:
        client.put_action("resize", ActionSpec(kind="nodejs:20", code=ECHO))
    (tmp_path / "rows.jsonl").write_text('{"n": 1, "t": "it\'s \\"so\\""}\n{"n": 2}')
    said = typed(guest, bulk_commands(guest, "resize")[0][1], tmp_path)
    assert said.count("activationId") == 2


def test_the_runtime_is_asked_how_it_is(guest: Namespace, tmp_path: Path) -> None:
    said = {
        box_id: typed(guest, text, tmp_path) for _, text, box_id in check_commands(guest) if "curl" in box_id
    }
    assert "invocationsPerMinute" in said["limits-curl"]
    assert '"activations"' in said["count-curl"]


@pytest.mark.django_db
def test_half_typed_and_hostile_names_break_nothing_and_no_command_holds_the_key() -> None:
    namespace = make_namespace()
    for name in ("a/b/c/d", "", "'; rm -rf /; '", "$(id)", "\n", "../.."):
        for boxes in (
            creating.for_action(namespace, draft(path=name, main=name, kind=name)),
            creating.for_sequence(namespace, SequenceDraft(path=name, components=(name,))),
            creating.for_trigger(namespace, TriggerDraft(name=name, feed=ALARM)),
            creating.for_rule(
                namespace, RuleDraft(name=name, trigger_name=name, action_path=name), makes_trigger=True
            ),
            creating.for_package(namespace, PackageDraft(name=name, binding=name)),
        ):
            for _, text, _ in boxes:
                assert AUTH not in text
                assert "$AUTH" in text
                assert "rm" not in shlex.split(text.replace("\\\n", " "))
