"""What a delete would break."""

from __future__ import annotations

import pytest

from runtime_app.models import ActionCode, Namespace
from runtime_app.services.authoring.dependents import dependents_of
from tests.factories import make_action, make_namespace, make_preset, make_schedule
from tests.upstream import Answer, Upstream


def rule(name: str, action: str, package: str = "") -> dict[str, object]:
    path = f"guest/{package}" if package else "guest"
    return {
        "namespace": "guest",
        "name": name,
        "version": "0.0.1",
        "trigger": {"path": "guest", "name": "nightly"},
        "action": {"path": path, "name": action},
    }


def test_it_names_presets_schedules_sequences_and_rules(namespace: Namespace, upstream: Upstream) -> None:
    upstream.answers(Answer(body=[rule("start-resize", "resize"), rule("other", "crop")]))
    action = make_action(namespace)
    make_preset(namespace, name="nightly")
    make_preset(namespace, name="not mine", action_path="crop")
    make_schedule(namespace, name="every morning")
    make_schedule(namespace, name="of another", action_path="crop")
    sequence(namespace, "both", "/guest/resize\n/guest/crop")
    sequence(namespace, "own-namespace", "/_/resize")
    sequence(namespace, "foreign", "/elsewhere/resize")
    found = dependents_of(action)
    assert found.presets == ["nightly"]
    assert found.schedules == ["every morning"]
    assert found.sequences == ["both", "own-namespace"]
    assert found.rules == ["start-resize (trigger nightly)"]
    assert not found.unknown


def test_an_action_in_a_package_is_told_from_its_namesake(namespace: Namespace, upstream: Upstream) -> None:
    upstream.answers(Answer(body=[rule("plain", "resize"), rule("packaged", "resize", "images")]))
    packaged = make_action(namespace, path="images/resize")
    assert dependents_of(packaged).rules == ["packaged (trigger nightly)"]


@pytest.mark.django_db
def test_rules_that_cannot_be_read_are_said_to_be_unknown() -> None:
    namespace = make_namespace()
    action = make_action(namespace)
    make_preset(namespace, name="nightly")
    found = dependents_of(action)
    assert found.presets == ["nightly"]
    assert found.unknown


def sequence(namespace: Namespace, path: str, components: str) -> None:
    action = make_action(namespace, path=path, kind="sequence")
    ActionCode.objects.create(action=action, text=components, version="0.0.1")
