from __future__ import annotations

from typing import Any

import pytest

from runtime_app.openwhisk import ActionLimits, ActionSpec, ActionSummary, Parameter, RemoteAction, ShapeError
from tests.openwhisk import documents


def test_it_reads_an_action() -> None:
    action = RemoteAction.from_json(documents.action())
    assert (action.namespace, action.package, action.name, action.path) == (
        "guest",
        None,
        "my-worker",
        "my-worker",
    )
    assert (action.kind, action.code, action.binary, action.main) == (
        "nodejs:20",
        "function main(a){return a}",
        False,
        None,
    )
    assert action.parameters == (Parameter("p", 1), Parameter("SECRET", "x", init=True))
    assert action.limits == ActionLimits(timeout_ms=120_000, memory_mb=512, logs_mb=5, concurrency=3)
    assert action.annotations == {"provide-api-key": False, "exec": "nodejs:20"}
    assert (action.version, action.updated_ms, action.publish) == ("0.0.1", documents.START_MS, False)


def test_an_action_in_a_package_shows_it() -> None:
    action = RemoteAction.from_json(documents.action(namespace="guest/tools"))
    assert (action.namespace, action.package, action.path) == ("guest", "tools", "tools/my-worker")


def test_code_that_was_not_asked_for_is_none() -> None:
    action = RemoteAction.from_json(
        documents.action(exec={"kind": "nodejs:20", "binary": True, "main": "go"})
    )
    assert (action.code, action.binary, action.main) == (None, True, "go")


def test_sequences_and_images_are_read_too() -> None:
    sequence = RemoteAction.from_json(documents.action(exec={"kind": "sequence", "components": ["/guest/a"]}))
    assert sequence.components == ("/guest/a",)
    image = RemoteAction.from_json(documents.action(exec={"kind": "blackbox", "image": "me/it"}))
    assert image.image == "me/it"


def test_an_encrypted_parameter_is_marked() -> None:
    item = {"key": "k", "value": "c2VjcmV0", "encryption": "aes-128"}
    assert Parameter.from_json(item).encrypted


def test_unknown_and_missing_fields_are_tolerated() -> None:
    document = documents.action(brand_new={"x": 1})
    for key in ("updated", "parameters", "annotations", "limits", "publish"):
        del document[key]
    action = RemoteAction.from_json(document)
    assert (action.updated_ms, action.parameters, action.annotations) == (None, (), {})
    assert action.limits == ActionLimits()


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"name": 5},
        {"namespace": ["guest"]},
        {"version": 1},
        {"exec": None},
        {"exec": "nodejs:20"},
        {"exec": {"binary": False}},
        {"exec": {"kind": "nodejs:20", "code": {"attachmentName": "x"}}},
        {"parameters": {"p": 1}},
        {"parameters": [{"value": 1}]},
        {"annotations": [["exec", "nodejs:20"]]},
        {"limits": {"timeout": "60000"}},
        {"updated": "yesterday"},
        {"publish": "yes"},
    ],
)
def test_wrong_types_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ShapeError):
        RemoteAction.from_json(documents.action(**changes))


@pytest.mark.parametrize("document", [None, [], "action", 5])
def test_what_is_no_object_is_refused(document: object) -> None:
    with pytest.raises(ShapeError, match="the document"):
        RemoteAction.from_json(document)


def test_a_list_item_takes_its_kind_from_the_annotation() -> None:
    item = ActionSummary.from_json(documents.action_item(namespace="guest/tools"))
    assert (item.kind, item.path, item.package) == ("nodejs:20", "tools/my-worker", "tools")
    assert item.limits.timeout_ms == 120_000
    assert ActionSummary.from_json(documents.action_item(annotations=[])).kind is None


def test_what_a_spec_does_not_say_is_not_sent() -> None:
    assert ActionSpec().to_json() == {}
    assert ActionSpec(limits=ActionLimits(5000)).to_json() == {
        "limits": {"timeout": 5000, "memory": 256, "logs": 10}
    }
    assert ActionSpec(parameters=()).to_json() == {"parameters": []}


def test_a_full_spec_is_the_body_of_a_put() -> None:
    spec = ActionSpec(
        kind="nodejs:default",
        code="function main() {}",
        main="main",
        parameters=(Parameter("k", 1), Parameter("S", "x", init=True)),
        annotations={"web-export": True},
        remove_annotations=("old",),
        limits=ActionLimits(120_000, 256, 10, 1),
    )
    assert spec.to_json() == {
        "exec": {"kind": "nodejs:default", "code": "function main() {}", "main": "main", "binary": False},
        "parameters": [{"key": "k", "value": 1}, {"key": "S", "value": "x", "init": True}],
        "annotations": [{"key": "web-export", "value": True}],
        "delAnnotations": ["old"],
        "limits": {"timeout": 120_000, "memory": 256, "logs": 10, "concurrency": 1},
    }


def test_a_sequence_spec_has_components_and_no_code() -> None:
    spec = ActionSpec(kind="sequence", components=("/_/a", "/_/pkg/b"))
    assert spec.to_json() == {"exec": {"kind": "sequence", "components": ["/_/a", "/_/pkg/b"]}}
