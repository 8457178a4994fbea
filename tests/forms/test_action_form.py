"""The form of an action: what it accepts, and one sentence for each thing it does not."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from runtime_app.forms.actions import ActionForm
from runtime_app.forms.launch import example_parameters
from runtime_app.models import Namespace
from runtime_app.services.connecting.limits import CODE_BYTES
from tests.factories import make_action, make_namespace

pytestmark = pytest.mark.django_db

LIMITS = {
    "minActionTimeout": 100,
    "maxActionTimeout": 300_000,
    "minActionMemory": 128,
    "maxActionMemory": 512,
    "minActionLogs": 0,
    "maxActionLogs": 10,
    "minActionConcurrency": 1,
    "maxActionConcurrency": 10,
    "maxParameterSize": "1024 B",
}
RUNTIMES = [
    {"kind": "nodejs:18", "default": False, "deprecated": True},
    {"kind": "nodejs:20", "default": True, "deprecated": False},
    {"kind": "python:3.11", "default": True, "deprecated": False},
]
TYPED = {
    "name": "resize",
    "kind": "nodejs:20",
    "code": "exports.main = () => ({});",
    "timeout": "2",
    "timeout_unit": "min",
    "memory": "256",
    "logs": "10",
    "concurrency": "",
    "parameters": '{"width": 800}',
}


@pytest.fixture
def namespace() -> Namespace:
    return make_namespace(limits=LIMITS, runtimes=RUNTIMES)


def bound(namespace: Namespace, upload: Any = None, **changes: str) -> ActionForm:
    files = {"upload": upload} if upload else {}
    return ActionForm({**TYPED, **changes}, files, namespace=namespace)


def sentence(form: ActionForm, field: str) -> str:
    assert not form.is_valid()
    assert list(form.errors) == [field], form.errors
    (message,) = form.errors[field]
    return message


def archive(*names: str) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, "exports.main = () => ({});")
    return SimpleUploadedFile("code.zip", buffer.getvalue())


def test_it_gives_a_draft(namespace: Namespace) -> None:
    form = bound(namespace)
    assert form.is_valid(), form.errors
    draft = form.draft()
    assert (draft.path, draft.kind, draft.code) == ("resize", "nodejs:20", TYPED["code"])
    assert (draft.timeout_ms, draft.memory_mb, draft.logs_mb, draft.concurrency) == (120_000, 256, 10, None)
    assert (draft.parameters, draft.is_binary, draft.provides_key) == ({"width": 800}, False, False)


@pytest.mark.parametrize("name", ["a/b", "my worker", "a.b@c&d-e_f"])
def test_names_that_openwhisk_accepts(namespace: Namespace, name: str) -> None:
    form = bound(namespace, name=name)
    assert form.is_valid(), form.errors
    assert form.draft().path == name


@pytest.mark.parametrize(
    "name",
    ["", "-a", "ä", "a*b", "a/b/c", "/guest/a", "a/", "default/a/b", "x" * 257, "a/" + "y" * 257, "a\x00"],
)
def test_names_that_it_does_not(namespace: Namespace, name: str) -> None:
    assert sentence(bound(namespace, name=name), "name")


@pytest.mark.parametrize(
    ("amount", "unit", "ms"),
    [("100", "ms", 100), ("1.5", "min", 90_000), ("0.05", "h", 180_000), ("30", "s", 30_000)],
)
def test_a_timeout_has_a_unit(namespace: Namespace, amount: str, unit: str, ms: int) -> None:
    form = bound(namespace, timeout=amount, timeout_unit=unit)
    assert form.is_valid(), form.errors
    assert form.draft().timeout_ms == ms


@pytest.mark.parametrize(
    ("amount", "unit", "words"),
    [
        ("6", "min", "5 min is the most"),
        ("99", "ms", "100 ms is the least"),
        ("-1", "s", "100 ms is the least"),
        ("", "s", "needs a timeout"),
        ("ten", "s", "as a number"),
        ("1e999999", "h", "as a number"),
        ("NaN", "s", "as a number"),
    ],
)
def test_timeouts_that_do_not_fit(namespace: Namespace, amount: str, unit: str, words: str) -> None:
    assert words in sentence(bound(namespace, timeout=amount, timeout_unit=unit), "timeout")


@pytest.mark.parametrize(
    ("field", "value"), [("memory", "1024"), ("memory", "64"), ("logs", "11"), ("concurrency", "11")]
)
def test_limits_are_the_namespaces_own(namespace: Namespace, field: str, value: str) -> None:
    assert "in this namespace" in sentence(bound(namespace, **{field: value}), field)


def test_kinds_are_offered_by_the_server(namespace: Namespace) -> None:
    form = ActionForm(namespace=namespace)
    assert [value for value, _ in form.fields["kind"].choices] == ["nodejs:20", "python:3.11", "nodejs:18"]  # type: ignore[attr-defined]
    assert form["kind"].value() == "nodejs:20"
    assert "kinds that this namespace offers" in sentence(bound(namespace, kind="swift:5"), "kind")


def test_a_server_that_does_not_tell_gets_the_usual_kinds() -> None:
    form = ActionForm(namespace=make_namespace())
    assert form["kind"].value() == "nodejs:default"


def test_parameters_say_where_they_are_wrong(namespace: Namespace) -> None:
    assert sentence(bound(namespace, parameters='{"a": 1,}'), "parameters").startswith("Line 1, column 9")


def test_parameters_may_be_as_large_as_the_namespace_says(namespace: Namespace) -> None:
    assert "is the most" in sentence(bound(namespace, parameters='{"a": "' + "x" * 1024 + '"}'), "parameters")


def test_an_action_needs_code(namespace: Namespace) -> None:
    assert "Write some code" in sentence(bound(namespace, code=" \n"), "code")


def test_code_over_the_limit_is_refused(namespace: Namespace) -> None:
    assert "48 MB is the most" in sentence(bound(namespace, code="x" * (CODE_BYTES + 1)), "code")


def test_lines_end_as_they_were_written(namespace: Namespace) -> None:
    form = bound(namespace, code="a\r\nb\r\n")
    assert form.is_valid()
    assert form.draft().code == "a\nb\n"


def test_a_text_file_is_the_code_and_is_shown_again(namespace: Namespace) -> None:
    upload = SimpleUploadedFile("worker.js", "exports.main = () => ({ ü: 1 });".encode())
    form = bound(namespace, upload, timeout="6")
    assert not form.is_valid()
    assert form["code"].value() == "exports.main = () => ({ ü: 1 });"
    assert form.source is not None
    assert form.source.text == form["code"].value()


def test_an_archive_is_sent_as_base64(namespace: Namespace) -> None:
    form = bound(namespace, archive("index.js"))
    assert form.is_valid(), form.errors
    draft = form.draft()
    assert draft.is_binary
    assert (draft.code or "").startswith("UEsDB")


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (SimpleUploadedFile("a.js", b""), "is empty"),
        (SimpleUploadedFile("a.bin", b"\xff\xfe\x00\x01"), "neither text in UTF-8 nor a zip"),
        (SimpleUploadedFile("a.zip", b"PK\x03\x04 and then nothing"), "cannot be read as one"),
        (archive("folder/index.js"), "not the folder"),
        (SimpleUploadedFile("a.js", b"a\x00b"), "NUL"),
    ],
)
def test_files_that_cannot_run(namespace: Namespace, upload: SimpleUploadedFile, words: str) -> None:
    assert words in sentence(bound(namespace, upload), "upload")


def test_an_archive_over_the_limit_is_refused(namespace: Namespace) -> None:
    upload = SimpleUploadedFile("big.zip", b"PK\x03\x04" + b"0" * (CODE_BYTES // 4 * 3))
    assert "36 MB is the most" in sentence(bound(namespace, upload), "upload")


def test_a_python_archive_needs_its_own_entry(namespace: Namespace) -> None:
    assert "__main__.py" in sentence(bound(namespace, archive("index.js"), kind="python:3.11"), "upload")


def test_editing_shows_what_is_there(namespace: Namespace) -> None:
    parameters = [{"key": "width", "value": 800}, {"key": "TOKEN", "value": "x", "init": True}]
    action = make_action(namespace, timeout_ms=90_000, kind="nodejs:16", parameters=parameters)
    form = ActionForm(namespace=namespace, action=action)
    assert (form["timeout"].value(), form["timeout_unit"].value()) == ("90", "s")
    assert form["kind"].value() == "nodejs:16"
    assert form["base_version"].value() == "0.0.1"
    assert "width" in str(form["parameters"])
    assert "TOKEN" not in str(form["parameters"])


def test_editing_keeps_the_name(namespace: Namespace) -> None:
    action = make_action(namespace)
    form = ActionForm({**TYPED, "name": "other"}, namespace=namespace, action=action)
    assert form.is_valid(), form.errors
    assert form.draft().path == "resize"


def test_an_archive_stays_without_a_new_one(namespace: Namespace) -> None:
    action = make_action(namespace, is_binary=True)
    form = ActionForm({**TYPED, "code": ""}, namespace=namespace, action=action)
    assert form.is_valid(), form.errors
    assert form.draft().code is None


def test_it_says_which_parameters_the_platform_keeps_to_itself(namespace: Namespace) -> None:
    hashed = {"key": "token", "value": "9f86d08", "encrypted": True}
    action = make_action(namespace, parameters=[hashed, {"key": "width", "value": 800}])
    note = str(ActionForm(namespace=namespace, action=action).fields["parameters"].help_text)
    assert note.startswith(
        "The platform shows token only encrypted, and keeps the values while you leave all"
    )
    readable = make_action(namespace, path="other", parameters=[{"key": "width", "value": 800}])
    assert "encrypted" not in str(
        ActionForm(namespace=namespace, action=readable).fields["parameters"].help_text
    )


def test_an_example_for_a_launch_has_nothing_that_is_no_value(namespace: Namespace) -> None:
    hashed = {"key": "token", "value": "9f86d08", "encrypted": True}
    action = make_action(namespace, parameters=[hashed, {"key": "width", "value": 800}])
    assert example_parameters(action) == '{"width": 800}'
